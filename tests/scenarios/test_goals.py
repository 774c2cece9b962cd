"""Goals as people type them: each comes to a plan, an answer, a clear question or a way on, never to a wrong action."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import crews.equipping
from crews.config import load_config
from crews.goals import understood
from crews.opening import open_run
from crews.wish import Wish
from runtime.errors import ConfigError, Unclear
from testkit.projects import CHECKOUT, home_in
from tests.scenarios.recruiting import shipped

ROWS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "goals.yaml").read_text(encoding="utf-8"))
CONFIG = load_config(CHECKOUT)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with all shipped scenarios, whose configuration is read once for each of them."""
    folder = shipped(tmp_path_factory.mktemp("goals") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", "playbook")
        patch.setattr(crews.equipping, "load_config", cache(load_config))
        with home_in(folder):
            yield folder


def came_of(project: Path, goal: str) -> tuple[str, Any]:
    """The kind of outcome, and what goes with it: scenario and facts, or the error."""
    try:
        opened = open_run(project, Wish(goal=goal))
    except Unclear as error:
        return ("several" if "plans of their own" in error.problem else "unclear"), error
    except ConfigError as error:
        return "model", error
    try:
        return ("assistant" if opened.crew == "assistant" else "run"), (opened.wish.scenario, dict(opened.meant))
    finally:
        opened.close()


def kind_of(row: dict[str, Any]) -> str:
    if "for" in row:
        known = CONFIG.scenarios.get(row["for"])
        return "run" if known is not None and known.goals else str(row["until"])
    return next(kind for kind in ("run", "assistant", "unclear", "several", "model") if kind in row)


@pytest.mark.parametrize("row", ROWS, ids=[row["goal"][:60] for row in ROWS])
def test_a_goal_comes_to_what_the_table_says(project: Path, row: dict[str, Any]) -> None:
    kind, came = came_of(project, row["goal"])

    assert (kind, kind_of(row)) == (kind_of(row), kind), str(came)
    if kind == "run":
        scenario, meant = came
        assert scenario == row.get("run", row.get("for"))
        if "do" in row:
            assert done(meant) == row["do"]
        for name, key in (("first", "first_day"), ("times", "times")):
            assert name not in row or [one[key] for one in orders(meant)] == [row[name]]
        for name in ("minutes", "title", "optional"):
            assert name not in row or [one[name] for one in orders(meant)] == [row[name]]
        assert row.get("nobody", "nobody at all") not in json.dumps([one.get("attendees") for one in orders(meant)])
    elif kind == "unclear":
        assert row["says"].casefold() in came.problem.casefold()
        assert came.remedy
    elif kind == "several":
        assert came.remedy.count("deputy run") == 2
    elif kind == "model":
        assert "OPENAI_API_KEY" in came.remedy
        assert "deputy run" in came.remedy


def orders(meant: dict[str, Any]) -> list[dict[str, Any]]:
    return list(meant.get("orders", ()))


def done(meant: dict[str, Any]) -> list[str]:
    return [one["do"] for one in orders(meant)] or str(meant.get("only", "")).split(",")


def test_the_table_has_goals_of_every_kind() -> None:
    kinds = {kind for row in ROWS for kind in ("run", "assistant", "unclear", "several", "model", "for") if kind in row}

    assert len(ROWS) >= 40
    assert kinds == {"run", "assistant", "unclear", "several", "model", "for"}


@pytest.mark.parametrize("name", [name for name, spec in CONFIG.scenarios.items() if spec.goals])
def test_every_example_of_a_scenario_is_its_own_and_no_others(name: str) -> None:
    forms = {other: spec.goals for other, spec in CONFIG.scenarios.items()}

    assert {understood(form.say, forms).scenarios for form in CONFIG.scenarios[name].goals} == {(name,)}


def test_every_question_of_a_split_goal_is_a_goal_by_itself(project: Path) -> None:
    _, came = came_of(project, "Schedule a sync with Jörg tomorrow and screen the résumés")
    parts = [line.split('"')[1] for line in came.remedy.splitlines() if "deputy run" in line]

    assert [came_of(project, one)[0] for one in parts] == ["run", "run"]


def test_a_goal_is_sent_to_no_scenario_if_the_person_names_the_crew(project: Path) -> None:
    with pytest.raises(ConfigError, match="no playbook knows the goal"):
        open_run(project, Wish(goal="Schedule a 1-hour sync with the design team today", crew="deputy"))
