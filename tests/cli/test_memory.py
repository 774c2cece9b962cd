"""`deputy memory`: what is remembered is listed with its trust, explained, added to and deleted."""

import json
from pathlib import Path

import pytest

from testkit.projects import make_project, with_scenarios
from tests.cli.conftest import Call


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = with_scenarios(make_project(tmp_path / "made"))
    monkeypatch.setenv("DEPUTY_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "worlds" / "house").mkdir(parents=True)
    return made


def test_a_fact_of_a_person_is_added_found_explained_and_forgotten(call: Call, project: Path) -> None:
    at = ("--project", str(project))
    added = call("memory", "add", "Jonas begins at nine", "--about", "Jonas", *at)
    listed = call("memory", "list", "nine", *at)
    told = call("memory", "why", "1", *at)
    gone = call("memory", "forget", "1", *at)

    assert [one.exit_code for one in (added, listed, told, gone)] == [0, 0, 0, 0]
    assert listed.stdout == "   1 known  Jonas: Jonas begins at nine\n"
    assert "written by user:" in told.stdout
    assert "trusted    yes" in told.stdout
    assert gone.stdout == "1 forgotten.\n"
    assert call("memory", "list", *at).stdout == "Nothing is remembered here.\n"


def test_with_json_each_fact_is_an_object(call: Call, project: Path) -> None:
    call("memory", "add", "a", "--about", "b", "--project", str(project))

    [line] = call("--json", "memory", "list", "--project", str(project)).stdout.splitlines()

    assert json.loads(line)["text"] == "a"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("forget",), "no fact is named"),
        (("forget", "9"), "there is no fact 9"),
        (("why", "9"), "there is no fact 9"),
        (("list", "--world", "elsewhere"), "the worlds are: house"),
    ],
)
def test_what_is_not_there_is_said_with_the_way_out(
    call: Call, project: Path, words: tuple[str, ...], said: str
) -> None:
    done = call("memory", *words, "--project", str(project))

    assert done.exit_code == 2
    assert said in done.stderr
