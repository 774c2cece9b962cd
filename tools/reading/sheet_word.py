"""DOCX files as lines and tables: headers first, then paragraphs and tables in their order, without hidden text."""

from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from typing import Any

from tools.reading.sheet import Line, Row, Sheet, Table

_SMALLEST = 4.0  # points
_WHITE = "FFFFFF"
_PAINTED = (
    "(ancestor::w:tc/w:tcPr | ancestor::w:p/w:pPr | w:rPr)/w:shd[not(contains('auto FFFFFF', @w:fill))]"
    " | w:rPr/w:highlight[@w:val != 'white']"
)
"""What makes white letters readable: a cell, paragraph or run with a colour behind it."""


def read_word(name: str, content: bytes) -> Sheet:
    """The sheet of a DOCX file. Raises what its reader raises."""
    import docx

    document = docx.Document(BytesIO(content))
    lines: list[Line] = []
    tables: list[Table] = []
    for block in blocks(document):
        if hasattr(block, "rows"):
            rows = []
            for row in block.rows:
                rows.append(Row(cells_of(row), len(lines)))
                lines.append(Line(0, len(lines) + 1, rows[-1].cells))
            if rows:
                width = max(len(one.cells) for one in rows)
                tables.append(Table(tuple(one for one in rows if len(one.cells) == width)))
        else:
            lines += [
                Line(0, len(lines) + 1 + at, tuple(part.strip() for part in text.split("\t") if part.strip()))
                for at, text in enumerate(one for one in shown(block).splitlines() if one.strip())
            ]
    return Sheet(name, tuple(lines), tuple(tables))


def blocks(document: Any) -> Iterator[Any]:
    """The paragraphs and tables of a document in their order, those of its headers first."""
    for section in document.sections:
        if not section.header.is_linked_to_previous:
            yield from section.header.iter_inner_content()
    yield from document.iter_inner_content()


def cells_of(row: Any) -> tuple[str, ...]:
    """The texts of a row; a cell that spans several columns is there once."""
    apart = [next(same) for _, same in groupby(row.cells, key=lambda one: one._tc)]
    return tuple(" ".join(" ".join(map(shown, one.paragraphs)).split()) for one in apart)


def shown(paragraph: Any) -> str:
    """The text of a paragraph that a reader sees: not marked as hidden, not white, not tiny."""
    parts = [getattr(one, "runs", [one]) for one in paragraph.iter_inner_content()]
    return "".join(run.text for runs in parts for run in runs if not _is_hidden(run))


def _is_hidden(run: Any) -> bool:
    font = run.font
    colour = font.color.rgb if font.color is not None else None
    small = font.size is not None and font.size.pt < _SMALLEST
    return bool(font.hidden) or small or (str(colour) == _WHITE and not run.element.xpath(_PAINTED))
