"""A document as lines and tables, each with its place: what values are taken from, and what proves them.

PDF       lines by page, pieces that stand apart kept apart, ruled tables; what readers cannot see is left out
DOCX      headers, paragraphs and tables in their order; a page is made by the printer, so there are no page numbers
HTML      text as a browser shows it, tables, definition lists
Markdown  lines as in the file, tables of pipes
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

KINDS = (".md", ".txt", ".html", ".htm", ".pdf", ".docx")


@dataclass(frozen=True)
class Line:
    """One line. `cells` are its pieces that stand apart; `page` is 0 where the format has no pages.

    `spans` are where each cell begins and ends on the page, in points from the left, where that is known.
    """

    page: int
    number: int
    cells: tuple[str, ...]
    spans: tuple[tuple[float, float], ...] = ()

    @property
    def text(self) -> str:
        """The whole line."""
        return "  ".join(one for one in self.cells if one)

    @property
    def mark(self) -> str:
        """How a model names the line: `p2:14` is line 14 of page 2, `14` is line 14."""
        return f"p{self.page}:{self.number}" if self.page else str(self.number)


@dataclass(frozen=True)
class Row:
    """One row of a table. `at` is the index of its first line in the sheet."""

    cells: tuple[str, ...]
    at: int


@dataclass(frozen=True)
class Table:
    """Rows with the same number of cells; the first one is the head. Pages are no borders: it may run over several."""

    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Sheet:
    """A document. `pages` is 0 where the format has none."""

    name: str
    lines: tuple[Line, ...]
    tables: tuple[Table, ...]
    pages: int = 0


class TooLong(ValueError):
    """A document is longer than what is read."""


def sheet_of(name: str, content: bytes) -> Sheet:
    """The sheet of a document. Raises ValueError, with the reason, for one that cannot be read or holds no text."""
    kind = PurePath(name).suffix.lower()
    if kind not in KINDS:
        raise ValueError(f"'{name}' is none of {', '.join(KINDS)}")
    try:
        sheet = _read(kind, name, content)
    except TooLong:
        raise
    except Exception as error:  # readers of foreign formats raise what they like
        raise ValueError(f"'{name}' cannot be read ({type(error).__name__})") from error
    if not any(one.isalnum() for line in sheet.lines for one in line.text):
        scan = "; it may be a scan, which a text recogniser has to read first" if kind == ".pdf" else ""
        raise ValueError(f"'{name}' holds no text{scan}")
    return sheet


def _read(kind: str, name: str, content: bytes) -> Sheet:
    if kind == ".pdf":
        from tools.reading.sheet_pdf import read_pdf

        return read_pdf(name, content)
    if kind == ".docx":
        from tools.reading.sheet_word import read_word

        return read_word(name, content)
    from tools.reading.sheet_markup import read_html, read_markdown

    return read_html(name, content) if kind in (".html", ".htm") else read_markdown(name, content)


def joined(tables: Sequence[tuple[bool, Table]]) -> tuple[Table, ...]:
    """The tables, where each that goes on with the one before it (True) is put behind it, without its repeated head."""
    whole: list[Table] = []
    for goes_on, table in tables:
        if goes_on and whole and len(whole[-1].rows[0].cells) == len(table.rows[0].cells):
            before, rows = whole.pop(), list(table.rows)
            if _words(rows[0]) == _words(before.rows[0]):
                rows = rows[1:]
            whole.append(Table(_continued(before.rows, rows)))
        else:
            whole.append(table)
    return tuple(whole)


def _continued(before: tuple[Row, ...], rows: list[Row]) -> tuple[Row, ...]:
    """The rows in one; a first row that only fills up text, with no number of its own, goes on with the last one."""
    if rows and len(before) > 1 and not rows[0].cells[0] and not any(c.isdigit() for c in "".join(rows[0].cells)):
        last = before[-1]
        merged = tuple(" ".join(filter(None, pair)) for pair in zip(last.cells, rows[0].cells, strict=True))
        return (*before[:-1], Row(merged, last.at), *rows[1:])
    return (*before, *rows)


def _words(row: Row) -> list[str]:
    return [" ".join(one.casefold().split()) for one in row.cells]
