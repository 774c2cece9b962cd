"""A scenario's own table in the report, such as a ranking or the interviews."""

from dataclasses import dataclass

Cell = str | int | float | None
"""One field of a table; None is shown as "unknown", a line break as a new line."""


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
        """Per column: whether all its known cells are numbers (they are then aligned at the right)."""
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.columns)
        return tuple(
            any(cell is not None for cell in cells) and all(isinstance(cell, int | float | None) for cell in cells)
            for cells in columns
        )
