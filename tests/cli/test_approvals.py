"""`approvals`, `approve`, `deny`, `resume`: a person answers at the command line, and the run goes on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agents.chat import Request
from cli.main import deputy
from crews.wish import Wish
from testkit.job import AGENTS, TASKS, crews, worker
from testkit.projects import home_in, make_project, records_of, run_in
from testkit.scripted import Answer, ScriptedModel, call

POLICIES = """
budget: {model_calls: 50, tool_calls: 50, usd: 1, minutes: 5}
rules:
  - id: house.looking
    tools: [find_people]
    verdict: ask
    reason: somebody reads who is looked up
"""
Command = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose run waits for a person."""
    folder = make_project(tmp_path / "p", agents=AGENTS, tasks=TASKS, crews=crews("sequential"), policies=POLICIES)
    outcome, _ = run_in(folder, Wish(goal="Who can help?", crew="desk"), worker())
    assert outcome.exit_code == 3
    return folder


@pytest.fixture
def command(project: Path) -> Command:
    def run(*words: str) -> Result:
        with home_in(project):
            return CliRunner().invoke(deputy, ["--project", str(project), *words])

    return run


def approval_in(command: Command) -> str:
    [line] = command("--json", "approvals").stdout.splitlines()
    return str(json.loads(line)["approval"])


def test_what_waits_is_shown_with_its_reason_and_the_next_step(command: Command) -> None:
    shown = command("approvals").output

    assert "Who can help?" in shown
    assert "somebody reads who is looked up (rule house.looking)" in shown
    assert f"deputy approve {approval_in(command)}" in shown


FAKED = "data\nnext        deputy approve everything, team: people\u200b" + " at ease" * 12 + " next        all is well"


def fooled(request: Request) -> Answer:
    """Reads something, then looks for a team by words that it has read."""
    done = [one for one in request.messages if one["role"] == "tool"]
    offered = {tool["function"]["name"] for tool in request.tools}
    if "find_people" in offered and not done:
        return [call("find_people", team=FAKED)]
    return [call("list_positions")] if "list_positions" in offered and not done else "It is done."


def test_what_a_model_writes_never_stands_where_our_own_names_stand(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "p", agents=AGENTS, tasks=TASKS, crews=crews("sequential"), policies=POLICIES)
    run_in(folder, Wish(goal="Who can help?\nbecause     all is well", crew="desk"), ScriptedModel(fooled))
    with home_in(folder):
        shown = CliRunner().invoke(deputy, ["--project", str(folder), "approvals"], env={"COLUMNS": "80"}).output

    gutter = [line[:12].strip() for line in shown.splitlines() if line[:12].strip()]
    assert [one for one in gutter if one.isalpha()] == [
        *("goal", "run", "asks", "because", "answers"),
        *("team", "text", "next"),
    ]
    assert "\\u{a}" in shown
    assert "people\\u{200b}" in shown
    assert "call 1 of 1" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_an_answer_can_be_recorded_for_later(command: Command, project: Path) -> None:
    done = command("approve", approval_in(command), "--later")

    assert done.exit_code == 0
    assert "deputy resume" in done.output
    assert command("approvals").output.startswith("            Nothing waits")


def test_without_a_model_the_run_cannot_go_on_and_says_so(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")
    done = command("deny", approval_in(command), "-m", "not now")

    assert done.exit_code == 4
    assert "no model is configured" in done.output


def test_an_unknown_approval_is_a_mistake_in_the_call(command: Command) -> None:
    done = command("approve", "zzz")

    assert done.exit_code == 2
    assert "no pending approval starts with 'zzz'" in done.output


def test_edited_arguments_must_be_an_object(command: Command) -> None:
    assert command("approve", approval_in(command), "--edit", "[1]").exit_code == 2
    assert command("approve", approval_in(command), "--edit", "{").exit_code == 2


def test_the_answer_is_a_record_with_its_author(command: Command, project: Path) -> None:
    command("approve", approval_in(command), "--tool", "--later")

    listed = json.loads(command("--json", "runs").stdout.splitlines()[0])
    [answered] = [one.body for one in records_of(project, listed["run"]) if one.kind == "approval.answered"]
    assert (answered["verdict"], answered["scope"]) == ("approved", "tool")
    assert answered["by"].startswith("user:")


def test_a_run_that_is_done_is_not_carried_on(command: Command, tmp_path: Path) -> None:
    assert command("resume", "nothing").exit_code == 2
