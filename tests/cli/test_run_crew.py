"""`run_crew`, which `crewai run` starts: everything by environment, and the right exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.run_crew import arguments


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, ["run", "-s", "recruiting"]),
        ({"SCENARIO": "finops"}, ["run", "-s", "finops"]),
        ({"CREW": "assistant", "GOAL": "Which positions are open?"}, ["ask", "Which positions are open?"]),
        ({"GOAL": "Plan my week"}, ["run", "Plan my week"]),
        ({"GOAL": "Plan my week", "CREW": "desk"}, ["run", "Plan my week", "--crew", "desk"]),
        (
            {"INPUT_RESUMES": "cvs", "INPUT_JOB": "job.yaml"},
            ["run", "-s", "recruiting", "--input", "job=job.yaml", "--input", "resumes=cvs"],
        ),
    ],
)
def test_the_environment_becomes_a_command_line(environ: dict[str, str], words: list[str]) -> None:
    assert arguments(environ) == words


def run_crew(project: Path, home: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    script = Path(sys.executable).parent / "run_crew"
    env = {**os.environ, "DEPUTY_HOME": str(home), "MODEL": "playbook", **environ}
    return subprocess.run([script], cwd=project, env=env, capture_output=True, text=True, check=False)


def test_a_run_that_fails_exits_with_its_own_code(project: Path, tmp_path: Path) -> None:
    assert run_crew(project, tmp_path, SCENARIO="recruting").returncode == 2
    assert run_crew(project, tmp_path, CREW="assistant", GOAL="What is the weather like?").returncode == 4


def test_a_question_is_answered_and_exits_with_zero(project: Path, tmp_path: Path) -> None:
    done = run_crew(project, tmp_path, CREW="assistant", GOAL="Which positions are open?")

    assert done.returncode == 0
    assert "Senior Data Engineer" in done.stdout


def test_crewai_run_runs_the_scenario_that_the_environment_names(project: Path, tmp_path: Path) -> None:
    """CrewAI's own command calls `uv run run_crew`, and must not change the project."""
    programs = Path(sys.executable).parent
    before = (project / "pyproject.toml").read_text()
    env = {**os.environ, "DEPUTY_HOME": str(tmp_path), "MODEL": "playbook", "PATH": f"{programs}:{os.environ['PATH']}"}
    env |= {"CREW": "assistant", "GOAL": "Which positions are open?", "VIRTUAL_ENV": str(programs.parent)}

    done = subprocess.run(
        [programs / "crewai", "run"], cwd=project, env=env, capture_output=True, text=True, check=False
    )

    assert "Senior Data Engineer" in done.stdout + done.stderr
    assert (project / "pyproject.toml").read_text() == before
    assert not (project / "uv.lock").exists()
