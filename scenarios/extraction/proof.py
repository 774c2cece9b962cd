"""Whether a value that a model gave stands in the document, and where."""

from dataclasses import dataclass
from typing import Any

from tools.extracting.form import Field
from tools.extracting.labels import fitting
from tools.extracting.values import norm, parsed, stands
from tools.reading.sheet import Sheet

_WRAPPED = 3
"""Lines that a text may run over."""

_DISTINCT = 4
"""Characters from which on a value says by itself where it stands; `2` stands everywhere."""


@dataclass(frozen=True)
class Proof:
    """A value with the index of the line that it stands on. Without `at` there is none, and `why` says so, if one was
    given."""

    value: Any = None
    at: int | None = None
    why: str = ""


def proof_of(wanted: Field, given: Any, sheet: Sheet, *, strict: bool = False) -> Proof:
    """The proof of a value `{"value": ..., "at": mark}`. `strict`: it must stand at its mark, not just anywhere."""
    entry = given if isinstance(given, dict) else {"value": given}
    raw = entry.get("value")
    if raw is None or raw == "":
        return Proof()
    value = _typed(wanted, raw)
    if value is None:
        return Proof(why=f"'{raw}' is no {wanted.kind} as the schema wants it; dropped")
    marks = {line.mark: at for at, line in enumerate(sheet.lines)}
    at = marks.get(str(entry.get("at", "")).strip("[] "))
    if at is not None and _stands(wanted, value, sheet, at):
        return Proof(value, at)
    found = [] if strict else [one for one in marks.values() if _stands(wanted, value, sheet, one, lines=1)]
    if len(found) == 1 or (found and len(norm(str(value))) >= _DISTINCT):
        return Proof(value, found[0])
    if isinstance(value, bool) and at is not None:
        return Proof(why=f"{str(value).lower()} is a judgement on “{sheet.lines[at].text[:60]}”; dropped")
    where = "on its line" if strict and at is not None else "in the document"
    return Proof(why=f"'{raw}' does not stand {where}; dropped")


def _typed(wanted: Field, raw: Any) -> Any:
    """The value in the form of the schema; None if it has no such form."""
    if wanted.kind == "boolean":
        return raw if isinstance(raw, bool) else None
    if isinstance(raw, bool | dict | list):
        return None
    if isinstance(raw, int | float):
        if wanted.kind == "text":
            return str(raw)
        return raw if wanted.kind == "number" or (wanted.kind == "integer" and raw == int(raw)) else None
    return fitting(wanted, str(raw)) if wanted.schema.get("enum") else parsed(str(raw), wanted.kind)


def _stands(wanted: Field, value: Any, sheet: Sheet, at: int, lines: int = _WRAPPED) -> bool:
    """Whether the value stands on the line, or, if it is a text, runs on from it over the next ones."""
    if stands(value, wanted.kind, sheet.lines[at].text):
        return True
    run = " ".join(one.text for one in sheet.lines[at : at + lines])
    return wanted.kind == "text" and lines > 1 and stands(value, wanted.kind, run)
