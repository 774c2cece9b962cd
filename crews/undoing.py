"""Undoing: taking back what a run did, as a run of its own, behind the same gate.

What is taken back follows from the run's receipts, newest first. Each reverse call is a step of the plan, pinned to its
values; no model takes part.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crews.equipping import UNDO
from crews.opened import Opened
from guard.current import within
from guard.gate import Gate
from guard.plan import Grant, Plan, Step
from guard.warrant import Warrant
from runtime.canonical import digest
from runtime.errors import CannotWork, DeputyError, UsageError
from runtime.ledger import Ledger
from runtime.records import Record
from tools.tool import Reverse, Tool

_MOST = 1000  # runs that are looked through for those that undid something before


@dataclass(frozen=True)
class Undone:
    """One receipt and the call that takes its effect back."""

    call: str
    tool: str
    reverse: Reverse


@dataclass(frozen=True)
class Kept:
    """One receipt whose effect stays, and why."""

    call: str
    tool: str
    reason: str


@dataclass(frozen=True)
class Undoing:
    """What can be taken back of a run, in the order in which it is, and what cannot. `steps` are those concerned."""

    steps: tuple[str, ...]
    calls: tuple[Undone, ...]
    kept: tuple[Kept, ...]


def undoing_of(ledger: Ledger, run: str, step: str, tools: Mapping[str, Tool], *, but: str = "") -> Undoing:
    """What undoing `run`, or its `step` and all that was built on it, comes to. Raises UsageError for an unknown step.

    What another run took back before is left out; `but` names one run that does not count for that.
    """
    records = ledger.records(run)
    steps = _concerned(records, step)
    before = _taken_back(ledger, run, but)
    calls: list[Undone] = []
    kept: list[Kept] = []
    for record in reversed(_effects(records)):
        body = record.body
        if body["step"] not in steps:
            continue
        found = _reverse(record, tools.get(body["tool"]))
        if isinstance(found, Kept):
            kept.append(found)
        elif found is not None and digest([found.reverse.tool, dict(found.reverse.args)]) not in before:
            calls.append(found)
    return Undoing(steps, tuple(calls), tuple(kept))


def plan_of_undoing(opened: Opened) -> Plan:
    """The plan that takes back what the wish names. Raises UsageError if nothing can be."""
    found = _found(opened)
    if not found.calls:
        why = "; ".join(dict.fromkeys(one.reason for one in found.kept))
        problem = f"nothing of run {opened.wish.undoes} can be taken back"
        raise UsageError(f"{problem}: {why}" if why else problem, remedy="see 'deputy show'")
    steps: list[Step] = []
    for number, one in enumerate(found.calls, start=1):
        grant = Grant(tool=one.reverse.tool, times=1, values={name: _each(v) for name, v in one.reverse.args.items()})
        task = f"Take back {one.tool} (call {one.call})."
        after = (steps[-1].id,) if steps else ()
        steps.append(Step(id=f"undo_{number}", role=UNDO, task=task, expected="done", grants=(grant,), after=after))
    return Plan(steps=tuple(steps))


def carry_back(
    opened: Opened, warrant: Warrant, gate: Gate, record: Callable[[str, str, dict[str, Any]], None]
) -> None:
    """Make the reverse calls one after the other. Raises DeputyError at the end for those that did not work."""
    calls = _found(opened).calls
    failed: list[str] = []
    for step in warrant.order:
        one = next((one for one in calls if _granted(step, one.reverse)), None)
        if one is None:
            continue  # another run has taken it back meanwhile
        gate.origins.trust(list(one.reverse.args.values()), f"receipt {one.call} of run {opened.wish.undoes}")
        with within(step.id):
            record("step.started", step.id, {"task": step.task})
            outcome = gate.call(UNDO, one.reverse.tool, one.reverse.args)
            opened.stop.check_step()
        record("step.done" if outcome.done else "step.failed", step.id, _told(one, outcome.text, done=outcome.done))
        if not outcome.done:
            failed.append(f"{one.reverse.tool} for {one.call}: {outcome.text.splitlines()[0]}")
    if failed:
        problem = f"{len(failed)} of {len(warrant.order)} calls did not work: {'; '.join(failed)}"
        raise DeputyError(problem, remedy=f"see 'deputy show {opened.run}', then undo again")


def _granted(step: Step, reverse: Reverse) -> bool:
    """Whether the step is the one that makes this call."""
    return any(grant.tool == reverse.tool and not grant.outside(reverse.args) for grant in step.grants)


def _told(one: Undone, text: str, *, done: bool) -> dict[str, Any]:
    return {"output": f"{one.tool} is taken back (call {one.call})."} if done else {"error": text}


def _found(opened: Opened) -> Undoing:
    wish = opened.wish
    return undoing_of(opened.ledger, wish.undoes, wish.undo_step, opened.authority.tools, but=opened.run)


def _effects(records: Sequence[Record]) -> list[Record]:
    """The receipts of effects in order, and the intents of those that are in doubt."""
    ended = {one.body["call"] for one in records if one.kind in ("tool.done", "tool.failed")}
    done = [one for one in records if one.kind == "tool.done" and one.body["effect"] != "read"]
    begun = {one.body["call"]: one for one in records if one.kind == "tool.intended"}
    doubtful = [one for call, one in begun.items() if call not in ended]
    return sorted([*done, *doubtful], key=lambda one: one.seq)


def _reverse(record: Record, tool: Tool | None) -> Undone | Kept | None:
    """What takes the effect back, or why nothing does; None if there is nothing to take back."""
    call, name = record.body["call"], record.body["tool"]
    if record.kind == "tool.intended":
        return Kept(call, name, "whether it happened is not known; settle it first")
    if tool is None or tool.undo is None:
        return Kept(call, name, f"'{name}' cannot be taken back")
    try:
        reverse = tool.undo(record.body["args"], record.body["result"])
    except CannotWork as error:
        return Kept(call, name, error.problem)
    except (KeyError, TypeError):
        return Kept(call, name, "its receipt does not say enough")
    return Undone(call, name, reverse) if reverse else None


def _concerned(records: Sequence[Record], step: str) -> tuple[str, ...]:
    """The steps that are taken back: all, or one and those that needed it, directly or not."""
    plans = [one.body["plan"] for one in records if one.kind == "plan.proposed"]
    steps = [(str(one["id"]), set(one.get("after") or ())) for one in (plans[-1]["steps"] if plans else ())]
    names = tuple(name for name, _ in steps)
    if not step:
        return names
    if step not in names:
        raise UsageError(f"the run has no step '{step}'", remedy=f"it has {', '.join(names) or 'none'}")
    concerned = [step]
    for name, after in steps * len(steps):
        if name not in concerned and after & set(concerned):
            concerned.append(name)
    return tuple(name for name in names if name in concerned)


def _taken_back(ledger: Ledger, run: str, but: str) -> set[str]:
    """What other runs did to undo this one, as digests of tool and arguments."""
    found: set[str] = set()
    others = [one.run for one in ledger.runs(_MOST) if run in one.goal and one.run not in (run, but)]
    for other in others:
        if ledger.first(other).body.get("wish", {}).get("undoes") == run:
            done = [one.body for one in ledger.records(other) if one.kind == "tool.done"]
            found |= {digest([body["tool"], body["args"]]) for body in done}
    return found


def _each(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)
