"""What kind of value a tool's argument takes, as far as conditions on it have to know: a rule's, or a declaration's."""

import types
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from guard.conditions import Argument
from runtime.problems import joined

Kind = Literal["text", "number", "true or false", "other"]

_NUMBERS = (int, float, Decimal)
_NEEDS: dict[str, Kind] = {
    "at_least": "number",
    "at_most": "number",
    "matches": "text",
    "domain_in": "text",
    "domain_not_in": "text",
    "below": "text",
    "hours": "text",
}
_SIZES = ("longest", "longer_than", "shorter_than")


@dataclass(frozen=True)
class Takes:
    """What an argument takes. `listed`: a list of such values; `literals`: these and no others; `anything`: unknown."""

    kinds: frozenset[Kind] = frozenset()
    listed: bool = False
    literals: tuple[Any, ...] = ()
    anything: bool = False

    def __str__(self) -> str:
        words = joined(sorted(self.kinds - {"other"}), "or") or "something of its own form"
        return f"a list of {words}" if self.listed else words


def takes(annotation: Any) -> Takes:
    """What values an argument of this annotation takes."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return takes(inner[0])
    if annotation is Any:
        return Takes(anything=True)
    if origin is Literal:
        return Takes(frozenset(_kind(type(one)) for one in inner), literals=inner)
    if origin in (Union, types.UnionType):
        return _together([takes(one) for one in inner if one is not type(None)])
    if origin in (list, tuple, set, frozenset):
        items = _together([takes(one) for one in inner if one is not Ellipsis])
        return Takes(items.kinds, True, items.literals, items.anything)
    return Takes(frozenset({_kind(annotation)}))


def misfits(argument: Argument, kind: Takes) -> list[tuple[str, str]]:
    """The conditions that can never hold for values of this kind: the key, and what is wrong with it."""
    if kind.anything:
        return []
    found = [
        (key, f"'{key}' is for {_called(needed)}, and this takes {kind}")
        for key, needed in _NEEDS.items()
        if key in argument.model_fields_set and needed not in kind.kinds
    ]
    if not kind.listed and "text" not in kind.kinds:
        found += [
            (key, f"'{key}' is for texts and lists, and this takes {kind}")
            for key in _SIZES
            if key in argument.model_fields_set
        ]
    return found + [(key, said) for key in ("one_of", "not_one_of") for said in _never(argument, key, kind)]


def _never(argument: Argument, key: str, kind: Takes) -> list[str]:
    """What is said of values that the argument can never have."""
    values = getattr(argument, key)
    if kind.literals:
        unknown = [one for one in values if one not in kind.literals]
        known = joined([f"'{one}'" for one in kind.literals], "or")
        said = [f"it is never '{one}', only {known}" for one in unknown]
        if key == "not_one_of" and not set(kind.literals) - set(values):
            said.append(f"it is always {known}; this can never hold")
        return said
    return [f"it is never '{one}', and takes {kind}" for one in values if _kind(type(one)) not in kind.kinds]


def _together(parts: list[Takes]) -> Takes:
    if not parts or any(one.anything for one in parts):
        return Takes(anything=True)
    literals = tuple(value for one in parts for value in one.literals) if all(one.literals for one in parts) else ()
    return Takes(frozenset().union(*(one.kinds for one in parts)), any(one.listed for one in parts), literals)


def _kind(annotation: Any) -> Kind:
    if not isinstance(annotation, type):
        return "other"
    if issubclass(annotation, bool):
        return "true or false"
    if issubclass(annotation, _NUMBERS):
        return "number"
    return "text" if issubclass(annotation, str | date | time | Enum) else "other"


def _called(kind: Kind) -> str:
    return {"number": "numbers", "text": "texts"}.get(kind, kind)
