"""Waiting for a time: the run is put down until then, and holds nothing meanwhile."""

from datetime import datetime, timedelta
from typing import Any

from runtime.clock import SystemClock
from runtime.errors import CannotWork, RunStopped, TryAgain, WaitingForTime
from tools.tool import tool
from tools.world import World

LONGEST = timedelta(days=366)


@tool(effect="read")
def wait_until(time: str, *, world: World) -> dict[str, Any]:
    """Wait until a time, such as 2027-03-15T09:00:00+01:00, before the next step of the work. Days are no trouble."""
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise TryAgain(f"'{time}' is no time with a zone", remedy="write it like 2027-03-15T09:00:00+01:00")
    now = SystemClock().now()  # a demo world's clock stands still, and nobody could wait by it
    if at - now > LONGEST:
        raise CannotWork(f"'{time}' is more than a year away", remedy="let a person start this again then")
    if now < at:
        raise RunStopped(WaitingForTime(f"it waits until {time}", until=at.timestamp(), remedy="a worker goes on then"))
    return {"waited_until": time}
