"""What is known of somebody's time: their hours, and when they are taken. Never what they do then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from runtime.errors import TryAgain
from tools.backends.ical import when
from tools.backends.ical_entries import clash
from tools.backends.protocols import Busy
from tools.directory import Person
from tools.slots import Someone
from tools.world import World


def someone(person: Person, first: date, last: date, world: World, *, but: str = "") -> Someone:
    """The person with what they have from `first` to `last` and the days around, but for the meeting of the uid `but`.

    Raises TryAgain for somebody without a calendar.
    """
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=3)
    try:
        busy = tuple(world.agenda.busy(person.mail, start, end, but=but))
    except KeyError as error:
        raise TryAgain(f"'{person.mail}' has no calendar here", remedy="choose somebody else, or add it") from error
    closed = world.directory.closed(person.zone) if not person.seats else {}
    return Someone(
        name=person.name,
        zone=person.zone,
        hours=person.hours,
        days=person.days,
        busy=busy,
        focus=person.focus,
        buffer=person.buffer,
        closed={day: name for day, name in closed.items() if first <= day <= last},
    )


def without(one: Someone, own: Sequence[Busy]) -> Someone:
    """The same person, with these times free again: those of a meeting that is about to move."""
    return replace(one, busy=tuple(span for span in one.busy if not clash([span], own))) if own else one


def objection(one: Someone, begins: datetime, ends: datetime) -> str:
    """Why somebody cannot meet at that time, as a clause; empty if they can."""
    away = one.away(begins, ends)
    if away == "outside of working hours":
        return f"{one.name} does not work {when(begins, ends, one.zone)}"
    if away:
        return f"{one.name} does not meet {when(begins, ends, one.zone)} ({away})"
    return "" if one.free(begins, ends) else f"{one.name} is busy"
