"""Series of meetings: how often, when each is on everybody's clocks, and whose clocks shift.

A series keeps the wall time of its own zone. Where another zone changes its clocks on another day, the same meeting is
an hour earlier or later there for a while, and people are told so beforehand.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from runtime.errors import CannotWork, TryAgain
from tools.backends.ical_entries import occurrences
from tools.backends.protocols import Busy, Event
from tools.backends.vtimezone import NoRule, vtimezone
from tools.directory import DAYS
from tools.moments import NoSuchTime, instant
from tools.slots import Someone

Repeat = Literal["", "daily", "weekly", "biweekly", "monthly"]

MOST = 60

_DAILY = ",".join(day[:2].upper() for day in DAYS[:5])


def rule_of(repeat: Repeat, times: int, start: datetime, zone: str) -> str:
    """The RRULE of a series that begins at `start`; empty for a single meeting. Raises TryAgain or CannotWork."""
    if not repeat:
        return ""
    if not 2 <= times <= MOST:
        raise TryAgain(f"a series of {times} meetings is none", remedy=f"give 'times' from 2 to {MOST}")
    try:
        vtimezone(zone, start.year)
    except NoRule as error:
        raise CannotWork(f"a series cannot be stated in {zone}: {error}", remedy="book single meetings") from error
    local = start.astimezone(ZoneInfo(zone))
    week = (local.day - 1) // 7 + 1
    day = DAYS[local.weekday()][:2].upper()
    kept = {
        "daily": f"FREQ=WEEKLY;COUNT={times};BYDAY={_DAILY}",
        "weekly": f"FREQ=WEEKLY;COUNT={times}",
        "biweekly": f"FREQ=WEEKLY;COUNT={times};INTERVAL=2",
        "monthly": f"FREQ=MONTHLY;COUNT={times};BYDAY={-1 if week == 5 else week}{day}",
    }
    return kept[repeat]


def rule_from(rule: str, start: datetime, zone: str) -> str:
    """The same rhythm for a series that begins at `start`: one on the second Tuesday may go on on the first Friday."""
    if "FREQ=MONTHLY" not in rule:
        return rule
    count = next(part for part in rule.split(";") if part.startswith("COUNT="))
    return rule_of("monthly", int(count.removeprefix("COUNT=")), start, zone)


def times_of(event: Event) -> list[Busy]:
    """When each meeting of the event is. Raises CannotWork if the clocks of its zone miss or double one of them."""
    found = occurrences(event)
    if event.rule:
        wall = event.start.astimezone(ZoneInfo(event.zone)).time()
        for one in found:
            _check_wall(one.start, wall, event.zone)
    return found


def shifts(event: Event, people: Iterable[Someone]) -> list[str]:
    """What changes in the course of a series for whom: another hour on their clocks, a holiday, or their hours left."""
    spans = occurrences(event)
    return [said for one in people for said in _changes(one, spans)] if event.rule else []


def _changes(one: Someone, spans: list[Busy]) -> Iterator[str]:
    before = one.local(spans[0].start).time()
    for span in spans:
        local = one.local(span.start)
        if local.time() != before:
            away = one.away(span.start, span.end)
            warned = f", {away}" if away == "outside of working hours" else ""
            yield f"from {local:%d %b %Y} it is {local:%H:%M} for {one.name} ({one.zone}), not {before:%H:%M}{warned}"
            before = local.time()
        if local.date() in one.closed:
            yield f"{local:%d %b %Y} is {one.closed[local.date()]} for {one.name}"


def _check_wall(start: datetime, wall: time, zone: str) -> None:
    try:
        if instant(start.astimezone(ZoneInfo(zone)).date(), wall, zone) != start:
            raise CannotWork(f"the series leaves {wall:%H:%M} in {zone}", remedy="choose another time of day")
    except NoSuchTime as error:
        raise CannotWork(f"one time of the series cannot be: {error}", remedy="choose another time of day") from error
