"""PDF pages as lines and ruled tables, without what a reader of the page cannot see."""

from io import BytesIO
from typing import Any

from tools.reading.sheet import Line, Row, Sheet, Table, TooLong, joined

_APART = 0.9
"""Pieces of a line further apart than this many times its height are cells of their own."""

MOST_PAGES = 300
_SAME_LINE = 3.0  # points
_EDGE = 0.35  # a table that begins in this share of a page, from its top, may go on with one of the page before


def read_pdf(name: str, content: bytes) -> Sheet:
    """The sheet of a PDF. Raises TooLong for one with more than `MOST_PAGES`, else what the PDF's reader raises."""
    import pdfplumber

    lines: list[Line] = []
    tables: list[tuple[bool, Table]] = []
    with pdfplumber.open(BytesIO(content)) as pdf:
        if len(pdf.pages) > MOST_PAGES:
            raise TooLong(f"'{name}' has {len(pdf.pages)} pages; at most {MOST_PAGES} are read")
        for number, page in enumerate(pdf.pages, start=1):
            shown = visible(page)
            start = len(lines)
            tops: list[float] = []
            for top, row in _rows(shown):
                lines.append(Line(number, len(tops) + 1, *_cells(row)))
                tops.append(top)
            for nth, found in enumerate(shown.find_tables()):
                if table := _table(found, shown, start, tops):
                    tables.append((nth == 0 and number > 1 and found.bbox[1] < _EDGE * float(page.height), table))
            page.close()
        return Sheet(name, tuple(lines), joined(tables), len(pdf.pages))


def visible(page: Any) -> Any:
    """The page without letters that are too small, of the paper's colour, or painted over."""
    from tools.resumes.painting import painted
    from tools.resumes.visible import sort_out

    shown, marks = painted(page.page_obj)
    hidden = {(round(one.x0), round(one.top), one.text) for one, why in sort_out(marks, shown) if why}
    if not hidden:
        return page
    return page.filter(
        lambda one: one["object_type"] != "char" or (round(one["x0"]), round(one["top"]), one["text"]) not in hidden
    )


def _rows(page: Any) -> list[tuple[float, list[dict[str, Any]]]]:
    """Each line of the page: where its middle is, from the top, and its words from left to right."""
    rows: list[list[dict[str, Any]]] = []
    for word in sorted(page.extract_words(), key=lambda one: (one["bottom"], one["x0"])):
        if rows and abs(word["bottom"] - rows[-1][0]["bottom"]) <= _SAME_LINE:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [((row[0]["top"] + row[0]["bottom"]) / 2, sorted(row, key=lambda one: one["x0"])) for row in rows]


def _cells(words: list[dict[str, Any]]) -> tuple[tuple[str, ...], tuple[tuple[float, float], ...]]:
    """The pieces of a line that stand apart, and where each begins and ends."""
    cells = [[words[0]]]
    for word in words[1:]:
        before = cells[-1][-1]
        if word["x0"] - before["x1"] > _APART * (before["bottom"] - before["top"]):
            cells.append([])
        cells[-1].append(word)
    texts = tuple(" ".join(one["text"] for one in cell) for cell in cells)
    return texts, tuple((cell[0]["x0"], cell[-1]["x1"]) for cell in cells)


def _table(found: Any, page: Any, start: int, tops: list[float]) -> Table | None:
    """The table, with the line that each row begins with; None for a frame around something else."""
    rows = []
    for row, cells in zip(found.rows, found.extract(), strict=True):
        inside = [at for at, top in enumerate(tops) if row.bbox[1] <= top <= row.bbox[3]]
        texts = tuple(" ".join((one or "").split()) for one in cells)
        if inside and any(texts):
            rows.append(Row(texts, start + inside[0]))
    return Table(tuple(rows)) if len(rows) > 1 and len(rows[0].cells) > 1 else None
