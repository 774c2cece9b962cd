"""Text that stands in Markdown as nothing but text: no link, image, heading or HTML can come out of it."""

import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from crews.report.figures import one_line
from crews.report.sections import Cell

_SPECIAL = re.compile(r"([\\`*\[\]<>|~]|&(?=#|\w+;)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_LEADING = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=(?:#{1,6}|[+-])(?:\s|$)|[=-]+$))")
_URL = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(:)|(www)(\.)")


def escaped(value: Any) -> Any:
    """`value` on one line with everything escaped that Markdown would read; what is `Markup` already stays as it is."""
    if isinstance(value, Markup):
        return value
    return Markup(_escape(one_line(str(value))))  # noqa: S704 - this is where it becomes safe


def table(rows: Sequence[Sequence[Cell]], columns: Sequence[str], numeric: Sequence[bool]) -> Markup:
    """A Markdown table whose columns line up for a reader in a terminal; None is "unknown"."""
    cells = [[_escape(_cell(cell)) for cell in row] for row in (columns, *rows)]
    widths = [max(3, *(len(row[index]) for row in cells)) for index in range(len(columns))]
    lines = [_row(row, widths, numeric) for row in cells]
    rule = [("-" * (width - 1) + ":") if right else "-" * width for width, right in zip(widths, numeric, strict=True)]
    return Markup("\n".join([lines[0], f"| {' | '.join(rule)} |", *lines[1:]]))  # noqa: S704 - every cell is escaped above


def _row(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    filled = (
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    )
    return f"| {' | '.join(filled)} |"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "unknown"
    return one_line("; ".join(str(cell).split("\n")))


def _escape(text: str) -> str:
    text = _SPECIAL.sub(r"\\\1", text)
    text = _URL.sub(lambda found: f"{found[1] or found[3]}\\{found[2] or found[4]}", text)
    return _LEADING.sub(r"\1\\", text)
