"""The schema that a person gives: which fields and tables are wanted, and everything that is wrong with it.

JSON Schema (draft 2020-12, or the one that `$schema` names), in JSON or YAML. Fields are texts, dates, numbers,
integers and booleans, also in objects within objects; tables are arrays of objects. `x-labels` lists the words that a
document writes before a field or above a column, where they are others than its name and title.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runtime.errors import ConfigError
from runtime.problems import counted
from runtime.yamlfile import load_yaml
from tools.extracting.refs import DEEPEST, at_ref, types_of
from tools.extracting.schema_check import SchemaCheck
from tools.extracting.values import Kind, norm

_TOKENS = {"no": "number", "nr": "number", "num": "number", "qty": "quantity", "amt": "amount", "tel": "phone"}


@dataclass(frozen=True)
class Field:
    """One value that is wanted. `names` are the labels it may have in a document, normalised."""

    path: tuple[str, ...]
    kind: Kind
    schema: Mapping[str, Any]
    names: tuple[str, ...]
    required: bool
    nullable: bool

    @property
    def name(self) -> str:
        """Its path with dots."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Grid:
    """One table that is wanted: an array. `plain` is one of values instead of objects, with a single column."""

    path: tuple[str, ...]
    columns: tuple[Field, ...]
    names: tuple[str, ...]
    required: bool
    nullable: bool
    schema: Mapping[str, Any]
    plain: bool = False

    @property
    def name(self) -> str:
        """Its path with dots."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Form:
    """A schema that can be used: its fields and tables, in its order."""

    schema: Mapping[str, Any]
    parts: tuple[Field | Grid, ...]

    @property
    def fields(self) -> list[Field]:
        """The fields alone."""
        return [one for one in self.parts if isinstance(one, Field)]

    @property
    def grids(self) -> list[Grid]:
        """The tables alone."""
        return [one for one in self.parts if isinstance(one, Grid)]


def label_of(text: str) -> str:
    """A label as it is compared: small letters, no punctuation, no rate, no unit in brackets, `no.` as `number`."""
    said = re.sub(r"\([^)]*\)|\[[^\]]*\]|\d+(?:[.,]\d+)? ?%", " ", norm(text)).replace("#", " number ")
    words = re.findall(r"[^\W_]+", said)
    return " ".join(_TOKENS.get(one, one) for one in words)


def load_form(path: Path) -> Form:
    """The form of the schema in `path`. Raises ConfigError with everything that is wrong, by line."""
    located = load_yaml(path, path.name)
    problems = list(located.problems)
    if located.readable:
        problems += SchemaCheck(located).problems()
    if problems:
        listed = "\n".join(f"  {one}" for one in sorted(set(problems)))
        raise ConfigError(
            f"the schema has {counted(len(set(problems)), 'problem')}\n{listed}",
            remedy="correct what is listed; docs/extraction.md shows a schema",
        )
    parts = list(_parts(_resolved(located.data, located.data, 0), (), required=True))
    alone = Counter(label_of(one.path[-1]) for one in parts)
    return Form(located.data, tuple(_by_its_own_name(one, alone) for one in parts))


def _by_its_own_name(one: Field | Grid, alone: Counter[str]) -> Field | Grid:
    """A field of an inner object, known also by its own name alone if no other has it."""
    last = label_of(one.path[-1])
    return replace(one, names=(*one.names, last)) if alone[last] == 1 and last not in one.names else one


def _parts(schema: Mapping[str, Any], path: tuple[str, ...], *, required: bool) -> Iterator[Field | Grid]:
    kinds, names = types_of(schema), _names(schema, path)
    around = {"required": required, "nullable": "null" in kinds}
    if "object" in kinds:
        for name, inner in schema["properties"].items():
            yield from _parts(inner, (*path, name), required=name in schema.get("required", ()))
    elif "array" in kinds:
        items = schema["items"]
        plain = "object" not in types_of(items)
        inner = {"": items} if plain else items["properties"]
        columns = [_field(one, (name,), required=name in items.get("required", ())) for name, one in inner.items()]
        yield Grid(path, tuple(columns), names, schema=schema, plain=plain, **around)
    else:
        yield _field(schema, path, required=required)


def _field(schema: Mapping[str, Any], path: tuple[str, ...], *, required: bool) -> Field:
    kinds = types_of(schema)
    kind: Kind = "text"
    if "boolean" in kinds:
        kind = "boolean"
    elif "number" in kinds or "integer" in kinds:
        kind = "number" if "number" in kinds else "integer"
    elif schema.get("format") == "date":
        kind = "date"
    return Field(path, kind, schema, _names(schema, path), required, "null" in kinds)


def _names(schema: Mapping[str, Any], path: tuple[str, ...]) -> tuple[str, ...]:
    spoken = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", " ".join(path).replace("_", " "))
    own = map(label_of, (schema.get("title", ""), *schema.get("x-labels", ()), spoken))
    return tuple(dict.fromkeys(filter(None, own)))


def _resolved(schema: Any, whole: Any, depth: int) -> Any:
    """The schema with what its `$ref` point to in their place."""
    if isinstance(schema, list):
        return [_resolved(one, whole, depth) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str) and depth < DEEPEST:
        rest = {name: one for name, one in schema.items() if name != "$ref"}
        return {**_resolved(at_ref(whole, schema["$ref"]), whole, depth + 1), **rest}
    return {name: _resolved(one, whole, depth) for name, one in schema.items()}
