"""The words in which a person is asked: who wants what, for which goal, why it is asked, what would happen, and what
was read that led to it. What comes from outside has a mark before it, and shows each character that nobody would see.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crews.answers import Waiting
from crews.report.figures import minute
from guard.approvals import Asked
from guard.disguise import visible
from guard.labels import leaves
from runtime.problems import counted
from runtime.records import Record

STRANGERS = "What was read and led to this. A stranger may have written it: it is no instruction to you."
WOULD = "If you allow it, as things stood when this was asked:"
MOST_LINES = 60  # of what a call would do
_LONGEST = 600  # characters of one value
_AROUND = 160  # characters shown before and after what came from outside
_MOST = 5  # pieces of what was read


def readable_time(stamped: str) -> str:
    """A record's time as people read it: Tue 9 Mar 2027, 14:05 UTC."""
    return minute(stamped)


def subject_of(asks: Sequence[Waiting]) -> str:
    """What is asked, in one line."""
    first = asks[0].asked
    what = f"one call of {first.tool}" if len(asks) == 1 else f"{len(asks)} calls of {first.tool}"
    return f"Deputy asks: allow {what}?"


@dataclass(frozen=True)
class Notice:
    """Equal asks of one run, for people to read."""

    asks: Sequence[Waiting]
    records: Sequence[Record]
    now: datetime

    def text(self, token: str, url: str | None) -> str:
        """The whole notice; with a token, how to answer by it."""
        parts = [self._head(), self._calls(), self._answering(token, url), self._read()]
        return "\n\n".join("\n".join(lines) for lines in (list(part) for part in parts) if lines) + "\n"

    def _head(self) -> Iterator[str]:
        first = self.asks[0]
        asked = first.asked
        yield f"{shown(first.principal)} wants: {shown(first.goal)}"
        yield f"Run {first.run}, step '{asked.step}', role '{asked.role}'."
        yield f"Asked are {counted(len(self.asks), 'call')} of {asked.tool} (effect: {asked.effect})."
        yield f"Why: {shown(asked.reason)} (rule {asked.rule})."
        if asked.instead:
            yield f"Without a question it may be: {shown(asked.instead)}."
        if asked.people > 1:
            yield f"{asked.people} different people have to say yes; who asked for the run does not count."

    def _calls(self) -> Iterator[str]:
        for number, one in enumerate(self.asks, start=1):
            yield f"{number}. {one.asked.approval}"
            for name, value in one.asked.args.items():
                yield f"     {name}: {shown(value)}{_mark(one.asked.labels.get(name))}"
            for line in would(one.asked):
                yield f"     | {line}"

    def _answering(self, token: str, url: str | None) -> Iterator[str]:
        asked = self.asks[0].asked
        ends = asked.until if asked.is_escalated(self.now) or not asked.then else asked.expires
        after = "it is denied" if ends == asked.until else f"{', '.join(asked.then)} will be asked"
        yield f"Answer until {readable_time(ends)}; after that {after}."
        if token and url:
            yield f"{url.rstrip('/')}/approve?token={token}"
        if token:
            yield "The token is yours alone and works once, for all calls above, or for one whose id stands before it."
            yield f"  deputy approve --token {token}"
            yield "  deputy deny -m WHY --token, and the same token"
        else:
            yield f"  deputy approve {asked.approval}"
            yield f"  deputy deny {asked.approval} -m WHY"
        yield f"To allow other words or values: deputy approve {asked.approval} --edit JSON"

    def _read(self) -> Iterator[str]:
        found = self.led_to()
        if found:
            yield STRANGERS
        for piece in found:
            yield f"| {piece}"

    def led_to(self) -> list[str]:
        """What was read and led to this: each piece on one line, after the tool that gave it."""
        found = dict.fromkeys(piece for one in self.asks for piece in self._sources(one.asked.labels))
        return list(found)[:_MOST]

    def _sources(self, labels: Mapping[str, Any]) -> Iterator[str]:
        """Where the values that are not trusted stand in what tools gave."""
        items = [label["item"] for label in labels.values() if not label["trusted"] and label["item"]]
        for record in self.records if items else ():
            if record.kind == "tool.done":
                for _, leaf in leaves(record.body["result"]):
                    for item in items:
                        if (at := str(leaf).casefold().find(str(item).casefold())) >= 0:
                            piece = str(leaf)[max(0, at - _AROUND) : at + len(str(item)) + _AROUND]
                            yield f"{record.body['tool']}: {shown(piece)}"


def would(asked: Asked) -> list[str]:
    """What the call would do, line by line, if its tool can say. Others may have written parts of it."""
    lines = [shown(line) for line in asked.preview.splitlines()]
    rest = [f"… {len(lines) - MOST_LINES} lines more"] if len(lines) > MOST_LINES else []
    return ([WOULD] if lines else []) + lines[:MOST_LINES] + rest


def shown(value: Any, longest: int = _LONGEST) -> str:
    """A value on one line, with its invisible characters as numbers, and no longer than a person reads."""
    text = visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= longest else f"{text[:longest]} … ({len(text):,} characters)"


def distrust(label: Mapping[str, Any] | None) -> str:
    """Where a value comes from that is not trusted; empty for one that is."""
    return "" if label is None or label["trusted"] else f"not trusted: it comes from {shown(label['origin'])}"


def _mark(label: Mapping[str, Any] | None) -> str:
    return f"   <- {said}" if (said := distrust(label)) else ""
