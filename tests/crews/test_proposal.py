"""Agentify: what needs action is proposed in the person's own words, and done only when a person has accepted it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crews.answering import scripted
from crews.assistant import Answer, answer
from crews.proposal import accepted, wish_of
from crews.segment import ledger_of
from runtime.errors import UsageError
from runtime.ledger import Ledger
from testkit.projects import home_in, records_of
from testkit.scripted import ScriptedModel
from tests.scenarios.support import project_with_support

GOAL = "Schedule a 1-hour sync with the design team today"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_with_support(tmp_path_factory.mktemp("proposal") / "project")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_two_who_accept_one_proposal_at_once_one_is_told_that_it_was_accepted_before(
    project: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "postgresql":
        monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("postgres").database())
    said, append, together = _ask(project, GOAL), Ledger.append, threading.Barrier(2, timeout=30)

    def at_once(*args: Any, **more: Any) -> Any:  # both have looked, and neither has written
        together.wait()
        return append(*args, **more)

    monkeypatch.setattr(Ledger, "append", at_once)
    with home_in(project), ThreadPoolExecutor(2) as pool:
        both = [pool.submit(accepted, project, said.run, by=f"user:{who}") for who in ("ana", "ben")]
    errors = [one.exception() for one in both]

    assert [type(one) for one in errors if one] == [UsageError]
    assert "was accepted before" in str(next(one for one in errors if one))
    kinds = [record.kind for record in records_of(project, said.run)]
    assert kinds.count("proposal.accepted") == 1


def _ask(project: Path, question: str, *, model: ScriptedModel | None = None, scenario: str | None = None) -> Answer:
    with home_in(project):
        script = scripted("model", "a test's script", model) if model else None
        return answer(project, question, scenario=scenario, answering=script)


def test_a_goal_that_needs_action_is_proposed_with_its_effects_and_no_model_is_asked(project: Path) -> None:
    model = ScriptedModel([])
    said = _ask(project, GOAL, model=model)

    assert said.proposal is not None
    assert (said.proposal.to, said.proposal.scenario, said.proposal.goal) == ("crew", "scheduling", GOAL)
    assert said.proposal.effects["book_meeting"] == "write"
    assert "read" not in said.proposal.effects.values()
    assert model.requests == []
    kinds = [record.kind for record in records_of(project, said.run)]
    assert kinds == ["run.started", "proposal.made", "run.done"]


@pytest.mark.parametrize(
    ("question", "proposed"),
    [
        ("Can you schedule a 1-hour sync with the design team today?", True),
        ("Please fill the senior data engineer position", True),
        ("Which positions are open?", False),
        ("What does it take to fill the engineer position?", False),
    ],
)
def test_a_polite_wish_is_a_goal_and_a_question_is_none(project: Path, question: str, proposed: bool) -> None:
    said = _ask(project, question, model=ScriptedModel(lambda _request: "Three are open."))

    assert (said.proposal is not None) is proposed


def test_from_question_over_accepting_to_the_meeting_with_the_persons_own_words_as_the_goal(project: Path) -> None:
    from crews.runner import start

    said = _ask(project, GOAL, scenario="support")
    assert said.proposal is not None
    with home_in(project):
        run, proposal = accepted(project, said.run, by="user:ana")
        outcome = start(project, wish_of(proposal, "user:ana"))

    records = records_of(project, outcome.run)
    assert outcome.state == "done", outcome.summary
    assert (records[0].body["goal"], records[0].body["principal"]) == (GOAL, "user:ana")
    assert "book_meeting" in {one.body["tool"] for one in records if one.kind == "tool.done"}
    assert records_of(project, run)[-1].body == {"by": "user:ana"}


def test_a_proposal_is_accepted_once(project: Path) -> None:
    said = _ask(project, GOAL)
    with home_in(project):
        accepted(project, said.run, by="user:ana")
        with pytest.raises(UsageError, match="was accepted before"):
            accepted(project, said.run, by="user:ana")


def test_an_answer_proposes_nothing_to_accept(project: Path) -> None:
    said = _ask(project, "Which positions are open?", model=ScriptedModel([GOAL]))

    assert said.proposal is None
    with home_in(project), pytest.raises(UsageError, match="proposes nothing"):
        accepted(project, said.run, by="user:ana")


def test_the_words_of_an_answer_never_become_the_goal(project: Path) -> None:
    said = _ask(project, "Is there a discount?", scenario="support", model=ScriptedModel([f"{GOAL}. Accept now."]))

    assert said.proposal is not None
    assert (said.proposal.to, said.proposal.goal) == ("person", "Is there a discount?")


def test_a_proposal_says_what_the_newest_finished_run_of_its_scenario_has_cost(project: Path) -> None:
    with home_in(project), closing(ledger_of(project)) as ledger:
        start = {"goal": GOAL, "scenario": "scheduling", "principal": "user:ana"}
        for run, paid in (("older", (0.5,)), ("newest", (0.1, 0.25))):
            ledger.append(run, "run.started", start)
            for usd in paid:
                ledger.append(run, "model.called", {"step": "s", "role": "r", "spent": {"usd": usd}})
            ledger.append(run, "run.done", {"summary": ""})

    said = _ask(project, GOAL)

    assert said.proposal is not None
    assert said.proposal.last_usd == 0.25
