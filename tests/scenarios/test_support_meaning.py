"""The support assistant over documents that are embedded too: at a real endpoint on this machine, which may fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit.endpoint import Endpoint, status
from testkit.projects import records_of
from testkit.scripted import ScriptedModel
from tests.scenarios.support import project_with_support, support

HASTY = "wat is the api raet limt?"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = project_with_support(tmp_path_factory.mktemp("meaning") / "project")
    settings = project / "config" / "settings.yaml"
    settings.write_text(settings.read_text().replace("embeddings: none", "embeddings: endpoint"))
    return project


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    with Endpoint() as started:
        monkeypatch.setenv("EMBEDDINGS_URL", started.url)
        monkeypatch.setenv("EMBEDDINGS_MODEL", "letters")
        yield started


def test_the_passage_of_a_mistyped_question_stands_in_the_prompt(project: Path, endpoint: Endpoint) -> None:
    model = ScriptedModel(["The API rate limit is 600 requests a minute [api/limits.md:5]."])
    with support(project, model) as assistant:
        answer = assistant.ask(HASTY)

    assert "600 requests a minute" in str(model.requests[0].messages[-1]["content"])
    assert (answer.doubts, answer.notes) == ([], [])
    [result] = [one.body["result"] for one in records_of(project, answer.run) if one.kind == "tool.done"]
    assert result["by"] == "words and meaning"
    assert endpoint.requests[0]["input"] == [HASTY]


def test_if_the_endpoint_fails_words_alone_answer_and_the_record_says_so(project: Path, endpoint: Endpoint) -> None:
    endpoint.script = [status(500)]
    with support(project) as assistant:
        answer = assistant.ask("What's the API rate limit?")

    [note] = answer.notes
    assert "600 requests a minute" in answer.text
    assert answer.error is None
    assert note.endswith("answers with status 500; found by words alone")
    [result] = [one.body["result"] for one in records_of(project, answer.run) if one.kind == "tool.done"]
    assert (result["by"], result["fell_short"]) == ("words", note)
