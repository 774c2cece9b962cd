"""Time zones as calendars write them: a VTIMEZONE with one yearly rule per change of the clocks.

The rules come from the POSIX line that ends each file of the tz database, such as `CET-1CEST,M3.5.0,M10.5.0/3`. Lists
of dates are never written: common servers read only the first of them and are an hour off from the second change on.
A zone whose clocks follow no such rule is refused rather than written wrongly.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_NAME = r"(<[^>]+>|[A-Za-z]+)"
_OFFSET = r"([+-]?\d+(?::\d+){0,2})"
_CHANGE = r"M(\d+)\.(\d)\.(\d)(?:/([+-]?\d+(?::\d+){0,2}))?"
_POSIX = re.compile(f"{_NAME}{_OFFSET}(?:{_NAME}{_OFFSET}?,{_CHANGE},{_CHANGE})?")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_YEARS_AHEAD = 20
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a VTIMEZONE states local times


class NoRule(ValueError):
    """The zone's clocks follow no yearly rule that a calendar could state."""


@dataclass(frozen=True)
class _Change:
    """When clocks change in any year: on the `week`-th `weekday` (0 is Monday, week 5 is the last) of a month."""

    month: int
    week: int
    weekday: int
    after_midnight: timedelta

    def at(self, year: int) -> datetime:
        """The local time of the change, before it."""
        weeks = calendar.Calendar().monthdayscalendar(year, self.month)
        days = [week[self.weekday] for week in weeks if week[self.weekday]]
        return datetime(year, self.month, days[-1 if self.week == 5 else self.week - 1]) + self.after_midnight  # noqa: DTZ001 - local

    def rule(self) -> dict[str, object]:
        """The change as the parts of an RRULE. Raises NoRule if it can fall into two months."""
        shift = self.after_midnight // timedelta(days=1)
        day = _WEEKDAYS[(self.weekday + shift) % 7]
        if not shift:
            return {"FREQ": "YEARLY", "BYMONTH": self.month, "BYDAY": f"{-1 if self.week == 5 else self.week}{day}"}
        last = calendar.monthrange(2027, self.month)[1]
        first = (last - 6 if self.week == 5 else self.week * 7 - 6) + shift
        if first < 1 or first + 6 > last or (self.week == 5 and self.month == 2):
            raise NoRule(f"the change on day {first}-{first + 6} of month {self.month} can fall into two months")
        return {"FREQ": "YEARLY", "BYMONTH": self.month, "BYDAY": day, "BYMONTHDAY": list(range(first, first + 7))}


@dataclass(frozen=True)
class _Period:
    """Standard or daylight time: its name and offset, the offset before it, and when it begins."""

    name: str
    offset: timedelta
    before: timedelta
    begins: _Change | None


def vtimezone(name: str, since: int) -> "Timezone":
    """The zone as a VTIMEZONE that is right from the year `since` on. Raises NoRule if no rule is."""
    from icalendar import Timezone

    periods = _periods(name)
    _check(name, periods, since)
    zone = Timezone()
    zone.add("TZID", name)
    for part in periods:
        zone.add_component(_observance(part, daylight=part.begins is not None and part.offset > part.before))
    return zone


def _observance(part: _Period, *, daylight: bool) -> "TimezoneDaylight | TimezoneStandard":
    from icalendar import TimezoneDaylight, TimezoneStandard

    observance = TimezoneDaylight() if daylight else TimezoneStandard()
    observance.add("TZNAME", part.name)
    observance.add("TZOFFSETFROM", part.before)
    observance.add("TZOFFSETTO", part.offset)
    observance.add("DTSTART", part.begins.at(1970) if part.begins else _EPOCH)
    if part.begins:
        observance.add("RRULE", part.begins.rule())
    return observance


def _periods(name: str) -> list[_Period]:
    match = _POSIX.fullmatch(_last_line(name))
    if not match:
        raise NoRule(f"'{name}' has no rule")
    standard, offset, daylight, daylight_offset, *changes = match.groups()
    usual = -_duration(offset)
    if not daylight:
        return [_Period(standard.strip("<>"), usual, usual, None)]
    summer = -_duration(daylight_offset) if daylight_offset else usual + timedelta(hours=1)
    return [
        _Period(daylight.strip("<>"), summer, usual, _change(*changes[:4])),
        _Period(standard.strip("<>"), usual, summer, _change(*changes[4:])),
    ]


def _last_line(name: str) -> str:
    try:
        data = (resources.files("tzdata.zoneinfo") / name).read_bytes()
        return data.rstrip(b"\n").rsplit(b"\n", 1)[1].decode("ascii")
    except (OSError, ValueError, IndexError) as error:
        raise NoRule(f"'{name}' is no time zone of the tz database") from error


def _change(month: str, week: str, weekday: str, at: str | None) -> _Change:
    return _Change(int(month), int(week), (int(weekday) - 1) % 7, _duration(at or "2"))


def _duration(text: str) -> timedelta:
    hours, minutes, seconds = ([abs(int(part)) for part in text.split(":")] + [0, 0])[:3]
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) * (-1 if text.startswith("-") else 1)


def _check(name: str, periods: list[_Period], since: int) -> None:
    """Raise NoRule unless the clocks of the tz database do what the periods say."""
    zone = ZoneInfo(name)
    for at, offset in _expected(periods, since):
        if at.astimezone(zone).utcoffset() != offset:
            raise NoRule(f"the clocks of '{name}' follow no single rule around {at.date()}")


def _expected(periods: list[_Period], since: int) -> Iterator[tuple[datetime, timedelta]]:
    for year in range(since, since + _YEARS_AHEAD):
        for part in periods:
            if part.begins is None:
                for month in range(1, 13):
                    yield datetime(year, month, 1, tzinfo=UTC), part.offset
                continue
            change = (part.begins.at(year) - part.before).replace(tzinfo=UTC)
            yield change - timedelta(seconds=1), part.before
            yield change, part.offset
