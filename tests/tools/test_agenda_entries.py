"""Calendars of other programs: what makes somebody busy, in which hour, and which files are refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from runtime.clock import FixedClock
from runtime.errors import ConfigError
from tools.backends.ical_entries import FOREVER, busy_times, calendar_files, entries, joined, merged
from tools.backends.protocols import Busy

_CLOCK = FixedClock(datetime(2027, 3, 8, 9, tzinfo=UTC))
_BERLIN = "Europe/Berlin"


def _ics(*events: str, zones: str = "") -> bytes:
    bodies = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y\n{zones}{bodies}END:VCALENDAR\n".replace(
        "\n", "\r\n"
    ).encode()


def _busy(data: bytes, first: str, last: str, zone: str = _BERLIN) -> list[str]:
    texts = [one.text for one in entries(data, zone, "a.ics", _CLOCK)]
    times = busy_times(texts, zone, _z(first), _z(last))
    assert all(one.start.tzinfo is UTC for one in times)
    return [f"{one.start:%d %H:%M}-{one.end:%d %H:%M}" for one in times]


def _z(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "busy"),
    [
        ("DTSTART:20270316T140000Z\nDTEND:20270316T150000Z", ["16 14:00-16 15:00"]),
        ("DTSTART:20270316T140000Z\nDURATION:PT30M", ["16 14:00-16 14:30"]),
        ("DTSTART;TZID=Europe/Berlin:20270316T140000\nDTEND;TZID=Europe/Berlin:20270316T150000", ["16 13:00-16 14:00"]),
        ("DTSTART:20270316T140000\nDTEND:20270316T150000", ["16 13:00-16 14:00"]),
        ("DTSTART:20270316T140000Z\nDTEND:20270316T150000Z\nSTATUS:TENTATIVE", ["16 14:00-16 15:00"]),
        ("DTSTART:20270316T140000Z\nDTEND:20270316T150000Z\nSTATUS:CANCELLED", []),
        ("DTSTART:20270316T140000Z\nDTEND:20270316T150000Z\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20270316T140000Z", []),
        ("DTSTART;VALUE=DATE:20270316", ["15 23:00-16 23:00"]),
        ("DTSTART;VALUE=DATE:20270316\nDTEND;VALUE=DATE:20270318", ["15 23:00-17 23:00"]),
        ("DTSTART:20270301T000000Z\nDTEND:20270401T000000Z", ["15 00:00-20 00:00"]),
    ],
)
def test_one_event_takes_its_time(event: str, busy: list[str]) -> None:
    assert _busy(_ics(event), "2027-03-15", "2027-03-20") == busy


@pytest.mark.parametrize(
    ("zone", "busy"),
    [
        ("Asia/Kolkata", "14 18:30-15 18:30"),
        ("America/Los_Angeles", "15 07:00-16 07:00"),
        ("Pacific/Kiritimati", "14 10:00-15 10:00"),
        ("Pacific/Pago_Pago", "15 11:00-16 11:00"),
    ],
)
def test_an_all_day_event_takes_the_owners_own_day(zone: str, busy: str) -> None:
    assert _busy(_ics("DTSTART;VALUE=DATE:20270315"), "2027-03-13", "2027-03-18", zone) == [busy]


def test_an_all_day_event_has_the_length_of_the_day_when_clocks_change() -> None:
    assert _busy(_ics("DTSTART;VALUE=DATE:20270328"), "2027-03-26", "2027-03-31") == ["27 23:00-28 22:00"]


def test_a_series_keeps_its_local_time_when_clocks_change() -> None:
    series = "DTSTART;TZID=Europe/Berlin:20260907T093000\nDURATION:PT15M\nRRULE:FREQ=WEEKLY;BYDAY=MO"

    assert _busy(_ics(series), "2027-03-22", "2027-03-23") == ["22 08:30-22 08:45"]
    assert _busy(_ics(series), "2027-03-29", "2027-03-30") == ["29 07:30-29 07:45"]


def test_a_series_without_a_zone_is_meant_in_the_owners() -> None:
    series = "DTSTART:20260907T093000\nDURATION:PT15M\nRRULE:FREQ=WEEKLY;BYDAY=MO\nEXDATE:20270322T093000"

    assert _busy(_ics(series), "2027-03-15", "2027-03-30") == ["15 08:30-15 08:45", "29 07:30-29 07:45"]


def test_exceptions_of_a_series_are_moved_struck_out_or_cancelled() -> None:
    series = (
        "BEGIN:VEVENT\nUID:s\nDTSTART;TZID=Europe/Berlin:20270308T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=6\n"
        "EXDATE;TZID=Europe/Berlin:20270309T100000\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:s\nRECURRENCE-ID;TZID=Europe/Berlin:20270310T100000\n"
        "DTSTART;TZID=Europe/Berlin:20270310T160000\nDURATION:PT2H\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:s\nRECURRENCE-ID;TZID=Europe/Berlin:20270311T100000\nSTATUS:CANCELLED\n"
        "DTSTART;TZID=Europe/Berlin:20270311T100000\nDURATION:PT1H\nEND:VEVENT\n"
    )
    data = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{series}END:VCALENDAR\n".encode()

    assert _busy(data, "2027-03-08", "2027-03-13") == [
        "08 09:00-08 10:00",
        "10 15:00-10 17:00",
        "12 09:00-12 10:00",
    ]


def test_a_time_that_the_clocks_skip_is_still_taken() -> None:
    gone = "DTSTART;TZID=Europe/Berlin:20270328T021500\nDTEND;TZID=Europe/Berlin:20270328T031500\nRRULE:FREQ=DAILY"

    assert _busy(_ics(gone), "2027-03-28", "2027-03-28 12:00") == ["28 01:15-28 02:15"]


def test_a_series_that_began_within_the_night_before_the_window_counts() -> None:
    night = "DTSTART;TZID=Europe/Berlin:20270301T220000\nDURATION:PT8H\nRRULE:FREQ=DAILY"

    assert _busy(_ics(night), "2027-03-16 01:00", "2027-03-16 12:00") == ["16 01:00-16 05:00"]


def test_times_are_merged_sorted_and_clipped() -> None:
    data = _ics(
        "DTSTART:20270316T120000Z\nDTEND:20270316T130000Z",
        "DTSTART:20270316T090000Z\nDTEND:20270316T100000Z",
        "DTSTART:20270316T093000Z\nDTEND:20270316T113000Z",
        "DTSTART:20270316T113000Z\nDTEND:20270316T114500Z",
    )

    assert _busy(data, "2027-03-16 09:15", "2027-03-16 12:30") == ["16 09:15-16 11:45", "16 12:00-16 12:30"]


def test_merging_nothing_is_nothing() -> None:
    assert merged([]) == []
    assert merged([Busy(_z("2027-03-16"), _z("2027-03-17"))]) == [Busy(_z("2027-03-16"), _z("2027-03-17"))]


def test_single_events_are_rewritten_in_utc_and_series_keep_their_zone_by_rule() -> None:
    poor = "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:20200101T000000\nTZOFFSETFROM:+0000\n"
    poor += "TZOFFSETTO:+0000\nRDATE:20200101T000000,20210101T000000\nEND:STANDARD\nEND:VTIMEZONE\n"
    once = "DTSTART;TZID=Europe/Berlin:20270316T140000\nDURATION:PT1H"

    single, series = entries(_ics(once, f"{once}\nRRULE:FREQ=DAILY", zones=poor), _BERLIN, "a.ics", _CLOCK)

    assert "DTSTART:20270316T130000Z" in single.text
    assert "VTIMEZONE" not in single.text
    assert (single.start, single.end) == (_z("2027-03-16 13:00"), _z("2027-03-16 14:00"))
    assert "DTSTART;TZID=Europe/Berlin:20270316T140000" in series.text
    assert "RDATE" not in series.text
    assert series.text.count("RRULE:FREQ=YEARLY") == 2
    assert series.end == FOREVER


def test_a_zone_of_the_files_own_making_keeps_its_definition() -> None:
    own = "BEGIN:VTIMEZONE\nTZID:Ship\nBEGIN:STANDARD\nDTSTART:20200101T000000\nTZOFFSETFROM:+0330\n"
    own += "TZOFFSETTO:+0330\nEND:STANDARD\nEND:VTIMEZONE\n"
    series = "DTSTART;TZID=Ship:20270316T140000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=1"

    (entry,) = entries(_ics(series, zones=own), _BERLIN, "a.ics", _CLOCK)

    assert "TZOFFSETTO:+0330" in entry.text
    assert _busy(_ics(series, zones=own), "2027-03-15", "2027-03-18") == ["16 10:30-16 11:30"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"<html>Please log in</html>", "is no calendar"),
        (b"", "is no calendar"),
        (_ics("DTSTART:20270316T140000Z").replace(b"UID:0\r\n", b""), "has no UID"),
        (_ics("SUMMARY:when?"), "event '0': it has not exactly one DTSTART"),
        (_ics("DTSTART:soon"), "event '0': DTSTART: .*soon"),
        (_ics("DTSTART:20270316T140000Z\nDTEND:later"), "event '0': DTEND"),
        (_ics("DTSTART:20270316T140000Z\nRRULE:FREQ=SOMETIMES"), "event '0'"),
        (_ics("DTSTART:20270316T140000Z\nDTEND:20270316T140000Z\nDTEND:20270316T150000Z"), "event '0'"),
        (_ics("DTSTART;TZID=Nowhere/Atall:20270316T140000\nDURATION:PT1H"), "Nowhere/Atall"),
        (_ics("DTSTART;TZID=Nowhere/Atall:20270316T140000\nDURATION:PT1H\nRRULE:FREQ=DAILY"), "Nowhere/Atall"),
    ],
)
def test_what_cannot_be_read_is_refused_by_file_and_event(data: bytes, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        entries(data, _BERLIN, "calendars/a.ics", _CLOCK)

    assert "calendars/a.ics" in caught.value.problem
    assert caught.value.remedy


def test_joined_entries_are_one_calendar_with_each_zone_once() -> None:
    series = "DTSTART;TZID=Europe/Berlin:20270316T140000\nDURATION:PT1H\nRRULE:FREQ=DAILY"
    texts = [one.text for one in entries(_ics(series, series, "DTSTART:20270316T140000Z"), _BERLIN, "a.ics", _CLOCK)]

    calendar = Calendar.from_ical(joined(texts))

    assert len(calendar.walk("VEVENT")) == 3
    assert [str(one["TZID"]) for one in calendar.walk("VTIMEZONE")] == ["Europe/Berlin"]
    assert all("DTSTAMP" in one for one in calendar.walk("VEVENT"))


def test_a_folder_without_calendars_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no \.ics file"):
        calendar_files(tmp_path)


def test_a_window_of_a_year_finds_every_week() -> None:
    series = "DTSTART;TZID=Europe/Berlin:20260907T093000\nDURATION:PT15M\nRRULE:FREQ=WEEKLY;BYDAY=MO"

    found = _busy(_ics(series), "2027-01-01", "2028-01-01")

    assert len(found) == 52
