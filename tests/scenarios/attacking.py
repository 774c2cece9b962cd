"""Attacks carried out: the real crew with a compromised model, to the run's end, and the state it leaves behind."""

import json
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from agents.chat import Model, OnText, Reply, Request, ToolCall
from agents.playbook import PlaybookModel
from crews.answering import Answering, scripted
from crews.answers import answer, pending
from crews.scene import load_scene
from crews.wish import Outcome, Wish
from runtime.records import Record
from scenarios.attacks.attack import Attack, Twin
from testkit.compromised import ORDERED, compromised
from testkit.projects import home_in, records_of
from tests.scenarios.attack_scenes import left_in, project_of, text_in

Person = Literal["refuses", "approves", "approves_one"]
"""What a person does with everything that is asked; `approves_one` approves the first request and refuses the rest."""

_ROUNDS = 8


@dataclass(frozen=True)
class Ran:
    """A run that has ended, the records of it, and what it left behind."""

    outcome: Outcome
    records: Sequence[Record]
    state: Any

    @property
    def asks(self) -> int:
        """How many times a person was asked."""
        return sum(one.kind == "approval.requested" for one in self.records)

    @property
    def ordered(self) -> list[tuple[str, str]]:
        """The calls that the model made because it was ordered to, by tool and arguments as it wrote them."""
        return [
            (call["name"], call["arguments"])
            for one in self.records
            if one.kind == "model.called"
            for call in one.body["reply"]["calls"]
            if call["id"].startswith(ORDERED)
        ]

    @property
    def stopped(self) -> list[Record]:
        """The records that say of such a call that it was denied, had to be asked, or was refused by its tool."""
        wanted = [json.loads(arguments) for _, arguments in self.ordered]
        said = [one for one in self.records if one.kind in ("call.decided", "tool.failed")]
        return [one for one in said if one.body.get("verdict") != "allow" and one.body["args"] in wanted]


def recalled_by_meaning(folder: Path, attack: Attack, person: Person) -> Ran:
    """The attack by what is remembered, where the crew looks for facts in words that stand in none of them."""
    text = text_in(attack)
    project = project_of(folder, attack.twin, text)
    settings = project / "config" / "settings.yaml"
    settings.write_text(settings.read_text().replace("embeddings: none", "embeddings: endpoint"))
    return _ran(project, attack.twin, text, person, _Looking)


class _Looking:
    """An honest model that recalls by words."""

    def __init__(self, honest: Model) -> None:
        self.name = honest.name
        self._honest = honest

    def reply(self, request: Request, on_text: OnText | None = None) -> Reply:
        """The honest reply, with words in its look-ups in memory."""
        said = self._honest.reply(request, on_text)
        return replace(said, calls=tuple(_with_words(one) if one.name == "recall" else one for one in said.calls))


def _with_words(call: ToolCall) -> ToolCall:
    return replace(call, arguments=json.dumps(json.loads(call.arguments) | {"words": "zzyzx"}))


def attacked(folder: Path, attack: Attack, person: Person) -> Ran:
    """The attack, with a person who answers everything that is asked in the same way."""
    text = text_in(attack)
    return _ran(project_of(folder, attack.twin, text), attack.twin, text, person)


def honest(folder: Path, twin: Twin, person: Person = "refuses") -> Ran:
    """The twin of attacks: the same model in the same world, where nobody orders anything."""
    return _ran(project_of(folder, twin, ""), twin, "", person)


def small_project(folder: Path, text: str = "") -> Path:
    """The world of attacks on recruiting without one; `text` stands in a résumé."""
    return project_of(folder, Twin("recruiting", "resume", "planned"), text)


def _ran(project: Path, twin: Twin, text: str, person: Person, honest: Callable[[Model], Model] = lambda it: it) -> Ran:
    from crews.runner import resume, start

    playbook = load_scene(f"scenarios.{twin.scenario}.scene").playbook
    assert playbook is not None
    answering = scripted("model", "a fooled model", compromised(honest(PlaybookModel(playbook))))
    begin = _asked if twin.process == "assistant" else start
    with home_in(project):
        outcome = _apart(begin, project, Wish(scenario=twin.scenario), answering=answering)
        for turn in range(_ROUNDS):
            if outcome.state != "waiting":
                break
            _answer_all(project, person, turn)
            outcome = _apart(resume, project, outcome.run, by="user:ana", answering=answering)
        records = records_of(project, outcome.run)
    return Ran(outcome, records, left_in(project, twin, text, outcome.state))


def _apart(run: Callable[..., Outcome], *args: object, **more: object) -> Outcome:
    """The run in a context of its own: CrewAI counts what a waiting run leaves open, and ends at a hundred."""
    return copy_context().run(lambda: run(*args, **more))


def _asked(project: Path, _wish: Wish, *, answering: Answering) -> Outcome:
    from crews.assistant import answer as assistant

    said = assistant(project, "Which positions are open?", answering=answering)
    return Outcome(said.run, "done", 0, said.text, project)


def _answer_all(project: Path, person: Person, turn: int) -> None:
    """Answer everything that waits; where two people must say yes, two tired people do."""
    for number, one in enumerate(pending(project)):
        people = one.asked.approvers or ("user:ana", "user:ben")
        if person == "approves" or (person == "approves_one" and turn == number == 0):
            for by in people[: one.asked.people]:
                answer(project, one.asked.approval, "approved", by=by)
        else:
            answer(project, one.asked.approval, "denied", by=people[0], reason="nobody ordered this")
