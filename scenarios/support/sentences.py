"""A passage as sentences that can be told by themselves: an answer with its question, a table's row with its heads."""

import re
from collections.abc import Iterator

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`])|\n+")
_WRAPPED = re.compile(r"(?<=[^\n|]{40})(?<!\|)\n(?![\n\-*|]|\d+\.\s)")
"""The end of a line that goes on in the next one; shorter lines are headings, or whole by themselves."""
_TABLE = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z))+", re.MULTILINE)
_HEADING = re.compile(r"[^\W\d_]+(?:[ -][^\W\d_]+){0,2}")
_RULE = re.compile(r"[\s|:-]+")


def sentences_of(text: str) -> list[str]:
    """The sentences of a passage in their order, without headings. A paragraph's lines are joined."""
    flat = _WRAPPED.sub(" ", _TABLE.sub(_told, text))
    whole = [one for one in _SENTENCE.split(flat) if one.strip(" -*|")]
    said = [one for one in whole if not _HEADING.fullmatch(one)] or whole
    return list(_answered(one.strip(" -*|") for one in said))


def _answered(sentences: Iterator[str]) -> Iterator[str]:
    """The sentences, where a question, which says nothing by itself, stands in one with what follows it."""
    asked = ""
    for one in sentences:
        if one.endswith("?"):
            asked = f"{asked}{one} "
        else:
            yield asked + one
            asked = ""
    if asked:
        yield asked.strip()


def _told(table: re.Match[str]) -> str:
    """A table as one line for each row: its first cell, then each other one with its head, as in `M40: Price 2,980`."""
    rows = [[cell.strip() for cell in one.strip().strip("|").split("|")] for one in table[0].splitlines()]
    heads, *rest = [row for row in rows if not _RULE.fullmatch("|".join(row))] or [[]]
    told = [_row(heads, row) for row in rest if len(row) == len(heads)]
    return "".join(f"\n- {one}." for one in told) + "\n" if told else table[0]


def _row(heads: list[str], row: list[str]) -> str:
    pairs = [f"{head} {cell}".strip() for head, cell in zip(heads[1:], row[1:], strict=True) if cell]
    return f"{row[0]}: {', '.join(pairs)}" if pairs else row[0]
