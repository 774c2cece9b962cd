"""From words on a page to lines in reading order: columns are kept apart, tables are kept together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from tools.resumes.dates import ANY_POINT
from tools.resumes.headings import section_of

_GUTTER = 10.0  # points without a word between two columns; the space between words is 2 to 4
_LEAST_ROWS = 3  # each column says something of its own in at least so many rows


@dataclass(frozen=True)
class Word:
    """A word and where it stands, in points from the top left."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    font: str = ""


Row = list[Word]


def reading_order(words: Sequence[Word], column: str = "") -> list[tuple[str, Row]]:
    """The words as rows in the order a person reads them, each with its column: down the left one, then the right."""
    rows = _rows(words)
    gutter = _gutter(rows)
    if gutter is None:
        return [(column, part) for row in rows for part in _apart(row)]
    ordered: list[tuple[str, Row]] = []
    for band, split in _bands(rows, gutter):
        if not split:
            ordered += [(column, part) for row in band for part in _apart(row)]
            continue
        everything = [word for row in band for word in row]
        ordered += reading_order([word for word in everything if word.x1 <= gutter], f"{column}left ")
        ordered += reading_order([word for word in everything if word.x0 >= gutter], f"{column}right ")
    return ordered


def text_of(row: Row) -> str:
    """The words of a row as text; a gap wider than a letter is kept as two spaces."""
    text = row[0].text
    for left, right in pairwise(row):
        text += ("  " if right.x0 - left.x1 > left.size else " ") + right.text
    return text


def _rows(words: Sequence[Word]) -> list[Row]:
    rows: list[Row] = []
    for word in sorted(words, key=lambda one: ((one.top + one.bottom) / 2, one.x0)):
        middle = (word.top + word.bottom) / 2
        if rows and middle - _middle(rows[-1]) < 0.5 * min(word.size, rows[-1][0].size):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda one: one.x0) for row in rows]


def _middle(row: Row) -> float:
    return median((word.top + word.bottom) / 2 for word in row)


def _apart(row: Row) -> list[Row]:
    """A heading in the margin and the text beside it are two lines; every other row is one."""
    for at, (left, right) in enumerate(pairwise(row), start=1):
        if right.x0 - left.x1 > _GUTTER:
            return [row[:at], row[at:]] if section_of(text_of(row[:at])) else [row]
    return [row]


def _gutter(rows: list[Row]) -> float | None:
    """The x that has most rows of two columns beside it; None if the page has one column."""
    words = [word for row in rows for word in row]
    if not words:
        return None
    left, right = min(word.x0 for word in words), max(word.x1 for word in words)
    best: tuple[int, float] | None = None
    for x in sorted({round(word.x0 - _GUTTER / 2, 1) for word in words}):
        if left + 0.12 * (right - left) < x < left + 0.88 * (right - left):
            beside = sum(min(map(len, _sides(band, x))) for band, split in _bands(rows, x) if split)
            if beside and (best is None or beside > best[0]):
                best = (beside, x)
    return best[1] if best else None


def _bands(rows: list[Row], x: float) -> list[tuple[list[Row], bool]]:
    """The rows, cut where one crosses `x`; with each piece whether it is two columns there."""
    pieces: list[list[Row]] = [[]]
    for row in rows:
        if any(word.x0 < x + _GUTTER / 2 and word.x1 > x - _GUTTER / 2 for word in row):
            pieces += [[row], []]
        else:
            pieces[-1].append(row)
    return [(piece, _is_columns(piece, x)) for piece in pieces if piece]


def _sides(band: list[Row], x: float) -> tuple[list[str], list[str]]:
    left = [text_of(part) for row in band if (part := [word for word in row if word.x1 <= x])]
    right = [text_of(part) for row in band if (part := [word for word in row if word.x0 >= x])]
    return left, right


def _is_columns(band: list[Row], x: float) -> bool:
    """Two columns, rather than one text with dates, headings or labels set apart on one side."""
    left, right = _sides(band, x)
    if not (_says_something(left) and _says_something(right)):
        return False
    if any(section_of(text) for text in (*left, *right)):
        return True
    beside = sum(1 for row in band if row[0].x1 <= x and row[-1].x0 >= x)
    labels = sum(len(text) <= 24 for text in left) > 0.8 * len(left)
    return not (labels and beside > 0.8 * len(left))


def _says_something(side: list[str]) -> bool:
    own = sum(1 for text in side if not _is_date(text) and not section_of(text))
    return own >= _LEAST_ROWS and own > 0.4 * len(side)


def _is_date(text: str) -> bool:
    return bool(ANY_POINT.search(text)) and len(re.sub(r"\W", "", ANY_POINT.sub("", text))) < 10
