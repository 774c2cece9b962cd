"""Fields found by their labels: `Invoice no.: INV-7`, a label with the value beside or below it, `Total due 1,190.00`.

A value is found only if every place with the field's label says the same, and it can be read in one way.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tools.extracting.form import Field, Form, label_of
from tools.extracting.values import decimal_point, norm, parsed
from tools.reading.sheet import Line, Sheet

_LONGEST = 200
_NUMBER = re.compile(r"(?:[A-Z]{3}\s)?[-−(]?\s*[€$£¥]?\s*[-−]?\d")
_STARTS = {"number": _NUMBER, "integer": _NUMBER, "date": re.compile(r"\d|[^\W\d_]{3,9}\.?\s\d")}
"""How values begin: `see page 2` is no number, although there is one in it."""

_OTHER_LABEL = re.compile(r"(?:^|[\s,;])[A-Z][\w. ]{0,25}:\s")
_LONGEST_LABEL = 6  # words
_LABELS = 2  # side by side, with values in one row below them; more of either is a table


@dataclass(frozen=True)
class Found:
    """A value with the lines that it stands on: their indexes in the sheet."""

    value: Any
    at: int


def find_fields(form: Form, sheet: Sheet) -> dict[str, Found]:
    """The fields that are sure, by name."""
    columns = [column for grid in form.grids for column in grid.columns]
    labels = {name for one in (*form.fields, *columns) for name in one.names}
    point, found = decimal_point(one.text for one in sheet.lines), {}
    for one in form.fields:
        texts = _candidates(one, sheet, labels)
        values = [Found(value, at) for text, at in texts if (value := fitting(one, text, point)) is not None]
        if values and len({norm(str(each.value)) for each in values}) == 1:
            found[one.name] = values[0]
    return found


def fitting(wanted: Field, text: str, point: str = "") -> Any:
    """The value of the text, if it is one that the field's schema allows; else None. `point` as in `numbers`."""
    schema = wanted.schema
    choices = [one for one in schema.get("enum", ()) if one is not None]
    if choices:
        said = norm(text)
        return next((one for one in choices if norm(str(one).replace("_", " ")) == said), None)
    if wanted.kind in _STARTS and not _STARTS[wanted.kind].match(text.strip()):
        return None
    value = parsed(text, wanted.kind, point)
    if isinstance(value, str) and (
        len(value) > _LONGEST or ("pattern" in schema and not re.search(schema["pattern"], value))
    ):
        return None
    return value


def _candidates(wanted: Field, sheet: Sheet, labels: set[str]) -> Iterator[tuple[str, int]]:
    """The texts that stand where the field's value would, each with the index of its line."""
    heads = {table.rows[0].at for table in sheet.tables if len(table.rows) > _LABELS}
    for at, line in enumerate(sheet.lines):
        after = sheet.lines[at + 1] if at + 1 < len(sheet.lines) and at not in heads else None
        for nth, cell in enumerate(line.cells):
            label, colon, rest = cell.partition(":")
            if colon and label_of(label) in wanted.names:
                yield from _beside(rest, line, nth, at, after, labels)
            elif label_of(cell) in wanted.names:
                heading = wanted.kind == "text" and len(line.cells) == 1  # what stands below a heading is no value
                yield from _beside("", line, nth, at, None if heading else after, labels)
            elif wanted.kind != "text" and (rest := _led(cell, wanted.names)):
                yield rest, at


def _beside(
    rest: str, line: Line, nth: int, at: int, after: Line | None, labels: set[str]
) -> Iterator[tuple[str, int]]:
    """The value behind a label: in its cell, in the next one, or, if it ends its line, below it."""
    if rest.strip():
        if not _holds_a_label(rest, labels):
            yield rest.strip(), at
        return
    beside = line.cells[nth + 1].strip() if nth + 1 < len(line.cells) else ""
    if beside and not _is_label(beside, labels):
        yield beside, at
    elif (
        after is not None and len(after.cells) == len(line.cells) <= _LABELS and not _is_label(after.cells[nth], labels)
    ):
        yield after.cells[nth], at + 1


def _is_label(cell: str, labels: set[str]) -> bool:
    return label_of(cell.partition(":")[0]) in labels or cell.rstrip().endswith(":")


def _holds_a_label(text: str, labels: set[str]) -> bool:
    """Whether another label follows in the text, so that nobody knows where the value ends."""
    if _OTHER_LABEL.search(text):
        return True
    before = text.split(":")[:-1]
    words: list[Sequence[str]] = [label_of(one).split() for one in before]
    return any(" ".join(one[-count:]) in labels for one in words for count in range(1, _LONGEST_LABEL) if one)


def _led(cell: str, names: Sequence[str]) -> str:
    """What follows a label that is set off by nothing but a space, as in `Total due 1,190.00`; empty if none leads."""
    words = cell.split()
    for count in range(min(len(words) - 1, _LONGEST_LABEL), 0, -1):
        if label_of(" ".join(words[:count])) in names:
            return " ".join(words[count:])
    return ""
