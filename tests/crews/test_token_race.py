"""A token is used once, also by two processes that use it in the same instant."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crews import answers
from crews.answers import answer_by_token, pending
from crews.wish import Wish
from runtime.errors import Denied
from testkit.fleet import at_once
from testkit.job import AGENTS, TASKS, crews
from testkit.projects import SETTINGS, home_in, make_project, records_of, run_in
from testkit.scripted import ScriptedModel
from tests.cli.test_notices import POLICIES, token_for, worked


@pytest.fixture(params=["sqlite", "postgres"])
def waiting(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose run waits for people, with two equal asks, on each database."""
    if request.param == "postgres":
        monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("postgres").database())
    settings = f"{SETTINGS}url: https://deputy.house.example\n"
    project = make_project(
        tmp_path / "p", settings=settings, agents=AGENTS, tasks=TASKS, crews=crews("sequential"), policies=POLICIES
    )
    run_in(project, Wish(goal="Who can help?", crew="desk", principal="user:ana"), ScriptedModel(worked))
    return project


def use(start: Any, told: Any, project: Path, token: str, prefix: str, verdict: Any) -> None:
    """Answer with the token; the start signal comes when it was read and looked up, and nothing is recorded yet."""
    recorded = answers._recorded

    def together(*given: Any) -> bool:
        start.wait(60)
        return recorded(*given)

    with home_in(project), pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "_recorded", together)
        try:
            answer_by_token(project, token, verdict, prefix=prefix)
            told.put("taken")
        except Denied as error:
            told.put(str(error).splitlines()[0])


def test_of_two_uses_of_one_token_in_the_same_instant_one_is_taken(waiting: Path) -> None:
    with home_in(waiting):
        first, second = pending(waiting)
    token = token_for(waiting, "ben@house.example")
    asked = [(first.asked.approval, "approved"), (second.asked.approval, "denied")]
    said = Counter(at_once(use, [(waiting, token, *one) for one in asked]))

    assert said == {"taken": 1, "the token was used before": 1}
    assert [one.kind for one in records_of(waiting, first.run)].count("approval.answered") == 1
