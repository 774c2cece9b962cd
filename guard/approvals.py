"""Approvals: a person's answer to one call, bound to its digest, used once, expiring.

call.decided (ask) -> approval.requested -> [run waits] -> approval.answered -> [run resumes] -> approval.used

The digest covers run, step, tool, arguments, which of them are trusted, occurrence and rule: with other arguments it is
another call, and asks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from guard.decision import Decision, argument_problems
from runtime.canonical import digest
from runtime.clock import stamp
from runtime.errors import Denied, UsageError
from runtime.records import Record
from tools.tool import Tool

Scope = Literal["call", "tool"]
Given = Literal["approved", "denied"]
Standing = Literal["none", "pending", "approved", "denied", "expired"]

LASTS = timedelta(hours=24)
"""How long a request can be answered where no policy says otherwise."""


@dataclass(frozen=True)
class Asked:
    """One request as it stands in the ledger."""

    approval: str
    digest: str
    step: str
    role: str
    call: str
    tool: str
    effect: str
    args: Mapping[str, Any]
    rule: str
    reason: str
    people: int
    approvers: tuple[str, ...]
    expires: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Asked":
        """The request that a record's body holds."""
        fields = {name: body[name] for name in cls.__dataclass_fields__ if name in body}
        return cls(**{**fields, "approvers": tuple(body["approvers"])})


@dataclass(frozen=True)
class Answer:
    """How a request stands: `reason` is why it was denied, `args` what a person wrote in place of the call's own."""

    standing: Standing
    approval: str = ""
    reason: str = ""
    args: Mapping[str, Any] | None = None


class Approvals:
    """One run's requests and answers, as its records say."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        self._asked = {one.body["approval"]: Asked.of(one.body) for one in records if one.kind == "approval.requested"}
        self._answers: dict[str, list[Mapping[str, Any]]] = {}
        for record in records:
            if record.kind == "approval.answered":
                self._answers.setdefault(record.body["approval"], []).append(record.body)

    def request(self, body: Mapping[str, Any]) -> None:
        """Take note of a request that was just recorded."""
        self._asked[body["approval"]] = Asked.of(body)

    def standing(self, of: str, tool: str, rule: str, now: datetime) -> Answer:
        """How the call with that digest stands. Leave for a tool covers its later calls under the same rule."""
        asked = next((one for one in self._asked.values() if one.digest == of), None)
        answers = self._answers.get(asked.approval, []) if asked else []
        for one in answers:
            if one["verdict"] == "denied":
                return Answer("denied", one["approval"], one["reason"] or f"{one['by']} gave no reason")
        if leave := self._leave(tool, rule):
            return Answer("approved", leave)
        if asked is None:
            return Answer("none")
        if len({one["by"] for one in answers}) >= asked.people:
            edited = next((one["args"] for one in reversed(answers) if one.get("args") is not None), None)
            return Answer("approved", asked.approval, args=edited)
        return Answer("expired" if stamp(now) >= asked.expires else "pending", asked.approval)

    def pending(self, now: datetime) -> list[Asked]:
        """The requests that still wait for an answer, in the order they were made."""
        waits = [(one, self.standing(one.digest, one.tool, one.rule, now)) for one in self._asked.values()]
        return [one for one, answer in waits if answer.standing == "pending"]

    def find(self, prefix: str) -> Asked:
        """The request whose id starts with `prefix`. Raises UsageError if it is none or several."""
        found = [one for name, one in self._asked.items() if name.startswith(prefix)]
        if len(found) != 1:
            problem = f"no approval starts with '{prefix}'" if not found else f"several approvals start with '{prefix}'"
            raise UsageError(problem, remedy="see 'deputy approvals'")
        return found[0]

    def checked(
        self,
        asked: Asked,
        *,
        by: str,
        principal: str,
        now: datetime,
        tool: Tool | None,
        args: Mapping[str, Any] | None = None,
    ) -> None:
        """Raise UsageError for an answer that cannot be taken, Denied for a person who may not give it."""
        standing = self.standing(asked.digest, asked.tool, asked.rule, now).standing
        if standing != "pending":
            raise UsageError(
                f"approval '{asked.approval}' is {standing}, and is answered once", remedy="see 'deputy show'"
            )
        if asked.approvers and by not in asked.approvers:
            allowed = ", ".join(asked.approvers)
            raise Denied(f"'{by}' may not answer approval '{asked.approval}'", remedy=f"ask one of {allowed}")
        if asked.people > 1 and by == principal:
            raise Denied(f"'{by}' asked for this run, and two other people must answer", remedy="ask somebody else")
        if any(one["by"] == by for one in self._answers.get(asked.approval, [])):
            raise Denied(f"'{by}' has answered already, and another person must", remedy="ask somebody else")
        if args is not None and tool is not None and (wrong := argument_problems(tool, args)):
            raise UsageError(f"the edited arguments do not fit '{asked.tool}': {wrong}", remedy="correct them")

    def _leave(self, tool: str, rule: str) -> str:
        """The id of an approval that gave leave for the tool for the rest of the run, under that rule."""
        for name, answers in self._answers.items():
            asked = self._asked[name]
            given = {one["by"] for one in answers if one["verdict"] == "approved" and one["scope"] == "tool"}
            if (asked.tool, asked.rule) == (tool, rule) and len(given) >= asked.people:
                return name
        return ""


def digest_of(run: str, named: Mapping[str, Any], decision: Decision) -> str:
    """What an approval is bound to."""
    trusted = {name: label["trusted"] for name, label in named.get("labels", {}).items()}
    return digest([run, named["step"], named["tool"], named["args"], named["key"]["nth"], trusted, decision.rule])


def requested(
    run: str, named: Mapping[str, Any], decision: Decision, now: datetime, lasts: timedelta
) -> dict[str, Any]:
    """The body of the record that asks a person about a call."""
    bound = digest_of(run, named, decision)
    return {
        **{name: named[name] for name in ("step", "role", "call", "tool", "effect", "args", "labels")},
        "approval": bound[:8],
        "digest": bound,
        "rule": decision.rule,
        "reason": decision.reason,
        "people": decision.people,
        "approvers": list(decision.approvers),
        "expires": stamp(now + lasts),
    }
