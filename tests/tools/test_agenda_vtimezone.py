"""Time zones as calendars write them: right over every change of the clocks, or refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tools.backends.vtimezone import NoRule, vtimezone

_ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",  # its winter is the exception, not its summer
    "America/New_York",
    "America/Nuuk",  # changes on the eve of a Sunday
    "Asia/Jerusalem",  # changes on the Friday after a Thursday
    "Australia/Lord_Howe",  # changes by half an hour
    "America/Santiago",  # south of the equator
    "Asia/Kolkata",
    "America/Sao_Paulo",  # no change, no abbreviation
)


@pytest.mark.parametrize("name", _ZONES)
def test_the_rules_agree_with_the_tz_database_for_four_years(name: str) -> None:
    written, zone = vtimezone(name, 2026).to_tz(lookup_tzid=False), ZoneInfo(name)
    hours = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=6 * step + 1) for step in range(4 * 365 * 4))

    wrong = [at for at in hours if at.astimezone(zone).replace(tzinfo=written).utcoffset() != _offset(at, zone)]

    assert wrong == []


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


@pytest.mark.parametrize("name", _ZONES)
def test_no_list_of_dates_is_written_and_every_change_is_a_yearly_rule(name: str) -> None:
    text = vtimezone(name, 2026).to_ical().decode()

    assert "RDATE" not in text
    changes = text.count("BEGIN:STANDARD") + text.count("BEGIN:DAYLIGHT")
    assert text.count("RRULE:FREQ=YEARLY") == (changes if changes > 1 else 0)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Africa/Casablanca", "no single rule"),  # its clocks follow the moon
        ("Africa/Cairo", "two months"),  # its autumn change may fall on the first of November
        ("Mars/Olympus", "no time zone"),
        ("../../etc/passwd", "no time zone"),
        ("a\0b", "no time zone"),
        ("Europe", "no time zone"),
    ],
)
def test_a_zone_that_no_rule_describes_is_refused(name: str, why: str) -> None:
    with pytest.raises(NoRule, match=why):
        vtimezone(name, 2026)


def test_a_zone_that_gave_up_its_rule_is_refused_only_for_the_time_before() -> None:
    assert vtimezone("America/Mexico_City", 2024)["TZID"] == "America/Mexico_City"
    with pytest.raises(NoRule, match="no single rule"):
        vtimezone("America/Mexico_City", 2021)
