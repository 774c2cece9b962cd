"""DOCX files as lines and tables: headers first, then paragraphs and tables as they follow each other."""

from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from typing import Any

from tools.reading.sheet import Line, Row, Sheet, Table


def read_word(name: str, content: bytes) -> Sheet:
    """The sheet of a DOCX file. Raises what its reader raises."""
    import docx

    document = docx.Document(BytesIO(content))
    lines: list[Line] = []
    tables: list[Table] = []
    for block in _blocks(document):
        if hasattr(block, "rows"):
            rows = []
            for row in block.rows:
                rows.append(Row(_cells(row), len(lines)))
                lines.append(Line(0, len(lines) + 1, rows[-1].cells))
            if rows:
                width = max(len(one.cells) for one in rows)
                tables.append(Table(tuple(one for one in rows if len(one.cells) == width)))
        else:
            lines += [
                Line(0, len(lines) + 1 + at, tuple(part.strip() for part in text.split("\t") if part.strip()))
                for at, text in enumerate(one for one in block.text.splitlines() if one.strip())
            ]
    return Sheet(name, tuple(lines), tuple(tables))


def _blocks(document: Any) -> Iterator[Any]:
    for section in document.sections:
        if not section.header.is_linked_to_previous:
            yield from section.header.iter_inner_content()
    yield from document.iter_inner_content()


def _cells(row: Any) -> tuple[str, ...]:
    """The texts of a row; a cell that spans several columns is there once."""
    apart = [next(same) for _, same in groupby(row.cells, key=lambda one: one._tc)]
    return tuple(" ".join(one.text.split()) for one in apart)
