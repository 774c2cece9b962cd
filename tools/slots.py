"""Which times suit everybody: a pure search over working hours, time zones and busy times.

All arithmetic is done in UTC; a local time is only ever derived from it, so that no time is missing or doubled when
clocks change. Starts lie on a 30-minute grid, or 15 for meetings that are not a multiple of 30 minutes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tools.backends.protocols import Busy
from tools.directory import DAYS, Span


@dataclass(frozen=True)
class Someone:
    """Who has to be there: when they work in their zone, and when they are taken."""

    name: str
    zone: str
    hours: tuple[time, time] = (time(9), time(18))
    days: tuple[str, ...] = DAYS[:5]
    busy: tuple[Busy, ...] = ()
    focus: tuple[tuple[str, Span], ...] = ()
    buffer: timedelta = timedelta()
    closed: Mapping[date, str] = field(default_factory=dict)

    def works(self, start: datetime, end: datetime) -> bool:
        """Whether all of the time from `start` to `end` is within one working day of theirs, and no focus time."""
        return not self.away(start, end)

    def away(self, start: datetime, end: datetime) -> str:
        """Why they do not meet at that time, be it free or not; empty if they do."""
        first, last = self.local(start), self.local(end)
        opens, closes = self.hours
        within = opens <= first.time() and last.time() <= closes
        if first.date() != last.date() or DAYS[first.weekday()] not in self.days or not within:
            return "outside of working hours"
        if first.date() in self.closed:
            return self.closed[first.date()]
        for day, (begins, ends) in self.focus:
            if day == DAYS[first.weekday()] and first.time() < ends and begins < last.time():
                return "focus time"
        return ""

    def free(self, start: datetime, end: datetime) -> bool:
        """Whether nothing of theirs overlaps the time, or comes nearer than their buffer."""
        first, last = start - self.buffer, end + self.buffer
        return not any(one.start < last and first < one.end for one in self.busy)

    def local(self, at: datetime) -> datetime:
        """`at` on their clock."""
        return at.astimezone(ZoneInfo(self.zone))


def free_slots(
    people: Sequence[Someone], *, first_day: date, last_day: date, minutes: int, after: datetime, limit: int
) -> list[datetime]:
    """The first `limit` starts, in UTC and after `after`, at which everybody works and is free for so many minutes.

    A start counts as within the days if it is so on everybody's own calendar.
    """
    found: list[datetime] = []
    for start in _common(people, first_day, last_day, minutes, after):
        if all(one.free(start, start + timedelta(minutes=minutes)) for one in people):
            found.append(start)
            if len(found) == limit:
                break
    return found


def why_none(people: Sequence[Someone], *, first_day: date, last_day: date, minutes: int, after: datetime) -> str:
    """Who or what stands in the way when there is no slot, as a sentence."""
    common = list(_common(people, first_day, last_day, minutes, after))
    if not common:
        hours = ", ".join(map(_hours, people))
        return f"no time from {first_day} to {last_day} is still to come and within the working hours of all: {hours}"
    span = timedelta(minutes=minutes)
    taken = {one.name: sum(not one.free(start, start + span) for start in common) for one in people}
    blockers = ", ".join(f"{name} in {count}" for name, count in taken.items() if count)
    return f"of {len(common)} times within everybody's working hours, busy are: {blockers}"


def _hours(one: Someone) -> str:
    """Their hours, and what else keeps them from meeting, for a sentence."""
    focus = "".join(f", focus time {day} {begins:%H:%M}-{ends:%H:%M}" for day, (begins, ends) in one.focus)
    closed = "".join(f", {name} on {day}" for day, name in sorted(one.closed.items()))
    return f"{one.name} ({one.hours[0]:%H:%M}-{one.hours[1]:%H:%M} {one.zone}{focus}{closed})"


def _common(
    people: Sequence[Someone], first_day: date, last_day: date, minutes: int, after: datetime
) -> Iterator[datetime]:
    """The starts on the grid at which everybody works."""
    if not people:
        raise ValueError("a slot needs somebody")
    span = timedelta(minutes=minutes)
    for start in _grid(first_day, last_day, after, step=15 if minutes % 30 else 30):
        days = [one.local(start).date() for one in people]
        if all(first_day <= day <= last_day for day in days) and all(one.works(start, start + span) for one in people):
            yield start


def _grid(first_day: date, last_day: date, after: datetime, *, step: int) -> Iterator[datetime]:
    """Every start that could be on one of the days anywhere on earth."""
    at = datetime.combine(first_day, time(), UTC) - timedelta(days=1)
    end = datetime.combine(last_day, time(), UTC) + timedelta(days=2)
    while at < end:
        if at > after:
            yield at
        at += timedelta(minutes=step)
