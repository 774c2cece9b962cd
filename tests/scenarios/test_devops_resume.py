"""A DevOps run that stopped, or was asked for twice, ends in the same forge: one pull request a task, one merge."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.devops.scene import SCENE
from testkit.projects import CHECKOUT, home_in
from tests.scenarios.devops import Played, play, played, shipped, state_of, world_of


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


def with_budget(project: Path, model_calls: int) -> None:
    """The shipped policy, with another number of model calls."""
    policy = (CHECKOUT / "config" / "policies.yaml").read_text()
    (project / "config" / "policies.yaml").write_text(policy.replace("model_calls: 300", f"model_calls: {model_calls}"))


@pytest.mark.parametrize("stops_after", [8, 22])
@pytest.mark.statement("devops", 11)
def test_a_run_that_stopped_goes_on_to_the_same_forge(tmp_path: Path, devops: Played, stops_after: int) -> None:
    from crews.runner import resume

    project = shipped(tmp_path / "project")
    with_budget(project, stops_after)
    stopped = play(project)
    with_budget(project, 300)
    with home_in(project):
        outcome = resume(project, None, by="user:ana", accept_drift=True)
    done = played(project, outcome)

    assert (stopped.outcome.exit_code, outcome.exit_code, outcome.run) == (6, 0, stopped.outcome.run)
    assert done.state == devops.state
    for kind in ("tool.done", "tool.intended"):
        assert done.keys(kind) == devops.keys(kind)
    assert len(set(done.keys("model.called"))) == len(done.keys("model.called")) == len(devops.keys("model.called"))


@pytest.mark.statement("devops", 11)
def test_two_processes_that_were_asked_for_the_same_merge_and_open_everything_once(
    tmp_path: Path, devops: Played
) -> None:
    project = shipped(tmp_path / "project")
    environ = {**os.environ, "DEPUTY_HOME": str(project / "var"), "MODEL": "playbook", "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "cli.main", "run", "-s", "devops", "--project", str(project)]

    running = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in "ab"]
    said = [one.communicate()[0].decode() for one in running]

    now = state_of(project)
    assert [one.returncode for one in running] == [0, 0], said
    assert sorted(line.split(" ", 1)[1] for line in now.main) == sorted(
        line.split(" ", 1)[1] for line in devops.state.main
    )
    assert now.requests == devops.state.requests
    assert now.issues == devops.state.issues


def test_a_world_whose_seeding_was_cut_off_is_completed(tmp_path: Path) -> None:
    seeded = []
    for name in ("whole", "cut"):
        project = shipped(tmp_path / name)
        checkout = project / "var" / "worlds" / "devops" / "checkout"
        if name == "cut":  # one died before its checkout was whole, the next one before it had opened anything
            (checkout.with_name("checkout.draft") / "half").mkdir(parents=True)
            shutil.copytree(tmp_path / "whole" / "var" / "worlds" / "devops" / "checkout", checkout, symlinks=True)
        world = world_of(project)
        SCENE.prepare(world)
        SCENE.prepare(world)
        world.close()
        seeded.append(state_of(project))

    assert seeded[0] == seeded[1]
    assert len(seeded[0].requests) == 8
