"""Strict models from located data: every mistake at its line and column, in words for the person who wrote it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from runtime.fields import NAME, NAME_HINT
from runtime.problems import ConfigProblems, Problem, did_you_mean, joined
from runtime.yamlfile import Loc, Located

M = TypeVar("M", bound=BaseModel)

_DATE = "a date such as 2027-03-15"
_TIME = "a time with its zone, such as 2027-03-15T09:00:00+01:00"

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "timezone_aware": _TIME,
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_EMPTY = ("string_too_short", "too_short")


def checked(model: type[M], located: Located, at: Loc = ()) -> tuple[M | None, list[Problem]]:
    """The model that the data at `at` makes, or None with all that is wrong with it.

    A model may have a class variable `instead`: keys it does not have, each with what to do in its place.
    """
    return checked_data(model, located.get(at), located, at)


def valid(model: type[M], located: Located) -> M:
    """The model that a file's data makes. Raises ConfigProblems with everything that is wrong, by line."""
    value, found = checked(model, located)
    problems = [*located.problems, *found]
    if value is None or problems:
        raise ConfigProblems(problems)
    return value


def checked_data(model: type[M], data: Any, located: Located, at: Loc) -> tuple[M | None, list[Problem]]:
    """The same for `data` that is not itself what stands at `at`, such as a card with a scenario's changes to it."""
    try:
        return model.model_validate_json(json.dumps(data), strict=True), []
    except ValidationError as error:
        wrong = _told_apart(model, error.errors(include_url=False))
    said = {(one.line, one.column) for one in located.problems}
    problems = [_problem(model, located, at, one) for one in wrong]
    return None, [one for one in problems if (one.line, one.column) not in said]


def _told_apart(model: type[BaseModel], errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """The errors without missing keys that an unknown key beside them was meant to be: one mistake, one problem."""
    meant = [
        (one["loc"][:-1], _key_hint(_model_at(model, one["loc"][:-1]), str(one["loc"][-1])))
        for one in errors
        if one["type"] == "extra_forbidden"
    ]

    def stands_misspelt(error: ErrorDetails) -> bool:
        where, key = error["loc"][:-1], f"'{error['loc'][-1]}'" if error["loc"] else ""
        return error["type"] == "missing" and any(at == where and key in hint for at, hint in meant)

    return [one for one in errors if not stands_misspelt(one)]


def _problem(model: type[BaseModel], located: Located, at: Loc, error: ErrorDetails) -> Problem:
    loc, kind = error["loc"], error["type"]
    name = _name(at, loc)
    if kind == "extra_forbidden":
        owner = _model_at(model, loc[:-1])
        return located.problem((*at, *loc), f"unknown key '{loc[-1]}'", _key_hint(owner, str(loc[-1])), key=True)
    if kind == "missing":
        about = _about(_model_at(model, loc[:-1]), str(loc[-1]))
        return located.problem((*at, *loc[:-1]), f"the key '{loc[-1]}' is missing", about, key=True)
    if loc and loc[-1] == "[key]":
        said = f"{_shown(error['input'])} cannot be a key here"
        return located.problem((*at, *loc[:-1]), said, _pattern_hint(error), key=True)
    return located.problem((*at, *loc), *_wrong_value(name, error))


def _wrong_value(name: str, error: ErrorDetails) -> tuple[str, str]:
    """The message and the hint for a value of the wrong kind or out of its range."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind in _KINDS and value is None:
        return f"{name} has no value", f"it must be {_KINDS[kind]}"
    if kind in _KINDS:
        return f"{name} must be {_KINDS[kind]}, not {_shown(value)}", _kind_hint(kind, value)
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{name} must be {words} {context[key]:g}, not {_shown(value)}", ""
    if kind in _EMPTY:
        return f"{name} is empty", ""
    if kind in ("literal_error", "enum"):
        allowed = [one.strip("'") for one in str(context["expected"]).replace(" or ", ", ").split(", ")]
        hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
        return f"{name} must be {joined(allowed, 'or')}, not {_shown(value)}", hint if hint.startswith("did") else ""
    if kind == "value_error":
        message, _, hint = str(context["error"]).partition("; ")
        return f"{name}: {message}", hint
    if kind == "string_pattern_mismatch":
        return f"{name} cannot be {_shown(value)}", _pattern_hint(error)
    return f"{name}: {error['msg'][:1].lower()}{error['msg'][1:]}", ""


def _pattern_hint(error: ErrorDetails) -> str:
    pattern = str(error.get("ctx", {}).get("pattern", ""))
    return NAME_HINT if pattern == f"^{NAME.pattern}$" else f"it must match {pattern}"


def _kind_hint(kind: str, value: Any) -> str:
    if kind == "string_type" and isinstance(value, dict) and list(value.values()) == [None]:
        return "put text that begins with '{' in quotes"
    if kind == "string_type" and isinstance(value, int | float):
        return "put it in quotes"
    return ""


def _name(at: Loc, loc: tuple[int | str, ...]) -> str:
    """What to call the value: its key, or `entry 2 of 'tools'`."""
    path = (*at, *loc)
    if path and isinstance(path[-1], int):
        keys = [part for part in path if isinstance(part, str)]
        return f"entry {path[-1] + 1} of '{keys[-1]}'" if keys else f"entry {path[-1] + 1}"
    return f"'{path[-1]}'" if path else "the file"


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return f"'{value}'" if len(str(value)) < 60 else f"'{str(value)[:56]}…'"


def _key_hint(owner: type[BaseModel] | None, key: str) -> str:
    if owner is None:
        return ""
    instead: Mapping[str, str] = getattr(owner, "instead", {})
    return instead.get(key) or did_you_mean(key, (field.alias or name for name, field in owner.model_fields.items()))


def _about(owner: type[BaseModel] | None, key: str) -> str:
    """What the key is for, from the model's own description."""
    if owner is None:
        return ""
    for name, field in owner.model_fields.items():
        if key in (name, field.alias):
            return f"write {field.description}" if field.description else ""
    return ""


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that rules the mapping at `loc`."""
    kinds: list[Any] = [model]
    for part in loc:
        kinds = [inner for kind in kinds for inner in _step(kind, part)]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _step(kind: Any, part: int | str) -> Iterator[Any]:
    """The kinds of value found one `part` further inside `kind`."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if part in (name, field.alias):
                yield from _unwrapped(field.annotation)
    elif inner := get_args(kind):
        yield from _unwrapped(inner[0] if inner[-1] is Ellipsis else inner[-1])


def _unwrapped(kind: Any) -> Iterator[Any]:
    """`kind` without `Annotated`, and each member of a union."""
    inner = get_args(kind)
    if hasattr(kind, "__metadata__"):
        yield from _unwrapped(inner[0])
    elif type(None) in inner:
        for one in inner:
            yield from _unwrapped(one)
    else:
        yield kind
