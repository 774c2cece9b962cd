"""The journal: what a run has recorded before, found again by key when the run is carried on.

A call's key is its step, its kind, the hash of the exact request and which occurrence of it this is. It does not depend
on the order in which threads run, so a crew that is built again and run over the journal gets what it got before.

What is found is claimed. What is not claimed when the same role asks something else in the same step, shows that the
run would go another way than it did (see runtime.drift); an effect that is not claimed belongs to the call that has its
identity, in whatever words it is made.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runtime.records import Record

_OUTCOMES = ("tool.done", "tool.failed")


@dataclass(frozen=True)
class Key:
    """Which call: `kind` is `model` or a tool's name; `nth` counts equal requests of one step from 1."""

    step: str
    kind: str
    hash: str
    nth: int

    @classmethod
    def of(cls, body: dict[str, Any]) -> "Key":
        """The key that a record's body carries."""
        key = body["key"]
        return cls(body["step"], body.get("tool", "model"), key["hash"], key["nth"])


@dataclass(frozen=True)
class Doubt:
    """An effect that was begun and has no outcome. `settled` is what a person said of it, `told` if one was asked."""

    body: dict[str, Any]
    settled: dict[str, Any] | None
    told: bool


class Journal:
    """One run's earlier records, by key. An empty one knows nothing, and everything is done for the first time.

    `accept_drift`: a person has said that the run may go another way than it did.
    """

    def __init__(self, records: Sequence[Record] = (), *, accept_drift: bool = False) -> None:
        self.accept_drift = accept_drift
        keyed = [record for record in records if "key" in record.body]
        self._replies = {Key.of(one.body): one for one in keyed if one.kind == "model.called"}
        self._decisions = {Key.of(one.body): one.body for one in keyed if one.kind == "call.decided"}
        self._outcomes = {Key.of(one.body): one for one in keyed if one.kind in _OUTCOMES}
        self._doubts = _doubts(keyed, self._outcomes)
        self._begun = {str(one.body["step"]) for one in records if one.kind == "step.started"}
        self._ended = {str(one.body["step"]) for one in records if one.kind == "step.done"}
        self._in_turn = not any(one.body.get("process") == "hierarchical" for one in records[:1])
        turned = [one for one in records if one.kind == "replay.diverged" and one.body["accepted"]]
        self._turned = {str(one.body["step"]): one.seq for one in turned}  # what is older there is not gone by any more
        self._claimed: set[Key] = set()
        self._lock = threading.Lock()
        spent = [one.body["usage"] for one in records if one.kind.startswith("model.") and one.body.get("usage")]
        self.tokens = sum(int(one["prompt"]) + int(one["completion"]) for one in spent)
        self.usd = sum(float(one.body.get("usd") or 0) for one in records if one.kind.startswith("model."))

    @property
    def model_calls(self) -> int:
        """How many answers models have given."""
        return len(self._replies)

    @property
    def tool_calls(self) -> int:
        """How many tool calls have ended, well or badly."""
        return len(self._outcomes)

    def reply(self, key: Key) -> dict[str, Any] | None:
        """The body of the record of that model call, if it was answered. It is claimed."""
        self._claim(key)
        record = self._replies.get(key)
        return record.body if record else None

    def expected(self, step: str, role: str) -> list[dict[str, Any]]:
        """The bodies of the answered model calls of a role in a step that nobody has claimed yet, in order.

        Empty for a hierarchical crew: there one role may be asked several things at once, in any order.
        """
        if not self._in_turn:
            return []
        since = self._turned.get(step, 0)
        with self._lock:
            left = [one for key, one in self._replies.items() if key.step == step and key not in self._claimed]
        return [one.body for one in left if one.body["role"] == role and one.seq > since]

    def decision(self, key: Key) -> dict[str, Any] | None:
        """The body of the record that decided on that tool call, if there is one."""
        return self._decisions.get(key)

    def outcome(self, key: Key) -> Record | None:
        """The record of how that tool call ended, if it did. It is claimed."""
        self._claim(key)
        return self._outcomes.get(key)

    def doubt(self, key: Key) -> Doubt | None:
        """What is open about that call's effect, if it was begun and has no outcome."""
        return self._doubts.get(key)

    def open_doubts(self) -> list[Doubt]:
        """The effects that a person is asked about and that nobody has settled yet, in the order they were begun."""
        return [one for one in self._doubts.values() if one.told and one.settled is None]

    def effects(self, tool: str) -> list[dict[str, Any]]:
        """The bodies of the tool's calls that nobody has claimed yet, and that were done or are in doubt."""
        done = [one.body for one in self._outcomes.values() if one.kind == "tool.done" and one.body["effect"] != "read"]
        found = [*done, *(one.body for one in self._doubts.values())]
        with self._lock:
            return [body for body in found if body["tool"] == tool and Key.of(body) not in self._claimed]

    def has(self, kind: str, step: str) -> bool:
        """Whether the step's `step.started` or `step.done` is recorded already."""
        return step in (self._begun if kind == "step.started" else self._ended if kind == "step.done" else ())

    def _claim(self, key: Key) -> None:
        with self._lock:
            self._claimed.add(key)


def _doubts(keyed: Sequence[Record], outcomes: dict[Key, Record]) -> dict[Key, Doubt]:
    """The effects in doubt. What a person said counts for the attempt before it, and not for a later one."""
    doubts: dict[Key, Doubt] = {}
    for record in keyed:
        key = Key.of(record.body)
        if key in outcomes:
            continue
        if record.kind == "tool.intended":
            doubts[key] = Doubt(record.body, None, told=False)
        elif record.kind == "tool.settled" and key in doubts:
            doubts[key] = Doubt(doubts[key].body, record.body, told=True)
        elif record.kind == "tool.unknown" and key in doubts:
            doubts[key] = Doubt(doubts[key].body, doubts[key].settled, told=True)
    return doubts
