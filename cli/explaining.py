"""What the gate decided in a run, call by call, beside what its plan had granted. Read from the records alone."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cli.layout import Line, Mark
from crews.report.figures import many
from crews.report.phrases import called
from crews.report.reading import plan_steps
from runtime.records import Record

_MARKS: dict[str, Mark] = {"allow": "done", "ask": "wait", "deny": "denied"}
_WORDS = {"allow": "allowed", "ask": "asked", "deny": "denied"}


@dataclass(frozen=True)
class Explained:
    """One call as it was decided. `instead` says what the step might have done at that point."""

    seq: int
    step: str
    role: str
    call: str
    tool: str
    args: dict[str, Any]
    verdict: Literal["allow", "ask", "deny"]
    rule: str
    reason: str
    instead: str


def explained(records: Sequence[Record]) -> list[Explained]:
    """Every decision of the run, in order. Only a plan that was accepted grants anything."""
    proposed: dict[str, dict[str, int]] = {}
    granted: dict[str, dict[str, int]] = {}
    used: Counter[tuple[str, str]] = Counter()
    found = []
    for record in records:
        body = record.body
        if record.kind == "plan.proposed":
            proposed = {step["id"]: _grants(step) for step in plan_steps(record)}
        elif record.kind == "plan.accepted":
            granted = proposed
        elif record.kind == "call.decided":
            found.append(_explained(record, granted, used))
            if body["verdict"] == "allow":
                used[body["step"], body["tool"]] += 1
    return found


def lines_of(run: str, calls: Sequence[Explained], *, all_calls: Sequence[Explained]) -> Iterator[Line]:
    """The calls as lines under their steps, and how many of each verdict there are."""
    step = ""
    for one in calls:
        yield Line("" if one.step == step else one.step or "no step", _MARKS[one.verdict], called(one.tool, one.args))
        yield Line("", "blank", f"{_WORDS[one.verdict]} by {one.rule}: {one.reason}", style="dim")
        if one.verdict != "allow":
            yield Line("", "blank", f"allowed then: {one.instead}")
        step = one.step
    counts = Counter[str](one.verdict for one in all_calls)
    verdicts = ", ".join(f"{counts[verdict]} {_WORDS[verdict]}" for verdict in _WORDS if counts[verdict])
    yield Line("", "none", f"run {run}: {many(len(all_calls), 'call')}" + (f", {verdicts}" if verdicts else ""))


def _explained(record: Record, granted: dict[str, dict[str, int]], used: Counter[tuple[str, str]]) -> Explained:
    body = record.body
    step = str(body.get("step") or "")
    return Explained(
        seq=record.seq,
        step=step,
        role=str(body.get("role") or ""),
        call=str(body.get("call") or ""),
        tool=str(body["tool"]),
        args=dict(body.get("args") or {}),
        verdict=body["verdict"],
        rule=str(body.get("rule") or ""),
        reason=str(body.get("reason") or ""),
        instead=_left(step, granted, used),
    )


def _left(step: str, granted: dict[str, dict[str, int]], used: Counter[tuple[str, str]]) -> str:
    """What the step still had of its grants, in words."""
    if not granted:
        return "nothing, for no plan was accepted yet"
    if step not in granted:
        return "nothing outside of the plan's steps"
    left = {tool: times - used[step, tool] for tool, times in granted[step].items()}
    still = [f"{tool} ({times} more)" for tool, times in left.items() if times > 0]
    return ", ".join(still) if still else f"nothing more in step '{step}'"


def _grants(step: Mapping[str, Any]) -> dict[str, int]:
    return {grant["tool"]: grant["times"] for grant in step.get("grants") or ()}
