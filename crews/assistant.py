"""The assistant: one agent that only reads, one turn, no memory of the last one. Runs without importing CrewAI."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.chat import OnText
from agents.turn import take_turn
from crews.answering import Answering
from crews.briefing import brief_of
from crews.gates import gate_of
from crews.opening import Opened, open_run
from crews.routing import ASSISTANT
from crews.wish import Wish
from guard.current import within
from guard.gate import Gate
from guard.plan import Step
from guard.warrant import accept
from runtime.errors import DeputyError, RunStopped, UsageError
from runtime.ledger import Listener
from tasks.steps import plan_of


@dataclass(frozen=True)
class Answer:
    """What the assistant says. `sources` are the look-ups it rests on: `title`, and `record` in the ledger."""

    run: str
    text: str
    sources: list[dict[str, Any]] = field(default_factory=list)
    exit_code: int = 0
    error: DeputyError | None = None


def answer(
    project: Path,
    question: str,
    *,
    principal: str = "user",
    on_text: OnText | None = None,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    answering: Answering | None = None,
) -> Answer:
    """Answer `question` from what the assistant may read. Raises ConfigError or UsageError before it begins."""
    wish = Wish(goal=question, crew=ASSISTANT, principal=principal)
    opened = open_run(project, wish, on_record=on_record, on_banner=on_banner, answering=answering, on_text=on_text)
    with closing(opened):
        return _answer(opened)


def _answer(opened: Opened) -> Answer:
    try:
        text = _answered(opened)
    except KeyboardInterrupt:
        opened.record("run.cancelled", reason="interrupted at the keyboard")
        return Answer(opened.run, "cancelled", [], 130, UsageError("the question was cancelled"))
    except (RunStopped, DeputyError) as error:
        cause = error.cause if isinstance(error, RunStopped) else error
        opened.record("run.failed", error=cause.problem, remedy=cause.remedy, exit_code=cause.exit_code)
        return Answer(opened.run, cause.problem, [], cause.exit_code, cause)
    opened.record("run.done", summary=text)
    return Answer(opened.run, text, _sources(opened))


def _answered(opened: Opened) -> str:
    spec = opened.config.crews[opened.crew]
    if not spec.read_only or spec.process != "sequential":
        raise UsageError("the assistant's crew must be sequential and read_only", remedy="see config/crews.yaml")
    plan = plan_of(brief_of(opened).tasks)
    opened.record("plan.proposed", plan=plan, role="", model="tasks.yaml")
    warrant = accept(plan, opened.authority)
    opened.record("plan.accepted", plan=warrant.digest, by="policy", reason="the crew only reads")
    gate = gate_of(opened, warrant)
    text = ""
    for step in warrant.order:
        text = _step(opened, step, gate)
    return text


def _step(opened: Opened, step: Step, gate: Gate) -> str:
    granted = [opened.authority.tools[grant.tool] for grant in step.grants]
    card = opened.config.roles[step.role]
    gateway = opened.gateway(step.role)
    with within(step.id):
        opened.record("step.started", step=step.id, role=step.role, task=step.task)
        prompt = f"Step: {step.id}\n{step.task}\nAnswer with: {step.expected}"
        text = take_turn(prompt, role=step.role, card=card, tools=granted, gateway=gateway, gate=gate)
        opened.record("step.done", step=step.id, role=step.role, output=text)
    return text


def _sources(opened: Opened) -> list[dict[str, Any]]:
    return [
        {"title": _title(record.body), "record": record.seq}
        for record in opened.ledger.records(opened.run)
        if record.kind == "tool.done"
    ]


def _title(body: Mapping[str, Any]) -> str:
    given = ", ".join(f"{name} {value}" for name, value in body["args"].items() if value)
    return f"{body['tool']}: {given}" if given else str(body["tool"])
