"""Figures of a report: what its tables say of each period, and how that changed against the ones before.

A table counts if at least two of its heads are periods (`Q3 2027`, `H1 2027`, `FY 2026`, `2026`, `March 2027`) or days.
The latest one is what the report is about; changes are computed against the period before it and the same one a year
earlier.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from tools.extracting.values import dates, decimal_point, numbers
from tools.reading.sheet import Row, Sheet, Table

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_PERIOD = re.compile(
    r"\b(?:(?P<part>Q[1-4]|H[12]|FY|[1-4]Q|"
    + "|".join(_MONTHS)
    + r")[ /-]?)?(?P<year>20\d\d)(?:[ /-](?P<late>Q[1-4]|H[12]))?\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\b(?:in )?((?:EUR|USD|GBP|CHF|€|\$|£)? ?(?:million|billion|thousand|m|bn|k)|%|per cent|EUR|USD|GBP|CHF)\b|(%)",
    re.IGNORECASE,
)
_TENTH = Decimal("0.1")


@dataclass(frozen=True, order=True)
class Period:
    """A quarter, half, month, year or day, in the order of time. `part` counts within the year; 0 is all of it."""

    year: int
    kind: str
    part: int
    name: str

    def before(self) -> tuple[int, str, int]:
        """The period right before it."""
        parts = {"q": 4, "h": 2, "m": 12}.get(self.kind, 0)
        if not parts:
            return self.year - 1, self.kind, 0
        return (self.year, self.kind, self.part - 1) if self.part > 1 else (self.year - 1, self.kind, parts)

    def last_year(self) -> tuple[int, str, int]:
        """The same period a year earlier."""
        return self.year - 1, self.kind, self.part

    @property
    def key(self) -> tuple[int, str, int]:
        """What it is, without how it is written."""
        return self.year, self.kind, self.part


@dataclass(frozen=True)
class Figure:
    """One row: what it is about, its unit, what it was in each period as written and as numbers, and its changes.

    `changes` are in per cent, for a share in percentage points, each against a period's name.
    """

    label: str
    unit: str
    written: dict[str, str]
    values: dict[str, Decimal]
    changes: dict[str, str]
    at: int

    def told(self) -> str:
        """The row in a line, the latest period first, the changes since the others in brackets."""
        (latest, now), *earlier = self.written.items()
        unit = f" {self.unit}" if self.unit and self.unit != "%" else ""
        changed = {name: f" ({change})" for name, change in self.changes.items()}
        before = ", ".join(f"{text} {_on(name)} {name}{changed.get(name, '')}" for name, text in earlier)
        return f"{self.label}: {now}{unit} {_on(latest)} {latest}" + (f"; {before}" if before else "")


@dataclass(frozen=True)
class Board:
    """The figures of one table, and what stands above it."""

    title: str
    figures: tuple[Figure, ...]
    latest: str
    at: int


def boards(sheet: Sheet) -> list[Board]:
    """The tables of a report that compare periods, in their order."""
    point = decimal_point(one.text for one in sheet.lines)
    return [board for table in sheet.tables if (board := _board(sheet, table, point))]


def period_of(text: str) -> Period | None:
    """The period that a head names, if it names one."""
    day = next((one for readings in dates(text) for one in readings if len(readings) == 1), None)
    if day:
        return Period(day.year, "d", day.timetuple().tm_yday, " ".join(text.split()))
    found = _PERIOD.search(text)
    if not found:
        return None
    part = (found["part"] or found["late"] or "").casefold()
    digit = next((int(one) for one in part if one.isdigit()), 0)
    if part in _MONTHS:
        return Period(int(found["year"]), "m", _MONTHS.index(part) + 1, found[0])
    kind = "q" if "q" in part else "h" if part.startswith("h") else "y"
    return Period(int(found["year"]), kind, digit, found[0])


def _board(sheet: Sheet, table: Table, point: str) -> Board | None:
    heads = table.rows[0].cells
    periods = {
        at: one for at, head in enumerate(heads) if at and (one := period_of(head)) and "change" not in head.casefold()
    }
    kinds = {one.kind for one in periods.values()}
    if len(periods) < 2 or len(kinds) != 1 or len({one.key for one in periods.values()}) != len(periods):
        return None
    title = _title(sheet, table)
    unit = _unit(heads[0]) or _unit(title)
    rows = (_figure(row, periods, unit, point) for row in table.rows[1:])
    figures = tuple(one for one in rows if one)
    return Board(title, figures, max(periods.values()).name, table.rows[0].at) if figures else None


def _title(sheet: Sheet, table: Table) -> str:
    """The two lines above the table that are on its page and no part of another table."""
    at = table.rows[0].at
    rows = {row.at for one in sheet.tables for row in one.rows}
    above = [
        one for one in range(max(0, at - 2), at) if sheet.lines[one].page == sheet.lines[at].page and one not in rows
    ]
    return ": ".join(sheet.lines[one].text for one in above)


def _unit(text: str) -> str:
    found = _UNIT.search(text)
    return (found[1] or found[2]).strip() if found else ""


def _figure(row: Row, periods: dict[int, Period], unit: str, point: str) -> Figure | None:
    written, values = {}, {}
    for at, period in sorted(periods.items(), key=lambda one: one[1], reverse=True):
        found = numbers(row.cells[at], point)
        if len(found) == 1 and len(found[0]) == 1:
            written[period.name], values[period.name] = row.cells[at], next(iter(found[0]))
    label = " ".join(row.cells[0].split())
    if not label or not values:
        return None
    own = (
        "%"
        if any("%" in one for one in written.values())
        else _unit(label) or ("" if _counts(values) and "%" in unit else unit)
    )
    return Figure(label, own, written, values, dict(_changes(values, list(periods.values()), own)), row.at)


def _counts(values: dict[str, Decimal]) -> bool:
    return all(one == one.to_integral_value() and one > 100 for one in values.values())


def _changes(values: dict[str, Decimal], periods: list[Period], unit: str) -> Iterator[tuple[str, str]]:
    latest = max(periods)
    days = [one.key for one in periods if one is not latest] if latest.kind == "d" else []
    wanted = set(days or (latest.last_year(), latest.before()))
    for one in periods:
        known = one.key in wanted and latest.name in values and one.name in values
        if known and (change := _change(values[latest.name], values[one.name], unit)):
            yield one.name, change


def _change(now: Decimal, before: Decimal, unit: str) -> str:
    """How much it changed, with its sign; empty where a share of nothing, or of a loss, would say nothing."""
    if unit == "%":
        return f"{now - before:+} percentage points"
    if before <= 0:
        return ""
    return f"{((now - before) / before * 100).quantize(_TENTH, ROUND_HALF_EVEN):+} %"


def _on(period: str) -> str:
    """The word before a period: a day is told with `on`."""
    return "on" if re.match(r"\d{1,2}\D", period) else "in"
