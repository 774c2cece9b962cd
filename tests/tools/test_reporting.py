"""The week that a report is about, and figures that say where they come from and what they lack."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tools.reporting.figures import absent, cited, entries_of, figure
from tools.reporting.files import Source
from tools.reporting.pages import html, markdown
from tools.reporting.week import week_due

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2027, 3, 8, 9, tzinfo=BERLIN)
WEEK = week_due(NOW, BERLIN, time(6))


@pytest.mark.parametrize(
    ("first", "offset"),
    [(datetime(2027, 3, 22, 5, 30, tzinfo=UTC), 60), (datetime(2027, 3, 29, 4, 30, tzinfo=UTC), 120)],
)
@pytest.mark.statement("office", 9)
def test_a_report_is_due_at_the_same_local_time_in_winter_and_in_summer(first: datetime, offset: int) -> None:
    before = first - timedelta(minutes=31)
    weeks = [week_due(before + timedelta(minutes=number), BERLIN, time(6)) for number in (0, 31)]

    assert [one.name for one in weeks][1] > weeks[0].name
    assert weeks[1].due.utcoffset() == timedelta(minutes=offset)
    assert weeks[1].due.astimezone(UTC) <= first


@pytest.mark.statement("office", 9)
def test_every_hour_of_a_year_belongs_to_one_week_and_each_week_comes_once() -> None:
    at, names = datetime(2027, 1, 1, tzinfo=UTC), []
    for hour in range(365 * 24):
        names.append(week_due(at + timedelta(hours=hour), BERLIN, time(2, 30)).name)

    runs = [one for number, one in enumerate(names) if number == 0 or names[number - 1] != one]
    assert len(runs) == len(set(runs)) == 53
    assert runs[0] == "2026-W52"


def test_a_figure_cites_its_rows_counts_on_the_house_s_days_and_tells_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "at,n\n2027-02-28T23:30:00Z,1\n2027-03-07T23:30:00Z,2\n2027-03-04,x\n2027-03-01,4\n2027-02-24,8\n2027-03-07,16\n"
        "2027-03-02,NaN\n2027-03-03T10:00:00,1\n"
    )
    source = Source(name="N", unit="n", file="t.csv", date="at", value="n", daily=True)

    found = figure(source, *entries_of(source, path, BERLIN), WEEK)

    assert (found.value, found.before, found.cites) == (Decimal(21), Decimal(8), "t.csv:2, 5, 7")
    assert "t.csv:4 cannot be read; t.csv:8 cannot be read; t.csv:9 cannot be read" in found.missing
    assert "no row for Tue 2 Mar, Wed 3 Mar, Thu 4 Mar, Fri 5 Mar, Sat 6 Mar" in found.missing


def test_a_file_that_is_not_there_is_said_and_is_not_nought(tmp_path: Path) -> None:
    source = Source(name="Hours", unit="h", file="gone.csv")
    with pytest.raises(ValueError, match=r"gone\.csv is not there") as wrong:
        entries_of(source, tmp_path / "gone.csv", BERLIN)

    shown = markdown("W", WEEK, [absent(source, str(wrong.value))], "Europe/Berlin")
    assert "unknown" in shown
    assert "gone.csv is not there" in shown


def test_names_from_sources_are_text_in_the_page_and_in_markdown() -> None:
    source = Source(name="Deals", unit="EUR", file="d.csv", value="v", label="l")
    found = figure(source, [], [], WEEK)
    evil = type(found)("<script>x</script>", "EUR", Decimal(1), None, "d.csv:2", "[a](http://evil.example)")

    assert "<script>" not in html("W", WEEK, [evil], "Europe/Berlin")
    assert "[a](http" not in markdown("W", WEEK, [evil], "Europe/Berlin")


def test_places_are_put_together_by_file_and_span() -> None:
    assert cited(["a.csv:2", "a.csv:3", "a.csv:4", "a.csv:9", "b.csv:7"]) == "a.csv:2-4, 9; b.csv:7"
    assert cited(["stock:PO-A-1", "stock:PO-B-1"]) == "stock:PO-A-1, PO-B-1"
