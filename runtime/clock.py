"""The time, as a parameter: a system clock for work, a steady one to take time with, a fixed one for worlds with a
date of their own."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SteadyClock:
    """A clock that nobody sets: the machine's time when this was made, and from then on what has gone by."""

    def __init__(self) -> None:
        self._at, self._began = datetime.now(UTC), time.monotonic()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=time.monotonic() - self._began)


@dataclass(frozen=True)
class FixedClock:
    """A time that stands still; a world that lives in a known week has one."""

    at: datetime

    def now(self) -> datetime:
        return self.at.astimezone(UTC)


def stamp(at: datetime) -> str:
    """`at` as it is written into records: ISO 8601 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
