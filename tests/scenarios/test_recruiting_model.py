"""Recruiting with a language model: the same scenario through LangChain's client, over HTTP, to a local endpoint."""

from pathlib import Path

import pytest

from crews.wish import Wish
from scenarios.recruiting.playbook import PLAYBOOK
from testkit.answering import PlaybookEndpoint
from testkit.endpoint import status
from testkit.projects import home_in, records_of
from testkit.snapshot import snapshot
from tests.scenarios.recruiting import POSITION, Played, play, shipped, world_of


def play_with_model(project: Path) -> Played:
    from crews.runner import start

    with home_in(project):
        outcome = start(project, Wish(scenario="recruiting"))
    return Played(project, outcome, records_of(project, outcome.run))


def test_a_model_behind_http_reaches_the_same_world_as_the_playbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PlaybookEndpoint(PLAYBOOK, key="sk-local") as endpoint:
        endpoint.script = [status(429, retry_after=0), status(500)]
        monkeypatch.setenv("MODEL", "gpt-5.4-mini")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-local")
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        modelled = play_with_model(shipped(tmp_path / "modelled"))
    booked = play(shipped(tmp_path / "booked"))

    assert modelled.outcome.exit_code == 0, modelled.outcome.summary
    assert modelled.only("run.started")[0]["mode"] == "model"
    assert {one["model"] for one in endpoint.requests} == {"gpt-5.4-mini"}
    assert snapshot(world_of(modelled.project), POSITION) == snapshot(world_of(booked.project), POSITION)
    assert len(endpoint.requests) == len(modelled.only("model.called")) + 2
    assert [one["again"] for one in modelled.only("model.failed")] == [True, True]
    assert sum(one["usd"] for one in modelled.only("model.called")) > 0


def test_a_wrong_key_fails_the_run_and_says_which_variable_to_correct(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PlaybookEndpoint(PLAYBOOK, key="sk-right") as endpoint:
        monkeypatch.setenv("MODEL", "gpt-5.4-mini")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-and-secret")
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        played = play_with_model(shipped(tmp_path / "project"))

    assert (played.outcome.state, played.outcome.exit_code) == ("failed", 1)
    assert played.outcome.error is not None
    assert "OPENAI_API_KEY" in played.outcome.error.remedy
    assert "sk-wrong-and-secret" not in str(played.records)
    assert world_of(played.project).ats.candidates(POSITION) == []
