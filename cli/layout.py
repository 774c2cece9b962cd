"""How a line of output is put into columns: a gutter, a mark, and the text wrapped under its own beginning."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from crews.report.figures import clean

Mark = Literal["none", "blank", "begin", "read", "deed", "same", "denied", "failed", "wait", "done"]

_MARKS: dict[Mark, tuple[str, str, str]] = {
    "none": ("", "", ""),
    "blank": (" ", " ", ""),
    "begin": ("▸", ">", "bold"),
    "read": ("·", ".", "dim"),
    "deed": ("+", "+", "green"),
    "same": ("=", "=", "dim"),
    "denied": ("✗", "x", "red"),
    "failed": ("!", "!", "yellow"),
    "wait": ("?", "?", "yellow"),
    "done": ("✓", "*", "green"),
}
_QUIET_MARKS: frozenset[Mark] = frozenset({"read", "same"})
GUTTER = 10
_NARROW = 48


@dataclass(frozen=True)
class Line:
    """One thing said. `bullet` is a mark of its own, such as a number; `aside` stands dim at the right end if there is
    room; `cut` keeps the text to one row."""

    gutter: str = ""
    mark: Mark = "none"
    text: str = ""
    aside: str = ""
    cut: bool = False
    style: str = ""
    bullet: str = ""


Piece = tuple[str, str]
"""A stretch of text and its style."""


def laid_out(line: Line, width: int, *, ascii_only: bool = False) -> list[list[Piece]]:
    """The rows that `line` takes at `width` columns, wrapped at words under the text's own beginning."""
    gutter = GUTTER if width >= _NARROW else 0
    sign = line.bullet or _MARKS[line.mark][1 if ascii_only else 0]
    indent = gutter + (2 if gutter else 0) + (cells(sign) + 1 if sign else 0)
    aside = f"  {line.aside}" if line.aside else ""
    rows = list(wrapped(clean(line.text), max(16, width - indent), width - indent - cells(aside)))
    if line.cut and len(rows) > 1:
        rows = [fitted(f"{rows[0]} {rows[1]}", max(16, width - indent - cells(aside)), ascii_only=ascii_only)]
    name = fitted(clean(line.gutter), GUTTER, ascii_only=ascii_only)
    head: list[Piece] = [(name + " " * (GUTTER + 2 - cells(name)), "bold")] if gutter else []
    head += [(f"{sign} ", line.style if line.bullet else _MARKS[line.mark][2])] if sign else []
    style = line.style or ("dim" if line.mark in _QUIET_MARKS else "")
    first = [*head, (rows[0], style)]
    if aside and indent + cells(rows[0]) + cells(aside) <= width:
        first += [(" " * (width - indent - cells(rows[0]) - cells(aside)), ""), (aside, "dim")]
    above = [[(line.gutter, "bold")]] if line.gutter and not gutter else []
    return [*above, first, *([(" " * indent, ""), (row, style)] for row in rows[1:])]


def wrapped(text: str, width: int, first: int = 0) -> Iterator[str]:
    """`text` in rows of at most `width` cells (each paragraph's first in `first`, if that is less)."""
    for paragraph in text.split("\n"):
        words = paragraph.lstrip(" ")
        lead = " " * min(len(paragraph) - len(words), width // 2)
        yield from (lead + row for row in _rows(words, width - len(lead), first - len(lead)))


def _rows(paragraph: str, width: int, first: int) -> Iterator[str]:
    """One paragraph, which begins with a word, in rows."""
    row, room = "", min(width, first) if first > 0 else width
    for word in paragraph.split(" "):
        while cells(word) > width:
            if row:
                yield row
                row, room = "", width
            piece = _taken(word, width)
            yield piece
            word = word[len(piece) :]
        if row and cells(row) + 1 + cells(word) > room:
            yield row
            row, room = word, width
        else:
            row = f"{row} {word}" if row else word
    yield row


def cells(text: str) -> int:
    """How many columns `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def fitted(text: str, width: int, *, ascii_only: bool = False) -> str:
    """`text`, cut with an ellipsis if it takes more than `width` columns."""
    if cells(text) <= width:
        return text
    dots = "..." if ascii_only else "…"
    return _taken(text, width - len(dots)).rstrip() + dots


def _taken(text: str, width: int) -> str:
    """As much of the beginning of `text` as fits, but something."""
    end, used = 0, 0
    while end < len(text) and (used := used + cells(text[end])) <= width:
        end += 1
    return text[: max(end, 1)]
