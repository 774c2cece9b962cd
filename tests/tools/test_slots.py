"""Free slots: right when clocks differ and change, and never outside anybody's hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.backends.protocols import Busy
from tools.directory import DAYS
from tools.slots import Someone, free_slots, why_none

_EARLY = datetime(2020, 1, 1, tzinfo=UTC)
_BERLIN = Someone("Ada", "Europe/Berlin")


def _slots(*people: Someone, day: date, minutes: int = 60, last: date | None = None) -> list[datetime]:
    return free_slots(people, first_day=day, last_day=last or day, minutes=minutes, after=_EARLY, limit=1000)


def _z(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("other", "day", "count", "first", "last"),
    [
        ("America/New_York", date(2026, 10, 19), 5, "2026-10-19 13:00", "2026-10-19 15:00"),  # 15:00 CEST
        ("America/New_York", date(2026, 10, 26), 7, "2026-10-26 13:00", "2026-10-26 16:00"),  # 14:00 CET, still EDT
        ("America/New_York", date(2026, 11, 2), 5, "2026-11-02 14:00", "2026-11-02 16:00"),
        ("America/Los_Angeles", date(2026, 10, 26), 1, "2026-10-26 16:00", "2026-10-26 16:00"),
        ("America/Los_Angeles", date(2026, 11, 2), 0, "", ""),
        ("Asia/Kolkata", date(2026, 10, 26), 8, "2026-10-26 08:00", "2026-10-26 11:30"),
        ("America/New_York", date(2027, 3, 12), 5, "2027-03-12 14:00", "2027-03-12 16:00"),
        ("America/New_York", date(2027, 3, 15), 7, "2027-03-15 13:00", "2027-03-15 16:00"),  # EDT, Berlin still CET
        ("America/New_York", date(2027, 3, 29), 5, "2027-03-29 13:00", "2027-03-29 15:00"),
    ],
)
def test_common_hours_with_berlin_follow_both_clocks(other: str, day: date, count: int, first: str, last: str) -> None:
    slots = _slots(_BERLIN, Someone("Bob", other), day=day)

    assert len(slots) == count
    assert (slots[0], slots[-1]) == (_z(first), _z(last)) if count else not first


def test_nothing_is_offered_at_the_weekend_or_on_a_free_day() -> None:
    part_time = Someone("Eve", "Europe/Berlin", days=("mon", "wed"))

    days = {one.date() for one in _slots(_BERLIN, part_time, day=date(2027, 3, 15), last=date(2027, 3, 21))}

    assert days == {date(2027, 3, 15), date(2027, 3, 17)}


def test_a_meeting_may_touch_another_but_not_overlap_it() -> None:
    taken = Someone("Ada", "UTC", busy=(Busy(_z("2027-03-15 09:30"), _z("2027-03-15 17:00")),))

    assert _slots(taken, day=date(2027, 3, 15), minutes=30) == [_z("2027-03-15 09:00"), *_last_two()]
    assert _slots(taken, day=date(2027, 3, 15), minutes=60) == [_z("2027-03-15 17:00")]


def _last_two() -> list[datetime]:
    return [_z("2027-03-15 17:00"), _z("2027-03-15 17:30")]


def test_odd_lengths_start_every_quarter_of_an_hour() -> None:
    short = Someone("Ada", "UTC", hours=(time(9), time(10)))

    assert [f"{one:%H:%M}" for one in _slots(short, day=date(2027, 3, 15), minutes=45)] == ["09:00", "09:15"]
    assert [f"{one:%H:%M}" for one in _slots(short, day=date(2027, 3, 15), minutes=30)] == ["09:00", "09:30"]


def test_what_is_over_is_not_offered() -> None:
    now = _z("2027-03-15 14:00")

    slots = free_slots(
        [Someone("Ada", "UTC")], first_day=now.date(), last_day=now.date(), minutes=60, after=now, limit=2
    )

    assert slots == [_z("2027-03-15 14:30"), _z("2027-03-15 15:00")]


def test_an_hour_that_the_clocks_skip_or_repeat_is_offered_as_often_as_it_happens() -> None:
    night = Someone("Ada", "Europe/Berlin", hours=(time(1), time(5)), days=DAYS)

    spring, autumn = _slots(night, day=date(2027, 3, 28)), _slots(night, day=date(2026, 10, 25))

    assert len(spring) == 5  # 01:00 to 05:00 is three hours long
    assert len(autumn) == 9  # and five hours long
    assert all(one.minute in (0, 30) for one in (*spring, *autumn))


def test_the_reason_names_who_is_busy_how_often() -> None:
    day = date(2027, 3, 15)
    full = Someone("Bob", "UTC", busy=(Busy(_z("2027-03-15 00:00"), _z("2027-03-16 00:00")),))
    half = Someone("Eve", "UTC", busy=(Busy(_z("2027-03-15 09:00"), _z("2027-03-15 12:00")),))

    why = why_none([full, half], first_day=day, last_day=day, minutes=60, after=_EARLY)

    assert why == "of 17 times within everybody's working hours, busy are: Bob in 17, Eve in 6"


def test_the_reason_names_the_hours_when_they_never_meet() -> None:
    day = date(2026, 11, 2)

    why = why_none(
        [_BERLIN, Someone("Bob", "America/Los_Angeles")], first_day=day, last_day=day, minutes=60, after=_EARLY
    )

    assert "working hours of all: Ada (09:00-18:00 Europe/Berlin), Bob (09:00-18:00 America/Los_Angeles)" in why


_ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"]
)
_INSTANTS = st.integers(0, 14 * 24 * 12).map(lambda step: _z("2027-03-14 00:00") + timedelta(minutes=5 * step))
_BUSY = st.tuples(_INSTANTS, st.integers(1, 300)).map(lambda one: Busy(one[0], one[0] + timedelta(minutes=one[1])))
_HOURS = st.tuples(st.integers(0, 20), st.integers(1, 3)).map(lambda one: (time(one[0]), time(one[0] + one[1])))
_SOMEONE = st.builds(
    Someone,
    name=st.just("someone"),
    zone=_ZONES,
    hours=st.one_of(st.just((time(9), time(18))), _HOURS),
    days=st.sets(st.sampled_from(DAYS), min_size=1).map(tuple),
    busy=st.lists(_BUSY, max_size=6).map(tuple),
)


@settings(max_examples=40, deadline=None, database=None)
@given(people=st.lists(_SOMEONE, min_size=1, max_size=3), minutes=st.sampled_from([15, 30, 45, 60, 90]))
def test_no_slot_overlaps_anything_or_leaves_anybodys_hours(people: list[Someone], minutes: int) -> None:
    for start in _slots(*people, day=date(2027, 3, 15), last=date(2027, 3, 29), minutes=minutes):
        end = start + timedelta(minutes=minutes)
        for one in people:
            assert all(end <= busy.start or busy.end <= start for busy in one.busy)
            first, last = one.local(start), one.local(end)
            assert first.date() == last.date()
            assert DAYS[first.weekday()] in one.days
            assert one.hours[0] <= first.time() <= last.time() <= one.hours[1]


@settings(max_examples=40, deadline=None, database=None)
@given(one=_SOMEONE, other=_SOMEONE)
def test_who_joins_can_only_take_slots_away(one: Someone, other: Someone) -> None:
    def week(*people: Someone) -> set[datetime]:
        return set(_slots(*people, day=date(2027, 3, 22), last=date(2027, 3, 26)))

    assert week(one, other) == week(one) & week(other)
