"""`deputy validate`: what is printed, and what it exits with."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import deputy
from tests.config.house import build, edited, without_tools

MISTAKES = {
    **edited("config/policies.yaml", ("[note]", "[]"), ("deny", "denny"), ("usd: 1.5", "usd: -1")),
    **edited("config/settings.yaml", ("leaflet", "leaflets")),
}


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    return build(tmp_path, without_tools())


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return build(tmp_path, {**without_tools(), **MISTAKES})


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(deputy, [str(word) for word in words])


def test_a_valid_configuration_is_one_line_and_exit_0(valid: Path) -> None:
    result = call("validate", valid)

    assert result.exit_code == 0
    assert result.stdout.startswith("The configuration is valid: 3 roles, 3 tasks, 2 crews, 1 scenario, ")
    assert result.stdout.count("\n") == 1


def test_problems_are_grouped_by_file_and_exit_with_4(broken: Path) -> None:
    result = call("validate", broken)

    assert result.exit_code == 4
    assert result.stdout.splitlines() == [
        "config/policies.yaml:1:48: 'usd' must be at least 0, not '-1'",
        "config/policies.yaml:2:1: unknown key 'denny'; did you mean 'deny'?",
        "",
        "config/settings.yaml:2:18: unknown scenario 'leaflets'; did you mean 'leaflet'?",
        "",
        "3 problems in 2 files. Nothing was run.",
    ]


def test_json_is_one_object_with_every_problem_and_its_place(broken: Path) -> None:
    result = call("validate", broken, "--json")

    said = json.loads(result.stdout)
    assert result.exit_code == 4
    assert said["valid"] is False
    assert said["problems"][1] == {
        "file": "config/policies.yaml",
        "line": 2,
        "column": 1,
        "message": "unknown key 'denny'",
        "hint": "did you mean 'deny'?",
    }


def test_json_of_a_valid_configuration_counts_and_has_the_digest(valid: Path) -> None:
    said = json.loads(call("validate", valid, "--json").stdout)

    assert (said["valid"], said["roles"], said["scenarios"]) == (True, 3, 1)
    assert len(said["digest"]) == 64


def test_a_folder_without_configuration_exits_with_4(tmp_path: Path) -> None:
    result = call("validate", tmp_path)

    assert result.exit_code == 4
    assert "there is no such folder" in result.stdout


def test_without_a_folder_the_project_around_is_checked_by_a_light_process(broken: Path) -> None:
    code = (
        "import atexit, sys\n"
        "heavy = {'crewai', 'sqlalchemy', 'rich', 'langchain_core', 'pdfplumber', 'icalendar'}\n"
        "atexit.register(lambda: print('heavy:', sorted(heavy & set(sys.modules))))\n"
        "from cli.main import main\n"
        "sys.argv = ['deputy', 'validate']\n"
        "main()\n"
    )
    inside = broken / "scenarios" / "leaflet"

    done = subprocess.run([sys.executable, "-c", code], cwd=inside, capture_output=True, text=True, check=False)

    assert done.returncode == 4
    assert done.stderr == ""
    assert done.stdout.splitlines()[-2:] == ["3 problems in 2 files. Nothing was run.", "heavy: []"]
