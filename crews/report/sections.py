"""A scenario's own table in the report, such as a ranking or the interviews."""

import re
from dataclasses import dataclass, replace

from crews.report.figures import dated

Cell = str | int | float | None
"""One field of a table; None is shown as "unknown", a line break as a new line."""


_NUMBER = re.compile(r"[+-]?\d{1,3}(,\d{3})*(\.\d+)?( %| [A-Z]{3})?")
_NOTHING = ("", "–", "none", "unknown")


@dataclass(frozen=True)
class Chart:
    """A picture in SVG: `name` for its file, `alt` what it shows, in words for who does not see it."""

    name: str
    alt: str
    svg: str


@dataclass(frozen=True)
class Section:
    """A titled table. `note` is one sentence below the title; every row has as many cells as there are columns; `chart`
    stands above the table."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    chart: Chart | None = None

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"section '{self.title}': row {number} has {len(row)} cells, not {len(self.columns)}")

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Per column: whether all its known cells are numbers or amounts (they are then aligned at the right)."""
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.columns)
        return tuple(
            any(map(_is_number, cells)) and all(_is_number(cell) or _is_nothing(cell) for cell in cells)
            for cells in columns
        )

    @property
    def heads(self) -> int:
        """The column that says what a row is about: the first of words."""
        return next((index for index, number in enumerate(self.numeric) if not number), 0)

    def readable(self) -> "Section":
        """The section as people read it: days in words, and without columns in which nothing stands."""
        rows = self.rows
        kept = [index for index in range(len(self.columns)) if not rows or any(row[index] != "" for row in rows)]
        columns = tuple(self.columns[index] for index in kept)
        told = tuple(tuple(_readable(row[index]) for index in kept) for row in rows)
        return replace(self, columns=columns, rows=told, note=dated(self.note))


def _readable(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return dated(cell)
    return cell if cell is None else f"{cell:,}"


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float) or (cell is not None and _NUMBER.fullmatch(cell) is not None)


def _is_nothing(cell: Cell) -> bool:
    return cell is None or cell in _NOTHING or (isinstance(cell, str) and cell.startswith("no "))
