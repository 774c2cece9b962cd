"""A run as its records tell it: who asked, the plan, what was done, what was refused, what waits, what it cost.

Everything here is a reading of receipts. What a role says about its own work is kept apart, as `StepReading.answer`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crews.report.figures import between, one_line
from crews.report.phrases import called, counted, phrase
from crews.report.spent import Spent, spent_in
from crews.report.waits import waits_of
from runtime.journal import Journal
from runtime.records import ORDERS_MARK, STATE_AFTER, Record, State

StepState = Literal["planned", "running", "done", "failed", "waiting"]


@dataclass(frozen=True)
class StepReading:
    """One step of the plan. `answer` is the role's own words; `seconds` is None until it has ended."""

    id: str
    role: str
    task: str
    after: tuple[str, ...]
    grants: tuple[tuple[str, int], ...]
    state: StepState
    answer: str
    reads: int
    seconds: float | None


@dataclass(frozen=True)
class Deed:
    """An effect that happened, with its receipt: the record `seq`, written at `at`. `already`: it changed nothing."""

    seq: int
    at: str
    step: str
    tool: str
    text: str
    already: bool


@dataclass(frozen=True)
class Trouble:
    """A call that was refused or failed. `rule` is the gate's, empty for a failure."""

    seq: int
    at: str
    step: str
    verdict: Literal["denied", "asked", "failed"]
    call: str
    rule: str
    text: str


@dataclass(frozen=True)
class Reading:
    """One run, read from its records. `mode` is `playbook` if no language model took part.

    `unproven` are sentences of the answer with why they are; `proposal` is what it proposed, `taken` who accepted that.
    """

    run: str
    goal: str
    scenario: str
    crew: str
    world: str
    principal: str
    mode: str
    models: tuple[str, ...]
    state: State
    started: str
    ended: str
    accepted: str
    steps: tuple[StepReading, ...]
    deeds: tuple[Deed, ...]
    troubles: tuple[Trouble, ...]
    waits: tuple[str, ...]
    spent: tuple[Spent, ...]
    error: str
    remedy: str
    doubts: tuple[str, ...]
    records: int
    mac: str
    unproven: tuple[str, ...] = ()
    proposal: Mapping[str, Any] | None = None
    taken: str = ""

    @property
    def who_answered(self) -> str:
        """What stood behind the roles: the playbook, or the language models by name."""
        return (
            "playbook, no language model"
            if self.mode == "playbook"
            else ", ".join(self.models) or "no model was called"
        )

    @property
    def standing(self) -> State:
        """The state to report: a run whose steps are all done is done, also while its report is being written."""
        over = self.state == "running" and self.steps and all(step.state == "done" for step in self.steps)
        return "done" if over else self.state

    @property
    def seconds(self) -> float:
        """From the first record to the last."""
        return between(self.started, self.ended)

    @property
    def total(self) -> Spent:
        """What all roles used together."""
        return sum(self.spent, Spent("all"))

    @property
    def done(self) -> tuple[str, ...]:
        """What changed in the world, counted: ("4 interviews booked", "8 invitations sent")."""
        times = Counter(deed.tool for deed in self.deeds if not deed.already)
        return tuple(counted(tool, number) for tool, number in times.items())

    @property
    def already(self) -> int:
        """How many effects had happened before."""
        return sum(deed.already for deed in self.deeds)

    @property
    def answers(self) -> bool:
        """Whether what came of it is what its last step said: it changed nothing, and ran programs at most."""
        return self.state == "done" and all(deed.already or deed.tool == "run_python" for deed in self.deeds)

    @property
    def summary(self) -> str:
        """One sentence on what came of the run."""
        done = ", ".join(self.done) or "nothing was changed"
        waits = len(self.waits)
        return f"{done}; {waits} thing{'s wait' if waits > 1 else ' waits'} for a person" if waits else done


def read_run(records: Sequence[Record]) -> Reading:
    """The run that `records` tell, from `run.started` on. It need not have ended."""
    first, last = records[0], records[-1]
    ends = [record for record in records if record.kind in STATE_AFTER]
    end = ends[-1]
    return Reading(
        run=first.run,
        goal=_word(first, "goal"),
        scenario=_word(first, "scenario"),
        crew=_word(first, "crew"),
        world=_word(first, "world"),
        principal=_word(first, "principal"),
        mode=_word(first, "mode"),
        models=tuple(dict.fromkeys(_word(one, "model") for one in records if one.kind == "model.called")),
        state=STATE_AFTER[end.kind],
        started=first.at,
        ended=last.at,
        accepted=_accepted(records),
        steps=tuple(_steps(records, waiting=STATE_AFTER[end.kind] == "waiting")),
        deeds=tuple(_deed(one) for one in records if one.kind == "tool.done" and one.body.get("effect") != "read"),
        troubles=tuple(trouble for trouble in map(trouble_in, records) if trouble),
        waits=tuple(waits_of(records)),
        spent=tuple(spent_in(records)),
        error=_word(end, "error") if end.kind == "run.failed" else _word(end, "reason"),
        remedy=_word(end, "remedy"),
        doubts=tuple(one.body["call"] for one in Journal(records).open_doubts()),
        records=len(records),
        mac=last.mac,
        unproven=tuple(_unproven(records)),
        proposal=next((one.body for one in reversed(records) if one.kind == "proposal.made"), None),
        taken=next((_word(one, "by") for one in records if one.kind == "proposal.accepted"), ""),
    )


def _unproven(records: Sequence[Record]) -> list[str]:
    claims = [claim for one in records if one.kind == "answer.doubted" for claim in one.body["claims"]]
    return [one_line(f"{claim['claim']} ({claim['why']})") for claim in claims]


def trouble_in(record: Record) -> Trouble | None:
    """The refusal or failure that a record tells of, if it does."""
    body = record.body
    call = called(str(body.get("tool", "")), body.get("args") or {})
    if record.kind == "call.decided" and body.get("verdict") in ("deny", "ask"):
        verdict: Literal["denied", "asked"] = "denied" if body["verdict"] == "deny" else "asked"
        return Trouble(
            record.seq, record.at, _word(record, "step"), verdict, call, _word(record, "rule"), _word(record, "reason")
        )
    if record.kind == "tool.failed":
        return Trouble(record.seq, record.at, _word(record, "step"), "failed", call, "", _word(record, "error"))
    return None


def plan_steps(record: Record) -> list[dict[str, Any]]:
    """The steps that a `plan.proposed` record holds."""
    return list(record.body["plan"]["steps"])


def _word(record: Record, name: str) -> str:
    value = record.body.get(name)
    return one_line(str(value)) if value is not None else ""


def _accepted(records: Sequence[Record]) -> str:
    for record in records:
        if record.kind == "plan.accepted":
            by, reason = _word(record, "by"), _word(record, "reason")
            return f"accepted by {by}: {reason}" if reason else f"accepted by {by}"
    return ""


def _deed(record: Record) -> Deed:
    body = record.body
    told = phrase(str(body["tool"]), body.get("args") or {}, body.get("result"))
    return Deed(record.seq, record.at, _word(record, "step"), str(body["tool"]), told.text, told.already)


def _steps(records: Sequence[Record], *, waiting: bool) -> list[StepReading]:
    from runtime.canonical import digest  # loads pydantic, which a list of runs does without

    plans = [record for record in records if record.kind == "plan.proposed"]
    accepted = [record.body["plan"] for record in records if record.kind == "plan.accepted"]
    plans = [one for one in plans if accepted and digest(one.body["plan"]) == accepted[-1]] or plans
    planned = {step["id"]: step for step in plan_steps(plans[-1])} if plans else {}
    for record in records:
        if record.kind == "step.started":
            planned.setdefault(record.body["step"], record.body)
    return [
        _step(step_id, step, [one for one in records if one.body.get("step") == step_id], waiting=waiting)
        for step_id, step in planned.items()
    ]


def _asked_last(records: Sequence[Record]) -> bool:
    """Whether a step's last try ended because a person was asked: it has not failed, it goes on after the answer."""
    kinds = [one.kind for one in records if one.kind in ("step.started", "approval.requested", "step.failed")]
    return kinds[-2:] == ["approval.requested", "step.failed"]


def _step(step_id: str, step: dict[str, Any], records: Sequence[Record], *, waiting: bool) -> StepReading:
    moves = [one for one in records if one.kind in ("step.started", "step.done", "step.failed")]
    states: dict[str, StepState] = {"step.started": "running", "step.done": "done", "step.failed": "failed"}
    ended = bool(moves) and moves[-1].kind != "step.started"
    waits = waiting and _asked_last(records)
    return StepReading(
        id=step_id,
        role=str(step.get("role", "")),
        task=one_line(str(step.get("task", "")).partition(f"\n{ORDERS_MARK}")[0]),
        after=tuple(step.get("after", ())),
        grants=tuple((grant["tool"], grant["times"]) for grant in step.get("grants", ())),
        state="waiting" if waits else states[moves[-1].kind] if moves else "planned",
        answer=str(moves[-1].body.get("output") or moves[-1].body.get("error") or "") if ended and not waits else "",
        reads=sum(1 for one in records if one.kind == "tool.done" and one.body.get("effect") == "read"),
        seconds=between(moves[0].at, moves[-1].at) if ended else None,
    )
