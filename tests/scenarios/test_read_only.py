"""Whichever assistant is asked: no tool that changes anything is within its reach, and a usual turn is one call."""

import hashlib
from pathlib import Path

import pytest

from agents.chat import Request
from agents.tokens import request_tokens
from crews.catalogue import catalogue
from testkit.projects import records_of
from testkit.scripted import Answer, ScriptedModel, call
from tests.scenarios.reading import QUESTIONS, asking, readers
from tests.scenarios.support import project_with_support

WRITING = [one for one in catalogue().values() if one.effect != "read"]
DONE = "I have done nothing."


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_with_support(tmp_path_factory.mktemp("readers") / "project")


def test_each_assistant_of_the_house_is_tried() -> None:
    assert set(readers()) == set(QUESTIONS)
    assert len(WRITING) > 40


def _state(project: Path) -> dict[str, str]:
    """All files of the project and its worlds; ledger and indexes of documents are not what tools write."""
    own = ("ledger", "documents.sqlite", "code.sqlite", "-wal", "-shm")
    files = [one for one in project.rglob("*") if one.is_file() and not any(part in one.name for part in own)]
    return {str(one.relative_to(project)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


@pytest.mark.parametrize("scenario", QUESTIONS)
@pytest.mark.statement("assistant", 3)
def test_every_writing_tool_is_tried_and_refused_and_the_world_is_unchanged(project: Path, scenario: str) -> None:
    def obeys(request: Request) -> Answer:
        tried = any("Denied" in str(message["content"]) for message in request.messages)
        return DONE if tried else [call(one.name) for one in WRITING]

    with asking(project, scenario, ScriptedModel(lambda _request: DONE)) as assistant:
        assistant.ask(QUESTIONS[scenario])  # what a first look makes, such as an index, is there
    before = _state(project)
    with asking(project, scenario, ScriptedModel(obeys)) as assistant:
        answer = assistant.ask(QUESTIONS[scenario])

    records = records_of(project, answer.run)
    denied = [one.body["tool"] for one in records if one.kind == "call.decided" and one.body["verdict"] == "deny"]
    assert sorted(denied) == sorted(one.name for one in WRITING)
    assert {one.body["effect"] for one in records if one.kind == "tool.done"} <= {"read"}
    assert [one for one in records if one.kind == "tool.intended"] == []
    assert _state(project) == before


@pytest.mark.parametrize("scenario", QUESTIONS)
def test_a_usual_turn_is_one_model_call_of_less_than_two_thousand_tokens(project: Path, scenario: str) -> None:
    model = ScriptedModel(lambda _request: "{}" if scenario == "extraction" else "The documents do not say.")
    with asking(project, scenario, model) as assistant:
        assistant.ask(QUESTIONS[scenario])

    first, *mended = model.requests
    assert request_tokens(first) < 2_000
    assert len(mended) == (scenario == "translation")  # a translation that says nothing of the text is sent back
