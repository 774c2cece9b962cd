"""The journal: what a run has recorded before, found again by key when the run is carried on.

A call's key is its step, its kind, the hash of the exact request and which occurrence of it this is. It does not depend
on the order in which threads run, so a crew that is built again and run over the journal gets what it got before.
"""

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


class Journal:
    """One run's earlier records, by key. An empty one knows nothing, and everything is done for the first time."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        keyed = [record for record in records if "key" in record.body]
        self._replies = {Key.of(one.body): one.body for one in keyed if one.kind == "model.called"}
        self._decisions = {Key.of(one.body): one.body for one in keyed if one.kind == "call.decided"}
        self._outcomes = {Key.of(one.body): one for one in keyed if one.kind in _OUTCOMES}
        self._begun = {str(one.body["step"]) for one in records if one.kind == "step.started"}
        self._ended = {str(one.body["step"]) for one in records if one.kind == "step.done"}
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
        """The body of the record of that model call, if it was answered."""
        return self._replies.get(key)

    def decision(self, key: Key) -> dict[str, Any] | None:
        """The body of the record that decided on that tool call, if there is one."""
        return self._decisions.get(key)

    def outcome(self, key: Key) -> Record | None:
        """The record of how that tool call ended, if it did."""
        return self._outcomes.get(key)

    def has(self, kind: str, step: str) -> bool:
        """Whether the step's `step.started` or `step.done` is recorded already."""
        return step in (self._begun if kind == "step.started" else self._ended if kind == "step.done" else ())
