"""What the stand-alone gate hands out: a decision to be kept for its result, and a result with its labels."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from guard.approvals import Answer
from guard.decision import Decision
from guard.labels import Label


@dataclass(frozen=True)
class Checked(Decision):
    """A decision on one call, to be handed to `observe`. `approval` names what a person has to answer, if one has."""

    approval: str | None = None
    call: str = ""


@dataclass(frozen=True)
class Labelled:
    """A result with the label of each single value in it, by its dotted path; the path of a single value is ''."""

    value: Any
    labels: Mapping[str, Label]


def answered(asked: Checked, answer: Answer) -> Checked:
    """What an ask has become by a person's answer, or by none."""
    known = replace(asked, approval=answer.approval)
    if answer.standing == "approved":
        return replace(known, verdict="allow", rule="approval.given", reason="a person has allowed it")
    if answer.standing == "denied":
        return replace(known, verdict="deny", rule="approval.denied", reason=answer.reason)
    if answer.standing == "expired":
        return replace(known, verdict="deny", rule="approval.expired", reason="nobody answered in time")
    return known


def said(decision: Decision) -> dict[str, Any]:
    """The decision as a record has it."""
    found = {"verdict": decision.verdict, "rule": decision.rule, "reason": decision.reason}
    return found | ({"instead": decision.instead} if decision.instead else {})


def printable(name: Any) -> str:
    """The name of a tool that could not be decided on, as it can be recorded."""
    return str(name)[:80].encode("ascii", "backslashreplace").decode()
