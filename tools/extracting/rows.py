"""Tables found by their heads: a column is taken if its head is the field's label, a table if its columns are there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.extracting.form import Field, Form, Grid, label_of
from tools.extracting.labels import Found, fitting
from tools.extracting.loose import rows_below
from tools.extracting.values import decimal_point
from tools.reading.sheet import Row, Sheet, Table

_TOTALS = frozenset(
    ["amount due", "brought forward", "carried forward", "carry over", "grand total", "gross total", "net total",
     "sub total", "subtotal", "total", "total due"]
)  # fmt: skip
_PERHAPS = frozenset(["balance", "discount", "gross", "mwst", "net", "shipping", "sum", "tax", "vat"])
"""Words of sums that are items, too, if their row has all its numbers."""

_HALF = 0.5


@dataclass(frozen=True)
class Taken:
    """The rows of a table: each a mapping of columns to what was found. `unread` are cells that are no such value."""

    rows: tuple[Mapping[str, Found | None], ...]
    places: tuple[int, ...]
    unread: tuple[str, ...] = ()


def find_grids(form: Form, sheet: Sheet) -> dict[str, Taken]:
    """The tables that are sure, by name: those that exactly one table of the document fits."""
    point, found = decimal_point(one.text for one in sheet.lines), {}
    for grid in form.grids:
        fits = [(table, columns) for table in sheet.tables if (columns := _columns(grid, table.rows[0].cells))]
        fits = fits or _loose(grid, sheet, point)
        if len(fits) == 1 and not grid.plain:
            found[grid.name] = _taken(grid, *fits[0], point)
    return found


def _loose(grid: Grid, sheet: Sheet, point: str) -> list[tuple[Table, dict[int, Field]]]:
    """The table without ruled lines whose heads are the columns, if there is one, once a page at most."""
    heads = {
        at: columns for at, line in enumerate(sheet.lines) if line.spans and (columns := _columns(grid, line.cells))
    }
    pages = [sheet.lines[at].page for at in heads]
    same = {tuple(label_of(one) for one in sheet.lines[at].cells) for at in heads}
    if len(same) != 1 or len(set(pages)) != len(pages) or max(pages) - min(pages) != len(pages) - 1:
        return []
    columns = next(iter(heads.values()))
    table = rows_below(sheet, list(heads), columns, point, _is_sum)
    return [(table, columns)] if table else []


def _columns(grid: Grid, cells: Sequence[str]) -> dict[int, Field]:
    """Which column is which field, by the cells of a head; none if the table is another one."""
    heads = [label_of(one) for one in cells]
    columns: dict[int, Field] = {}
    for field in grid.columns:
        places = [at for at, head in enumerate(heads) if head in field.names]
        if len(places) == 1:
            columns[places[0]] = field
    got = {one.name for one in columns.values()}
    fits = len(columns) >= 2 and len(columns) >= _HALF * len(grid.columns)
    return columns if fits and all(one.name in got for one in grid.columns if one.required and not one.nullable) else {}


def _taken(grid: Grid, table: Table, columns: Mapping[int, Field], point: str) -> Taken:
    rows: list[Mapping[str, Found | None]] = []
    places: list[int] = []
    unread: list[str] = []
    for row in table.rows[1:]:
        if _is_sum(row, columns) or not any(row.cells[at] for at in columns):
            continue
        values = {one.name: None for one in grid.columns} | {
            field.name: _cell(row, at, field, point) for at, field in columns.items()
        }
        number = len(rows) + 1
        unread += [
            f"{grid.name}[{number}].{field.name}: '{row.cells[at]}'"
            for at, field in columns.items()
            if row.cells[at] and values[field.name] is None
        ]
        rows.append(values)
        places.append(row.at)
    return Taken(tuple(rows), tuple(places), tuple(unread))


def _cell(row: Row, at: int, field: Field, point: str) -> Found | None:
    value: Any = fitting(field, row.cells[at], point) if row.cells[at] else None
    return None if value is None else Found(value, row.at)


def _is_sum(row: Row, columns: Mapping[int, Field]) -> bool:
    """Whether the row sums up others, and is none of them."""
    said = {label_of(cell.partition(":")[0]) for cell in row.cells}
    gaps = any(not row.cells[at] for at, one in columns.items() if one.kind in ("number", "integer"))
    return bool(said & _TOTALS) or (gaps and bool(said & _PERHAPS))
