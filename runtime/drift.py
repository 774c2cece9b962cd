"""Drift: where a run that is carried on asks something else than its records hold, in words a person can read."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_AROUND = 40
_LINES = 12
_LONGEST = 160


@dataclass(frozen=True)
class Drift:
    """The first difference: `where` names the part of the request, `lines` are a short diff (- then, + now)."""

    where: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([self.where, *self.lines])


def drift_from(expected: Sequence[Mapping[str, Any]], now: Mapping[str, Any]) -> Drift:
    """How the request `now` differs from the nearest of the recorded `expected` ones."""
    messages = now["messages"]
    near = max(
        expected, key=lambda one: (_common(one["messages"], messages), -abs(len(one["messages"]) - len(messages)))
    )
    at = _common(near["messages"], messages)
    if at < max(len(near["messages"]), len(messages)):
        return _of_messages(near["messages"], messages, at)
    for part in ("tools", "schema", "schema_name"):
        if near.get(part) != now.get(part):
            what = "the tools that are offered" if part == "tools" else "the form that the answer must have"
            return Drift(what, _diff(_text(near.get(part)), _text(now.get(part))))
    return Drift("the request is the same, and is made once more than before", ())


def _of_messages(then: Sequence[Any], now: Sequence[Any], at: int) -> Drift:
    roles = [str(some[at].get("role", "?")) for some in (then, now) if at < len(some)]
    if len(roles) == 2:
        return Drift(f"message {at + 1} ({roles[-1]})", _diff(_said(then[at]), _said(now[at])))
    less = "there was no such message" if at >= len(then) else "there is no such message any more"
    return Drift(f"message {at + 1} ({roles[0]}): {less}", ())


def _common(then: Sequence[Any], now: Sequence[Any]) -> int:
    """How many messages are equal from the beginning."""
    pairs = zip(then, now, strict=False)
    return next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(then), len(now)))


def _said(message: Mapping[str, Any]) -> str:
    """What a message says, else all of it."""
    content = message.get("content")
    return content if isinstance(content, str) and not message.get("tool_calls") else _text(message)


def _diff(then: str, now: str) -> tuple[str, ...]:
    """The lines that differ; of lines so long that nobody finds it, the places where they do."""
    lines = difflib.unified_diff(then.splitlines(), now.splitlines(), n=0, lineterm="")
    changed = [one for one in lines if one[:1] in "+-" and one[:3] not in ("---", "+++")]
    if any(len(one) > _LONGEST for one in changed):
        at = next((n for n, (a, b) in enumerate(zip(then, now, strict=False)) if a != b), min(len(then), len(now)))
        changed = [f"- {_cut(then, at)}", f"+ {_cut(now, at)}"]
    more = (f"  and {len(changed) - _LINES} more lines",) if len(changed) > _LINES else ()
    return (*(f"{one[0]} {one[1:].strip()}" for one in changed[:_LINES]), *more)


def _cut(text: str, at: int) -> str:
    """The text around a place, on one line."""
    start, end = max(0, at - _AROUND), at + _AROUND
    piece = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{piece}{'…' if end < len(text) else ''}"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
