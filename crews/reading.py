"""Steps that only read, without CrewAI: the assistant's own, and those of a plan that changes nothing."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from agents.chat import ToolCall
from agents.playbook import Unknown, Wanted
from agents.turn import take_turn
from crews.craft import Craft, Finished
from crews.opened import Opened
from guard.current import within
from guard.gate import Gate
from guard.plan import Step
from guard.warrant import Warrant
from runtime.canonical import plain

OnStep = Callable[[str, str, dict[str, Any]], None]
"""Receives a record's kind, the step's id and the rest of the record's body."""


def needs_no_crew(opened: Opened) -> bool:
    """Whether the run's crew only reads, in order: then no manager plans, and CrewAI is not even loaded."""
    spec = opened.config.crews[opened.crew]
    return spec.read_only and spec.process == "sequential"


def only_reads(opened: Opened, warrant: Warrant) -> bool:
    """Whether the assistant can carry the plan out. A crew that a person names is the crew that they get."""
    if needs_no_crew(opened):
        return True
    tools = [warrant.authority.tools[grant.tool] for step in warrant.order for grant in step.grants]
    planned = opened.config.crews[opened.crew].process == "planned"
    return planned and not opened.wish.crew and all(one.effect == "read" for one in tools)


def read_through(opened: Opened, warrant: Warrant, gate: Gate, record: OnStep) -> None:
    """Carry the steps out one after the other, each with the answers of those it waits for."""
    said: dict[str, str] = {}
    for step in warrant.order:
        known = "\n\n".join(f"{one}: {said[one]}" for one in step.after)
        said[step.id] = read_step(opened, step, gate, record, known=known).text


def read_step(
    opened: Opened, step: Step, gate: Gate, record: OnStep, *, known: str = "", earlier: str = ""
) -> Finished:
    """The answer of one step. `known` is what other steps have said, `earlier` what was said before this question."""
    prompt = _prompt(step)
    craft = opened.scene.craft
    with within(step.id):
        record("step.started", step.id, {"task": step.task})
        if craft:
            texts = _in_parts(opened, step, gate, craft, earlier)
            said = craft.finish(texts, opened.ledger.records(opened.run), opened.world)
        else:
            asked = f"{prompt}\nThe steps before it said:\n{known}" if known else prompt
            said = Finished(_turn(opened, step, gate, asked, earlier=earlier))
        record("step.done", step.id, {"output": "\n".join([said.text, *map(str, said.doubts)])})
    return said


def _in_parts(opened: Opened, step: Step, gate: Gate, craft: Craft, earlier: str) -> list[str]:
    """The answers to each part of the material. A playbook is not sent back: it would say the same again."""
    count = craft.parts(opened.world)
    texts: list[str] = []
    for part in range(1, count + 1):
        mend = partial(craft.mend, part, opened.world) if opened.answering.mode == "model" else _nothing
        asked = f"{_prompt(step)}\nPart: {part} of {count}"
        texts.append(_turn(opened, step, gate, asked, mend=mend, earlier=earlier))
    return texts


def _nothing(_text: str) -> str:
    return ""


def _prompt(step: Step) -> str:
    return f"Step: {step.id}\n{step.task}\nAnswer with: {step.expected}"


def _turn(opened: Opened, step: Step, gate: Gate, prompt: str, *, earlier: str, **around: Any) -> str:
    return take_turn(
        prompt,
        role=step.role,
        card=opened.config.roles[step.role],
        tools=[opened.authority.tools[grant.tool] for grant in step.grants],
        gateway=opened.gateway(step.role),
        gate=gate,
        first=_first(opened, step, f"{prompt}\n{earlier}"),
        earlier=earlier,
        **around,
    )


def _first(opened: Opened, step: Step, prompt: str) -> list[ToolCall]:
    """The look-ups that the playbook of a crew that only reads begins with, so that no model has to ask for them."""
    book = opened.scene.playbook
    if not needs_no_crew(opened) or book is None or step.id not in book.steps:
        return []
    wanted: Sequence[Wanted] = ()
    with suppress(Unknown):  # a question that a model alone understands
        wanted = next(book.steps[step.id](prompt), ())
    return [
        ToolCall(f"first_{number}", one.tool, json.dumps(plain(dict(one.args)), ensure_ascii=False))
        for number, one in enumerate(wanted)
    ]
