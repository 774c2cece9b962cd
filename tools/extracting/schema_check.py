"""Everything that is wrong with a schema of fields: by our own rules, and by those of JSON Schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runtime.problems import Problem, did_you_mean
from runtime.yamlfile import Loc, Located
from tools.extracting.refs import DEEPEST, at_ref, types_of

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
NOT_READ = ("allOf", "anyOf", "oneOf", "not", "if", "patternProperties", "prefixItems", "dependentSchemas")


class SchemaCheck:
    """Everything that is wrong with one schema."""

    def __init__(self, located: Located) -> None:
        self._located = located

    def problems(self) -> list[Problem]:
        """Our own, and those of JSON Schema's own rules at places where we have none."""
        data = self._located.data
        if not isinstance(data, dict) or "object" not in types_or_none(data):
            return [self._located.problem((), "a schema of fields begins with 'type: object' and has 'properties'")]
        own = list(self._of(data, (), 0))
        places = {(one.line, one.column) for one in own}
        return own + [one for one in self._by_the_rules(data) if (one.line, one.column) not in places]

    def _by_the_rules(self, data: Any) -> Iterator[Problem]:
        from jsonschema.validators import validator_for

        kind = validator_for(data)
        for error in kind(kind.META_SCHEMA).iter_errors(data):
            yield self._located.problem(tuple(error.absolute_path), error.message)

    def _of(self, schema: Any, at: Loc, depth: int) -> Iterator[Problem]:
        if not isinstance(schema, dict):
            yield self._located.problem(at, "this is not a schema; write an object with a 'type'")
            return
        if isinstance(schema.get("$ref"), str):
            yield from self._reference(schema["$ref"], at, depth)
            return
        unread = [one for one in NOT_READ if one in schema]
        yield from (self._located.problem((*at, one), f"'{one}' is not understood here", key=True) for one in unread)
        kinds = types_or_none(schema)
        for one in kinds:
            if one not in TYPES:
                yield self._located.problem((*at, "type"), f"there is no type '{one}'", did_you_mean(str(one), TYPES))
        if not kinds and not unread:
            yield self._located.problem(at, "it has no 'type'", f"one of {', '.join(TYPES)}", key=True)
        yield from self._pattern(schema, at)
        if "object" in kinds:
            yield from self._object(schema, at, depth)
        if "array" in kinds:
            yield from self._array(schema, at, depth)

    def _reference(self, ref: str, at: Loc, depth: int) -> Iterator[Problem]:
        try:
            found = at_ref(self._located.data, ref)
        except (KeyError, TypeError, IndexError):
            yield self._located.problem((*at, "$ref"), f"'{ref}' leads to nothing in this file")
            return
        if depth >= DEEPEST:
            yield self._located.problem((*at, "$ref"), f"'{ref}' leads back to itself, or too deep")
        else:
            yield from self._of(found, tuple(ref.removeprefix("#/").split("/")), depth + 1)

    def _pattern(self, schema: Mapping[str, Any], at: Loc) -> Iterator[Problem]:
        try:
            re.compile(str(schema.get("pattern", "")))
        except re.error as error:
            yield self._located.problem((*at, "pattern"), f"the pattern is none: {error}")

    def _object(self, schema: Mapping[str, Any], at: Loc, depth: int) -> Iterator[Problem]:
        properties = schema.get("properties")
        if not isinstance(properties, dict) or not properties:
            yield self._located.problem(at, "an object needs 'properties' with a field at least", key=True)
            return
        if len(at) > 2 * DEEPEST:
            yield self._located.problem(at, "objects are nested too deep", key=True)
            return
        for name in schema.get("required", ()) if isinstance(schema.get("required"), list) else ():
            if name not in properties:
                hint = did_you_mean(str(name), properties)
                yield self._located.problem((*at, "required"), f"'{name}' is required and no property", hint)
        for name, inner in properties.items():
            yield from self._of(inner, (*at, "properties", name), depth)

    def _array(self, schema: Mapping[str, Any], at: Loc, depth: int) -> Iterator[Problem]:
        items = schema.get("items")
        if not isinstance(items, dict):
            yield self._located.problem(at, "an array needs 'items' that say what a row is", key=True)
            return
        yield from self._of(items, (*at, "items"), depth)
        columns = items.get("properties") if isinstance(items.get("properties"), dict) else {}
        for name, inner in (columns or {}).items():
            if isinstance(inner, dict) and {"object", "array"} & set(types_or_none(inner)):
                place = (*at, "items", "properties", name)
                yield self._located.problem(place, "a cell of a table is a single value", key=True)


def types_or_none(schema: Mapping[str, Any]) -> list[str]:
    """The types that a schema names; none if it names them in a way that nobody understands."""
    try:
        return types_of(schema)
    except TypeError:
        return []
