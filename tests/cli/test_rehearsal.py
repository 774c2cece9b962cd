"""`--dry-run` shows the plan, what it costs, and what the run would do: on a copy, of which nothing is left."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import crews.runner
from cli.main import deputy
from crews.rehearsing import on_a_copy
from runtime.home import Home
from testkit.projects import home_in
from tests.scenarios.trades import edit, go_on, play, shipped, state_of

Say = Callable[..., list[str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = shipped(tmp_path / "project")
    monkeypatch.setenv("MODEL", "playbook")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(folder)
    with home_in(folder):
        yield folder


def said(*words: str) -> list[str]:
    shown = CliRunner().invoke(deputy, list(words), catch_exceptions=False)
    assert shown.exit_code == 0, shown.stdout
    return [" ".join(line.split()) for line in shown.stdout.splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def test_a_dry_run_tells_each_effect_with_what_it_does_and_to_whom_and_makes_none(project: Path) -> None:
    lines = said("run", "-s", "lunch", "--dry-run")

    assert "+ order_lunch, once, only with team marketing, day 2027-03-08, budget marketing (spend)" in lines
    assert any(line.startswith("Order lunch for a team on a day at the cheapest vendor") for line in lines)
    assert "costs nothing: the playbook answers, no language model" in lines
    assert any(line.endswith("+ lunch for marketing from greenfork on Mon 8 Mar 2027") for line in lines)
    assert lines[-3:] == [
        "would be 1 lunch ordered",
        "1 supplier told",
        "changed nothing: without --dry-run it is done",
    ]
    state = state_of(project, "lunch")
    assert (state["orders"], state["sent"]) == ([], [])


def test_it_knows_what_was_done_before_and_leaves_the_world_and_the_home_as_they_are(project: Path) -> None:
    play(project, "lunch")
    world = project / "var" / "worlds" / "lunch"
    before = files(world)

    lines = said("run", "-s", "lunch", "--dry-run")

    assert {"would be nothing new", "2 had happened before"} <= set(lines)
    assert files(world) == before
    assert list((project / "var").glob("rehearsal-*")) == []


def test_what_a_person_would_be_asked_is_said_and_nobody_is_asked(project: Path) -> None:
    edit(project, "lunch", "menu.csv", lambda text: text.replace(",10.80,", ",60.80,").replace(",11.50,", ",51.50,"))

    lines = said("run", "-s", "lunch", "--dry-run")

    assert any(line.startswith("would ask allow or refuse order_lunch (") for line in lines)
    assert said("approvals") == ["Nothing waits for a person."]
    assert play(project, "lunch").outcome.exit_code == 3
    assert go_on(project).outcome.exit_code == 0


def test_where_effects_would_be_real_only_the_plan_is_shown(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = project / "config" / "settings.yaml"
    settings.write_text(settings.read_text().replace("mail: maildir", "mail: smtp"))
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:9")

    lines = said("run", "-s", "lunch", "--dry-run")

    assert "effects they are not tried on a copy: it would act on systems outside (mail: smtp)" in lines
    assert not any(line.startswith("rehearsal") for line in lines)


def test_a_copy_has_neither_ledger_nor_ways_outside_and_a_killed_one_is_removed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(project, "lunch")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/x")
    monkeypatch.setenv("APPRISE_URL", "json://127.0.0.1:9/")
    home = Home(project / "var")
    (home.root / "rehearsal-999999999").mkdir()

    with on_a_copy(home, "lunch") as copy:
        assert (copy.root / "worlds" / "lunch" / "mail").is_dir()
        assert not Home.here(project).has_ledger
        assert "APPRISE_URL" not in os.environ
        assert [one.name for one in home.root.glob("rehearsal-*")] == [copy.root.name]

    assert os.environ["DATABASE_URL"].startswith("postgresql://nobody")
    assert list(home.root.glob("rehearsal-*")) == []


def test_what_the_project_s_env_file_names_is_out_of_reach_of_a_rehearsal(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".env").write_text("APPRISE_URL=json://127.0.0.1:9/\n")
    monkeypatch.setenv("APPRISE_URL", "")  # so that the test's end takes away what the file sets
    monkeypatch.delenv("APPRISE_URL")
    reached: list[bool] = []
    real = crews.runner.start

    def start(*given: Any, **more: Any) -> Any:
        reached.append("APPRISE_URL" in os.environ)
        return real(*given, **more)

    monkeypatch.setattr(crews.runner, "start", start)
    said("run", "-s", "lunch", "--dry-run")

    assert reached == [True, False]
