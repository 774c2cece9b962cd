"""The time, as a parameter: a system clock for work, a fixed one for worlds with a date of their own."""

from dataclasses import dataclass
from datetime import UTC, datetime
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


@dataclass(frozen=True)
class FixedClock:
    """A time that stands still; a world that lives in a known week has one."""

    at: datetime

    def now(self) -> datetime:
        return self.at.astimezone(UTC)


def stamp(at: datetime) -> str:
    """`at` as it is written into records: ISO 8601 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
