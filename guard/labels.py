"""Labels: whether a value is trusted, and where it came from.

A value is trusted because something trusted named it: the goal, the configuration, the plan, the directory, or a field
of a tool's result that the tool declares trusted. What merely appears in a text is never trusted by that, and never
takes the trust of anything away. Values are compared by kind and normal form (`guard.normal`), so that trust in a word
is no trust in an address.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from guard.disguise import visible
from guard.hosts import above, host_in
from guard.mentions import mentions, named
from guard.normal import LONGEST, Kind, Normal, items, normal
from runtime.canonical import plain
from tools.tool import Tool

MODEL = "the model"

_MOST_SEEN = 50_000  # values of which it is kept where they were read
_SHOWN = 200
_ADDRESSES: tuple[Kind, ...] = ("mail", "url", "phone")
_KEYS: tuple[Kind, ...] = (*_ADDRESSES, "path")

Path = tuple[str, ...]


@dataclass(frozen=True)
class Label:
    """Whether a value is trusted, and where it came from. `item` is the first piece of it that is not trusted."""

    trusted: bool
    origin: str
    item: str = ""


class Origins:
    """What one run knows about where values come from. Safe to use from several threads."""

    def __init__(self) -> None:
        self._trusted: dict[Normal, str] = {}
        self._seen: dict[Normal, str] = {}
        self._lock = threading.Lock()

    @classmethod
    def of(cls, snapshot: dict[str, Any]) -> "Origins":
        """The origins that `snapshot` was taken of."""
        origins = cls()
        for known, rows in ((origins._trusted, snapshot["trusted"]), (origins._seen, snapshot["seen"])):
            known.update({Normal(kind, text): origin for kind, text, origin in rows})
        return origins

    def snapshot(self) -> dict[str, Any]:
        """Everything that is known, as JSON. Texts that results held are in it."""
        with self._lock:
            return {
                "trusted": [[one.kind, one.text, origin] for one, origin in self._trusted.items()],
                "seen": [[one.kind, one.text, origin] for one, origin in self._seen.items()],
            }

    def trust(self, value: Any, origin: str) -> None:
        """Trust `value` and, if it is nested, every value in it. The first origin of a value is kept."""
        for _, leaf in leaves(plain(value)):
            self._trust(leaf, origin)

    def see(self, value: Any, origin: str) -> None:
        """Keep where an untrusted value was read: it, what is nested in it, and the addresses in its texts."""
        for path, leaf in leaves(plain(value)):
            self._see(leaf, origin)
            if path:
                self._see(path[-1], origin)

    def from_goal(self, text: str) -> None:
        """Trust what a person's own words name: addresses, links, telephone numbers, quoted words, ids, files."""
        for mention in named(text):
            self._trust(mention, "goal")

    def from_result(self, tool: Tool, call: str, result: Any) -> None:
        """Trust the fields of `result` that `tool` declares trusted, and keep where all the others were read."""
        origin = f"tool {tool.name}, call {call}"
        patterns = [(pattern, tuple(pattern.split("."))) for pattern in tool.trusted]
        for path, leaf in leaves(plain(result)):
            field = next((pattern for pattern, parts in patterns if leads_to(parts, path)), None)
            if field is not None:
                self._trust(leaf, f"{origin}, field {field}")
            else:
                self._see(leaf, origin)
            if path:
                self._see(path[-1], origin)

    def label(self, value: Any) -> Label:
        """The label of one argument: trusted if each single thing that it names is. Nothing at all is not trusted."""
        first: Label | None = None
        for path, leaf in leaves(plain(value)):
            for one in (*(key for key in path if normal(key).kind in _KEYS), leaf):
                label = self._label(one)
                if not label.trusted:
                    return label
                first = first or label
        return first or Label(False, MODEL)

    def hosts(self) -> frozenset[str]:
        """The hosts of all trusted URLs: those that a link in an outgoing text may lead to."""
        with self._lock:
            urls = [one.text for one in self._trusted if one.kind == "url"]
        return frozenset(filter(None, map(host_in, urls)))

    def _trust(self, leaf: Any, origin: str) -> None:
        with self._lock:
            for one in _forms(leaf):
                self._trusted.setdefault(one, origin)

    def _see(self, leaf: Any, origin: str) -> None:
        found = [normal(leaf)] if not isinstance(leaf, str) or len(leaf) <= LONGEST else []
        if isinstance(leaf, str):
            found += [normal(mention) for mention in mentions(leaf)]
        with self._lock:
            for one in found:
                if len(self._seen) < _MOST_SEEN:
                    self._seen.setdefault(one, origin)

    def _label(self, leaf: Any) -> Label:
        whole = self._origin(normal(leaf))
        if whole is not None:
            return Label(True, whole)
        first = ""
        for item in items(leaf) if isinstance(leaf, str) else (leaf,):
            one = normal(item)
            origin = self._origin(one)
            if origin is None:
                return Label(False, self._seen.get(one, MODEL), _shown(item))
            first = first or origin
        return Label(True, first)

    def _origin(self, one: Normal) -> str | None:
        """Where the trust in a value comes from: it itself or, for a URL, a trusted page or folder above it."""
        origin = self._trusted.get(one)
        if origin is None and one.kind == "url":
            known = (self._trusted.get(Normal("url", parent)) for parent in above(one.text))
            origin = next((origin for origin in known if origin is not None), None)
        return origin


def leaves(value: Any) -> Iterator[tuple[Path, Any]]:
    """Every single value in `value` with the keys that lead to it, in order. Nothing (None) is no value."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, dict):
            waiting += [((*path, str(key)), inner) for key, inner in reversed(one.items())]
        elif isinstance(one, list | tuple | set | frozenset):
            inside = sorted(one, key=repr) if isinstance(one, set | frozenset) else list(one)
            waiting += [((*path, str(index)), inside[index]) for index in range(len(inside) - 1, -1, -1)]
        elif one is not None:
            yield path, one


def leads_to(pattern: Path, path: Path) -> bool:
    """Whether a dotted place, split at its dots, names the field or one that it lies in. `*` alone names everything."""
    if pattern == ("*",):
        return True
    return len(pattern) <= len(path) and all(part in ("*", key) for part, key in zip(pattern, path, strict=False))


def _forms(leaf: Any) -> Iterator[Normal]:
    """What trust in `leaf` covers: the whole, and the pieces of a list that holds nothing but addresses."""
    if isinstance(leaf, str) and len(leaf) > LONGEST:
        return
    whole = normal(leaf)
    if whole.text:
        yield whole
    if isinstance(leaf, str) and whole.kind == "word":
        pieces = [normal(item) for item in items(leaf)]
        if all(piece.kind in _ADDRESSES for piece in pieces):
            yield from pieces


def _shown(item: Any) -> str:
    return visible(str(item))[:_SHOWN]
