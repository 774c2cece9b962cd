"""The pages can be read by everybody: in order, with heads for tables, words for pictures, and enough contrast."""

import re
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from crews.report import Section, write_report
from crews.report.figures import dated
from crews.report.sections import Chart
from testkit.story import Story, ledger_in
from tools.reporting.figures import Figure
from tools.reporting.pages import html
from tools.reporting.week import Week

CHART = Chart("costs", "Costs by week", "<svg xmlns='http://www.w3.org/2000/svg'/>")
COSTS = Section(
    "Costs",
    ("Machine", "Cost", "Invoice", "Note", "Since"),
    (
        ("web\ni-0a11ce0000000001", "1,204.50 EUR", "no invoice yet", "", "2027-03-08"),
        ("db\ni-0a11ce0000000002", 3, "12.00 EUR", "", "Scan_2027-01-18.pdf"),
    ),
    "Up to 2027-03-04.",
    CHART,
)
WEEK = Week("2027-W09", date(2027, 3, 1), datetime(2027, 3, 8, 6, tzinfo=ZoneInfo("Europe/Berlin")))
FIGURE = Figure("Won deals", "EUR", Decimal(3), Decimal(2), "d.csv:2", "Ahlen", "d.csv:3 cannot be read")


class Page(HTMLParser):
    """The tags of a page with their attributes, and what stands between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep the text with the class of the tag before it."""
        self.cells.append((str(self.tags[-1][1].get("class") or "") if self.tags else "", data.strip()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such tag."""
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def run_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("run")
    records = Story(ledger_in(folder / "var"), "r1").play()
    return write_report(records, folder, title="Costs", sections=[COSTS])[1].read_text(encoding="utf-8")


@pytest.fixture(params=["run", "week"])
def text(request: pytest.FixtureRequest, run_page: str) -> str:
    return run_page if request.param == "run" else html("W", WEEK, [FIGURE], "Europe/Berlin")


def test_a_page_is_in_order_for_who_hears_it(text: str) -> None:
    page = Page(text)
    levels = [int(name[1]) for name, _ in page.tags if re.fullmatch("h[1-6]", name)]

    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {one.get("scope") for one in page.all("th")} == {"col", "row"}
    assert all(one.get("aria-label") or one.get("aria-labelledby") for one in page.all("table"))
    assert all(one.get("alt") for one in page.all("img"))


def test_a_page_loads_nothing_from_elsewhere_and_can_be_printed(text: str) -> None:
    page = Page(text)
    outside = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")]

    assert not [one for one in outside if re.match(r"(?i)(https?:)?//", one or "")]
    assert not page.all("script") + page.all("link")
    assert "@media print" in text
    assert "url(" not in text
    assert "@import" not in text


def test_every_colour_of_words_has_enough_contrast_in_light_and_dark(text: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text."""
    light, dark = re.findall(r":root\s*{([^}]*--paper[^}]*)}", text)[:2]
    for scheme in (light, dark):
        colours = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", scheme))
        papers = [colours[name] for name in ("paper", "warn-tint") if name in colours]
        words = {name: one for name, one in colours.items() if name not in ("paper", "line", "tint", "warn-tint")}
        assert len(words) > 2
        assert not {name for name, one in words.items() if _contrast(one, colours["paper"]) < 4.5}
        assert all(_contrast(colours["warn"], paper) >= 4.5 for paper in papers)


def test_amounts_stand_at_the_right_ids_are_small_and_empty_columns_are_left_out(run_page: str) -> None:
    page = Page(run_page)

    assert ("number", "Cost") in page.cells
    assert ("number", "Invoice") in page.cells
    assert ("id", "i-0a11ce0000000001") in page.cells
    assert "Note" not in {data for _, data in page.cells}
    assert {"Mon 8 Mar 2027", "Scan_2027-01-18.pdf", "Up to Thu 4 Mar 2027."} <= {data for _, data in page.cells}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("from 2027-03-08 to 2027-03-09T00:00:00", "from Mon 8 Mar 2027 to Tue 9 Mar 2027"),
        ("LUNCH-marketing-2027-03-08-1 and a/2027-03-08", "LUNCH-marketing-2027-03-08-1 and a/2027-03-08"),
        ("2027-02-30 is no day", "2027-02-30 is no day"),
        ("she wrote “since 2027-03-08”", "she wrote “since 2027-03-08”"),
    ],
)
def test_days_are_told_as_people_tell_them_but_not_in_names_and_quotes(said: str, told: str) -> None:
    assert dated(said) == told


def _contrast(one: str, other: str) -> float:
    """The ratio of their relative luminances, as WCAG defines it."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
