"""Approvals: a person's answer to one call, bound to its digest, used once, expiring.

call.decided (ask) -> approval.requested -> [run waits] -> approval.answered -> [run resumes] -> approval.used
                                                                    |
                                                                    +- edited: decided anew, and asked anew unless the
                                                                       same one person would be asked the same

The digest covers run, step, tool, arguments, which of them are trusted, occurrence and rule: with other arguments it is
another call, and asks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from guard.decision import Decision, argument_problems
from runtime.canonical import digest
from runtime.clock import stamp
from runtime.errors import Denied, UsageError
from runtime.records import Record
from tools.tool import Tool

Scope = Literal["call", "tool"]
Given = Literal["approved", "denied"]
Standing = Literal["none", "pending", "approved", "edited", "denied", "expired"]


@dataclass(frozen=True)
class Terms:
    """How long a question stands, who answers it unless a rule says who, and who is asked `then`, and for how long."""

    lasts: timedelta = timedelta(hours=24)
    approvers: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    then_lasts: timedelta = timedelta()

    def asked_of(self, decision: Decision) -> tuple[str, ...]:
        """Who is asked first about a call: those whom its rule names, else those who answer what no rule gives away."""
        return decision.approvers or self.approvers


class Knows(Protocol):
    """Who is who among those who answer: `guard.approvers.Roster`."""

    def name(self, who: str) -> str:
        """The one name of a person."""
        ...

    def role_of(self, who: str, named: Sequence[str]) -> str | None:
        """In which of the named roles a person may answer; None for whoever may not."""
        ...


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
    instead: str = ""
    labels: Mapping[str, Any] = field(default_factory=dict)
    then: tuple[str, ...] = ()
    then_expires: str = ""
    preview: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Asked":
        """The request that a record's body holds."""
        fields = {name: body[name] for name in cls.__dataclass_fields__ if name in body}
        return cls(**{**fields, "approvers": tuple(body["approvers"]), "then": tuple(body.get("then") or ())})

    @property
    def until(self) -> str:
        """When nobody can answer any more."""
        return self.then_expires or self.expires

    def is_escalated(self, now: datetime) -> bool:
        """Whether those who were asked first have let the time pass, and others are asked."""
        return bool(self.then) and self.expires <= stamp(now)

    def who(self, now: datetime) -> tuple[str, ...]:
        """Who may answer now; nobody named means anybody."""
        return self.then if self.is_escalated(now) else self.approvers


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

    def standing(self, of: str, tool: str, rule: str, now: datetime, who: Sequence[str]) -> Answer:
        """How the call with that digest stands, which those in `who` may answer; nobody named means anybody.

        Leave for a tool covers its later calls that are asked of the same people under the same rule.
        """
        asked = next((one for one in self._asked.values() if one.digest == of), None)
        answers = self._answers.get(asked.approval, []) if asked else []
        for one in answers:
            if one["verdict"] == "denied":
                return Answer("denied", one["approval"], one["reason"] or f"{one['by']} gave no reason")
        edited = next((one for one in reversed(answers) if one.get("args") is not None), None)
        if asked and edited and edited["args"] != asked.args:
            return Answer("edited", asked.approval, args=edited["args"])
        if leave := self._leave(tool, rule, who):
            return Answer("approved", leave)
        if asked is None:
            return Answer("none")
        if len({one["by"] for one in answers}) >= asked.people:
            return Answer("approved", asked.approval)
        return Answer("expired" if stamp(now) >= asked.until else "pending", asked.approval)

    def pending(self, now: datetime) -> list[Asked]:
        """The requests that still wait for an answer, in the order they were made."""
        waits = [
            (one, self.standing(one.digest, one.tool, one.rule, now, one.approvers)) for one in self._asked.values()
        ]
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
        roster: Knows,
        args: Mapping[str, Any] | None = None,
    ) -> str:
        """The role in which a person answers; empty if they need none.

        Raises UsageError for an answer that cannot be taken, Denied for a person who may not give it.
        """
        standing = self.standing(asked.digest, asked.tool, asked.rule, now, asked.approvers).standing
        if standing != "pending":
            raise UsageError(
                f"approval '{asked.approval}' is {standing}, and is answered once", remedy="see 'deputy show'"
            )
        named, by = asked.who(now), roster.name(by)
        role = roster.role_of(by, named)
        if role is None:
            raise Denied(f"'{by}' may not answer approval '{asked.approval}'", remedy=f"ask one of {', '.join(named)}")
        if asked.people > 1 and by == roster.name(principal):
            raise Denied(f"'{by}' asked for this run, and two other people must answer", remedy="ask somebody else")
        if any(roster.name(one["by"]) == by for one in self._answers.get(asked.approval, [])):
            raise Denied(f"'{by}' has answered already, and another person must", remedy="ask somebody else")
        if args is not None:
            if tool is None:
                raise UsageError(f"'{asked.tool}' cannot be edited here", remedy="approve it as it is, or deny it")
            if wrong := argument_problems(tool, args):
                raise UsageError(f"the edited arguments do not fit '{asked.tool}': {wrong}", remedy="correct them")
        return role

    def _leave(self, tool: str, rule: str, who: Sequence[str]) -> str:
        """The id of an approval, asked of them under that rule, with leave for the tool for the rest of the run."""
        for name, answers in self._answers.items():
            asked = self._asked[name]
            given = {one["by"] for one in answers if one["verdict"] == "approved" and one["scope"] == "tool"}
            if (asked.tool, asked.rule, asked.approvers) == (tool, rule, tuple(who)) and len(given) >= asked.people:
                return name
        return ""


def digest_of(run: str, named: Mapping[str, Any], decision: Decision) -> str:
    """What an approval is bound to."""
    trusted = {name: label["trusted"] for name, label in named.get("labels", {}).items()}
    return digest([run, named["step"], named["tool"], named["args"], named["key"]["nth"], trusted, decision.rule])


def requested(
    run: str, named: Mapping[str, Any], decision: Decision, now: datetime, terms: Terms, preview: str = ""
) -> dict[str, Any]:
    """The body of the record that asks a person about a call. `preview` is what it would do, as it looks now."""
    bound = digest_of(run, named, decision)
    expires = now + terms.lasts
    shown = {"preview": preview} if preview else {}
    later = {"then": list(terms.then), "then_expires": stamp(expires + terms.then_lasts)} if terms.then else {}
    return {
        **{name: named[name] for name in ("step", "role", "call", "tool", "effect", "args", "labels")},
        "approval": bound[:8],
        "digest": bound,
        "rule": decision.rule,
        "reason": decision.reason,
        "instead": decision.instead,
        "people": decision.people,
        "approvers": list(terms.asked_of(decision)),
        "expires": stamp(expires),
        **later,
        **shown,
    }
