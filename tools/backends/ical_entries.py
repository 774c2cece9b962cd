"""Calendars as other programs write them: splitting them into entries, and reading busy times from those.

An entry is everything with one UID: a single event, or a series with its exceptions. Busy times are computed here, with
the tz database, for every backend: servers' own free-busy depends on the time zones that their clients uploaded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from runtime.clock import Clock, SystemClock
from runtime.errors import ConfigError
from runtime.scratch import replacing
from tools.backends.ical import new_calendar, stored
from tools.backends.protocols import Busy, Event
from tools.backends.vtimezone import NoRule, vtimezone

if TYPE_CHECKING:
    from icalendar import Calendar
    from icalendar import Event as Component

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)

_DAY = timedelta(days=1)
_HORIZON = timedelta(days=3 * 366)  # no series is longer
_SERIES = ("RRULE", "RDATE")
_TIMES = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "EXDATE", *_SERIES)


@dataclass(frozen=True)
class Entry:
    """One UID of a calendar. `text` is a calendar of its own; `end` is FOREVER for a series."""

    uid: str
    text: str
    start: datetime
    end: datetime


def entries(data: bytes, zone: str, place: str, clock: Clock) -> list[Entry]:
    """The entries of a calendar whose owner lives in `zone`, where its floating times are meant.

    Single events are rewritten in UTC; series keep their zone, stated by a yearly rule where there is one.
    Raises ConfigError naming `place` for what is no calendar, or holds an event without a UID or a readable start.
    """
    from icalendar import Calendar
    from icalendar import Event as Component

    try:
        calendar = Calendar.from_ical(data)
    except ValueError as error:
        raise ConfigError(f"{place}: is no calendar: {error}", remedy="export it again as iCalendar (.ics)") from error
    grouped: dict[str, list[Component]] = {}
    for component in calendar.walk("VEVENT"):
        if isinstance(component, Component):
            _refuse_broken(component, place)
            grouped.setdefault(str(component["UID"]), []).append(_settled(component, ZoneInfo(zone), clock))
    own = {str(one["TZID"]): one for one in calendar.walk("VTIMEZONE") if "TZID" in one}
    found: list[Entry] = []
    for uid, components in grouped.items():
        try:
            found.append(_entry(uid, components, own, place, ZoneInfo(zone)))
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            problem = f"{place}: event '{uid}' cannot be read: {error}"
            raise ConfigError(problem, remedy="correct or remove the event") from error
    return found


def calendar_files(folder: Path) -> dict[str, Path]:
    """The `<mail>.ics` files of the folder by address. Raises ConfigError if there is none."""
    files = {path.stem.lower(): path for path in sorted(folder.glob("*.ics"))}
    if not files:
        raise ConfigError(f"{folder}: holds no .ics file", remedy="put one '<mail>.ics' per person into it")
    return files


def written(path: Path, data: bytes) -> Path:
    """`path`, holding `data` in full or not at all."""
    with replacing(path) as file:
        file.write(data)
    return path


def joined(texts: Iterable[str]) -> bytes:
    """All entries as one calendar, each time zone in it once."""
    from icalendar import Calendar

    whole, zones, events = new_calendar(), dict[str, Any](), list[Any]()
    for text in texts:
        calendar = Calendar.from_ical(text)
        zones |= {str(one["TZID"]): one for one in calendar.walk("VTIMEZONE")}
        events += calendar.walk("VEVENT")
    for component in (*zones.values(), *events):
        whole.add_component(component)
    return bytes(whole.to_ical())


def busy_times(texts: Iterable[str], zone: str, start: datetime, end: datetime) -> list[Busy]:
    """When the owner, who lives in `zone`, is taken between two aware times: in UTC, sorted, merged, clipped.

    Tentative counts; cancelled and transparent does not. An all-day event takes the owner's local day.
    """
    from icalendar import Calendar

    calendar = new_calendar()
    for text in texts:
        for component in Calendar.from_ical(text).walk("VEVENT"):
            calendar.add_component(component)
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    spans = (span for span in _occurrences(calendar, ZoneInfo(zone), first, last) if span.start < last)
    return merged(Busy(max(one.start, first), min(one.end, last)) for one in spans if one.end > first)


def occurrences(event: Event) -> list[Busy]:
    """Every time at which the event takes place, in UTC and in order; one for an event that is no series."""
    if not event.rule:
        return [Busy(event.start.astimezone(UTC), event.end.astimezone(UTC))]
    from icalendar import Calendar

    calendar = Calendar.from_ical(stored(event, "CONFIRMED", SystemClock()))
    first = event.start.astimezone(UTC)
    found = sorted(_occurrences(calendar, ZoneInfo(event.zone), first, first + _HORIZON))
    return [span for span in found if span.start >= first]


def clash(spans: Iterable[Busy], busy: Iterable[Busy]) -> bool:
    """Whether one of the times overlaps one that is taken; touching is not overlapping."""
    taken = list(busy)
    return any(one.start < other.end and other.start < one.end for one in spans for other in taken)


def merged(spans: Iterable[Busy]) -> list[Busy]:
    """The same time without overlaps, sorted; spans that touch become one."""
    result: list[Busy] = []
    for span in sorted(spans):
        if result and span.start <= result[-1].end:
            result[-1] = Busy(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def _occurrences(calendar: "Calendar", zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Busy]:
    import recurring_ical_events

    for one in recurring_ical_events.of(calendar, components=["VEVENT"]).between(start - 2 * _DAY, end + 2 * _DAY):
        if str(one.get("STATUS", "")).upper() == "CANCELLED" or str(one.get("TRANSP", "")).upper() == "TRANSPARENT":
            continue
        begins, ends = one.decoded("DTSTART"), one.decoded("DTEND")
        first, last = _instant(begins, zone), _instant(ends, zone)
        if last <= first < first + (ends - begins):  # the local time of its end comes before that of its start
            last = first + (ends - begins)
        if first < last:
            yield Busy(first, last)


def _instant(at: Any, zone: ZoneInfo) -> datetime:
    """A date or time of a calendar as an instant in UTC; dates and floating times are the owner's."""
    if not isinstance(at, datetime):
        at = datetime.combine(at, time())
    aware: datetime = at if at.tzinfo else at.replace(tzinfo=zone)
    return aware.astimezone(UTC)


def _refuse_broken(component: "Component", place: str) -> None:
    uid = component.get("UID")
    if not uid:
        title = component.get("SUMMARY", "without a title")
        raise ConfigError(f"{place}: the event '{title}' has no UID", remedy="give each VEVENT a UID of its own")
    problems = [f"{name}: {problem}" for name, problem in component.errors if name in _TIMES]
    if not problems and not isinstance(getattr(component.get("DTSTART"), "dt", None), date):
        problems.append("it has not exactly one DTSTART")
    for name in _TIMES if not problems else ():
        value = component.get(name)
        at, zone = getattr(value, "dt", None), getattr(value, "params", {}).get("TZID")
        if zone and isinstance(at, datetime) and at.tzinfo is None:
            problems.append(f"its time zone '{zone}' is neither known nor defined")
    if problems:
        raise ConfigError(f"{place}: event '{uid}': {problems[0]}", remedy="correct or remove the event")


def _settled(component: "Component", zone: ZoneInfo, clock: Clock) -> "Component":
    """The event with its times pinned down: in UTC if it happens once, else at least in a zone."""
    if "DTSTAMP" not in component:
        component.add("DTSTAMP", clock.now().replace(microsecond=0))
    once = not any(name in component for name in (*_SERIES, "RECURRENCE-ID"))
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        at = component.decoded(name) if name in component else None
        if not isinstance(at, datetime):
            continue
        placed = at if at.tzinfo else at.replace(tzinfo=zone)
        if once or not at.tzinfo:
            del component[name]
            component.add(name, placed.astimezone(UTC) if once else placed)
    return component


def _entry(uid: str, components: list["Component"], own: dict[str, Any], place: str, zone: ZoneInfo) -> Entry:
    starts = [_instant(one.decoded("DTSTART"), zone) for one in components]
    calendar = new_calendar()
    for name in sorted({name for one in components for name in _zone_names(one)}):
        calendar.add_component(_stated(name, min(starts).year, own, f"{place}: event '{uid}'"))
    for one in components:
        calendar.add_component(one)
    single = len(components) == 1 and not any(name in components[0] for name in _SERIES)
    end = _instant(components[0].end, zone) if single else FOREVER
    list(_occurrences(calendar, zone, min(starts), min(starts) + _DAY))  # a rule that cannot be followed fails here
    return Entry(uid, bytes(calendar.to_ical()).decode(), min(starts), end)


def _zone_names(component: "Component") -> Iterator[str]:
    for _, value in component.property_items(recursive=False):
        name = getattr(value, "params", {}).get("TZID")
        if name and name != "UTC":
            yield str(name)


def _stated(name: str, since: int, own: dict[str, Any], place: str) -> Any:
    try:
        return vtimezone(name, since)
    except NoRule as error:
        if name in own:
            return own[name]
        raise ConfigError(
            f"{place}: {error}", remedy="put its VTIMEZONE into the file, or write the event in UTC"
        ) from error
