"""Tables without ruled lines, by where their words stand under their heads on the page.

Only what leaves no doubt is taken: each row has all the numbers of its columns, and what goes on over the page repeats
its heads. Anything else is for a model to read.
"""

from collections.abc import Callable, Mapping, Sequence

from tools.extracting.form import Field
from tools.extracting.labels import fitting
from tools.reading.sheet import Line, Row, Sheet, Table

Columns = Mapping[int, Field]
IsSum = Callable[[Row, Columns], bool]
_TOP = 6  # lines of a page within which a table that goes on would begin
_LEAST = 2


def rows_below(sheet: Sheet, heads: Sequence[int], columns: Columns, point: str, is_sum: IsSum) -> Table | None:
    """The table whose head stands on each of the lines `heads`, one a page; None if any of its rows leaves a doubt."""
    rows: list[Row] = []
    for head in heads:
        below = _page_below(sheet, head, columns, point, is_sum)
        if below is None:
            return None
        rows += below
    pages = {sheet.lines[one].page for one in heads}
    if not rows or _goes_on(sheet, max(pages), columns, sheet.lines[heads[0]], point):
        return None
    return Table((Row(sheet.lines[heads[0]].cells, heads[0]), *rows))


def _page_below(sheet: Sheet, head: int, columns: Columns, point: str, is_sum: IsSum) -> list[Row] | None:
    """The rows from below a head to the end of the table or the page."""
    rows: list[Row] = []
    for at in range(head + 1, len(sheet.lines)):
        line = sheet.lines[at]
        if line.page != sheet.lines[head].page:
            break
        cells = under(sheet.lines[head], line)
        row = Row(cells, at)
        if is_sum(row, columns):
            break
        kind = _kind(cells, columns, point)
        if kind == "row":
            rows.append(row)
        elif kind == "text" and rows:
            rows[-1] = Row(
                tuple(f"{one} {more}".strip() for one, more in zip(rows[-1].cells, cells, strict=True)), rows[-1].at
            )
        elif kind == "doubt":
            return None
        else:
            break
    return rows


def _kind(cells: Sequence[str], columns: Columns, point: str) -> str:
    """Whether cells are a whole row, more text for the row above, a row that lacks a number, or something else."""
    figures = [at for at, one in columns.items() if one.kind in ("number", "integer", "date")]
    read = [at for at in figures if cells[at] and fitting(columns[at], cells[at], point) is not None]
    words = [at for at, one in columns.items() if one.kind == "text" and cells[at]]
    if len(read) == len(figures) and len(read) + len(words) >= _LEAST:
        return "row"
    if not any(cells[at] for at in figures):
        return "text" if words and sum(map(bool, cells)) == 1 else "end"
    return "doubt" if read and words else "end"


def _goes_on(sheet: Sheet, page: int, columns: Columns, head: Line, point: str) -> bool:
    """Whether the next page begins with what looks like rows, although no head says so."""
    following = [one for one in sheet.lines if one.page == page + 1][:_TOP]
    return any(_kind(under(head, one), columns, point) in ("row", "doubt") for one in following)


def under(head: Line, line: Line) -> tuple[str, ...]:
    """The line's pieces under the pieces of the head that they overlap most, or are nearest to."""
    found = [""] * len(head.cells)
    for text, (left, right) in zip(line.cells, line.spans, strict=True):
        gaps = [max(left, one) - min(right, other) for one, other in head.spans]  # less than nothing: they overlap
        best = min(range(len(gaps)), key=gaps.__getitem__)
        found[best] = f"{found[best]} {text}".strip()
    return tuple(found)
