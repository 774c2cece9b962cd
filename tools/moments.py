"""Days and times as tools are given them and give them back: read strictly, never guessed."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from runtime.errors import TryAgain
from tools.backends.ical import when
from tools.slots import Someone
from tools.world import World

_MINUTES = (15, 480)
_DAYS = 62


class NoSuchTime(ValueError):
    """A wall time that the clocks of a zone never show, or show twice; the message says which, and what is meant."""


def check_minutes(minutes: int) -> None:
    """Raise TryAgain for a length that no meeting has."""
    least, most = _MINUTES
    if not least <= minutes <= most:
        raise TryAgain(f"{minutes} minutes is no length for a meeting", remedy=f"give {least} to {most}")


def days_of(first_day: str, last_day: str, world: World) -> tuple[date, date]:
    """The days from `first_day` to `last_day`. Raises TryAgain for what are none, are over, or too many."""
    try:
        first, last = date.fromisoformat(first_day), date.fromisoformat(last_day)
    except ValueError as error:
        raise TryAgain(f"'{first_day}' to '{last_day}' are no days", remedy="write days like 2027-03-15") from error
    today = world.clock.now().date()
    if not first <= last or last < today - timedelta(days=1):
        raise TryAgain(f"{first} to {last} is over or the wrong way round", remedy=f"today is {today}")
    if last - first > timedelta(days=_DAYS):
        raise TryAgain(f"{first} to {last} is too long", remedy=f"ask for at most {_DAYS} days")
    return first, last


def start_of(start: str, world: World) -> datetime:
    """The instant that `start` names. Raises TryAgain for one without a zone, or that is over."""
    try:
        begins = datetime.fromisoformat(start)
    except ValueError as error:
        raise TryAgain(f"'{start}' is no time", remedy="write it like 2027-03-16T14:00:00Z") from error
    if begins.tzinfo is None:
        raise TryAgain(f"'{start}' does not say in which zone", remedy="give it in UTC, like 2027-03-16T14:00:00Z")
    if begins <= world.clock.now():
        raise TryAgain(f"{start} is over", remedy=f"it is {utc(world.clock.now())}; give a later time")
    return begins.astimezone(UTC)


def instant(day: date, at: time, zone: str) -> datetime:
    """When the clocks of `zone` show that time on that day, in UTC. Raises NoSuchTime if they never do, or do twice."""
    local = datetime.combine(day, at, ZoneInfo(zone))
    earlier, later = local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if earlier.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime(f"{at:%H:%M} on {day} does not exist in {zone}: the clocks go forward over it")
    if earlier != later:
        choice = f"{utc(earlier)} or {utc(later)}"
        raise NoSuchTime(f"{at:%H:%M} on {day} comes twice in {zone}, as the clocks go back: {choice}")
    return earlier


def utc(at: datetime) -> str:
    """The instant in UTC, such as 2027-03-16T14:00:00Z."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def local_times(start: datetime, end: datetime, people: Iterable[Someone]) -> dict[str, str]:
    """The time on everybody's clocks, by zone."""
    return {one.zone: when(start, end, one.zone) for one in people}
