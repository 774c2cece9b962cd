"""YAML files as plain data that knows where each of its words stands.

Read by the rules of YAML 1.2: `true` and `false` are the only booleans, dates and times stay text. What another reader
of YAML would understand differently (a bare `no`, a key given twice, a merge key, a tag) is a problem, never a guess.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from runtime.problems import Problem
from runtime.yamlerrors import syntax_problem

Loc = tuple[str | int, ...]
"""The way to a value: keys of mappings and indexes of lists, from the top of the file."""

_STR = "tag:yaml.org,2002:str"
_MANY = 20_000
_DIGITS = 300  # a longer number is none, and Python refuses to read one of some thousands
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_TRAPS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


@dataclass(frozen=True)
class Place:
    """A line and a column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Located:
    """What a file says. `data` holds JSON types only; it is None where `readable` is False.

    `file` is the name shown in problems. A file with problems may still be readable, so that the rest can be checked.
    """

    file: str
    data: Any = None
    readable: bool = False
    values: Mapping[Loc, Place] = field(default_factory=dict, repr=False)
    keys: Mapping[Loc, Place] = field(default_factory=dict, repr=False)
    problems: tuple[Problem, ...] = ()

    def get(self, at: Loc) -> Any:
        """The value at `at`; None if there is none."""
        found = self.data
        for part in at:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def place(self, at: Loc, *, key: bool = False) -> Place:
        """Where the value at `at` stands, or its key; for what is not written, where the nearest thing around it is.

        The last part may also name an element of a list of texts.
        """
        first, second = (self.keys, self.values) if key else (self.values, self.keys)
        found = first.get(at) or second.get(at)
        if found or not at:
            return found or Place(1, 1)
        around = self.get(at[:-1])
        if isinstance(around, list) and at[-1] in around:
            return self.place((*at[:-1], around.index(at[-1])))
        return self.place(at[:-1], key=True)

    def problem(self, at: Loc, message: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem with the value at `at`, or with its key."""
        place = self.place(at, key=key)
        return Problem(self.file, place.line, place.column, message, hint)


def load_yaml(path: Path, shown: str | None = None) -> Located:
    """What the file at `path` says, and all that is wrong with it. Never raises for what a file holds.

    `shown` is the name that problems give the file; its path otherwise.
    """
    name = shown or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        return Located(name, problems=(Problem(name, line, column, "this is not UTF-8", "save the file as UTF-8"),))
    except FileNotFoundError:
        return Located(name, problems=(Problem(name, 0, 0, "there is no such file"),))
    except OSError as error:
        return Located(name, problems=(Problem(name, 0, 0, f"cannot be read: {error.strerror or error}"),))
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> Located:
    """The same for text at hand."""
    odd = _UNPRINTABLE.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        column = odd.start() - text.rfind("\n", 0, odd.start())
        message = f"the character U+{ord(odd.group()):04X} cannot stand in YAML"
        return Located(name, problems=(Problem(name, line, column, message, "remove it"),))
    try:
        loader = yaml.CBaseLoader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
        if node is None:
            return Located(name, problems=(Problem(name, 1, 1, "the file is empty", "write '{}' if that is meant"),))
        return _Reading(name).located(node)
    except yaml.MarkedYAMLError as error:
        return Located(name, problems=(syntax_problem(name, text, error),))
    except RecursionError:
        return Located(name, problems=(Problem(name, 1, 1, "the file is too deep or too large to be meant"),))


@dataclass
class _Reading:
    """One file's nodes on their way to data."""

    name: str
    values: dict[Loc, Place] = field(default_factory=dict)
    keys: dict[Loc, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    around: list[int] = field(default_factory=list)
    count: int = 0

    def located(self, node: yaml.Node) -> Located:
        data = self._value(node, ())
        return Located(self.name, data, True, self.values, self.keys, tuple(self.problems))

    def _value(self, node: yaml.Node, at: Loc) -> Any:
        self.values[at] = _place(node)
        self.count += 1
        if id(node) in self.around:
            self._wrong(node, "a value holds itself", "write the value out in place of the '*' alias")
            return None
        if self.count > _MANY:
            raise RecursionError
        self.around.append(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, at)
            if isinstance(node, yaml.SequenceNode):
                self._untagged(node, "tag:yaml.org,2002:seq")
                return [self._value(item, (*at, index)) for index, item in enumerate(node.value)]
            assert isinstance(node, yaml.ScalarNode)
            return self._scalar(node)
        finally:
            self.around.pop()

    def _mapping(self, node: yaml.MappingNode, at: Loc) -> dict[str, Any]:
        self._untagged(node, "tag:yaml.org,2002:map")
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in data:
                first = self.keys[(*at, key)]
                self._wrong(key_node, f"the key '{key}' is given twice", f"it stands in line {first.line} already")
                continue
            self.keys[(*at, key)] = _place(key_node)
            data[key] = self._value(value_node, (*at, key))
        return data

    def _key(self, node: yaml.Node) -> str | None:
        value = self._scalar(node) if isinstance(node, yaml.ScalarNode) else None
        if not isinstance(node, yaml.ScalarNode):
            self._wrong(node, "a key must be text, not a list or a mapping", "put text with braces in quotes")
        elif node.value == "<<" and not node.style:
            self._wrong(node, "merge keys ('<<') are not used here", "write the keys out where they apply")
        elif isinstance(value, str):
            return value
        else:
            self._wrong(node, f"the key {node.value or 'before the colon'} is not text", "put it in quotes")
        return None

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        self._untagged(node, _STR)
        text = str(node.value)
        if node.style:
            return text
        low = text.casefold()
        if low in _TRAPS:
            hint = f'write {_TRAPS[low]}, or "{text}" in quotes for the word'
            self._wrong(node, f"a bare '{text}' is {_TRAPS[low]} to some and text to others", hint)
            return text
        if low in _WORDS:
            return _WORDS[low]
        if _INTEGER.fullmatch(text) and len(text) <= _DIGITS:
            return int(text)
        if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        return text

    def _untagged(self, node: yaml.Node, tag: str) -> None:
        if node.tag not in (tag, "!"):
            self._wrong(node, f"tags ('{node.tag.replace('tag:yaml.org,2002:', '!!')}') are not used here", "remove it")

    def _wrong(self, node: yaml.Node, message: str, hint: str) -> None:
        place = _place(node)
        self.problems.append(Problem(self.name, place.line, place.column, message, hint))


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
