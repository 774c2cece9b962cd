"""`deputy new`: what it writes is valid as it is, and what is there stays."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import deputy
from crews.config import load_config
from tests.config.house import build, load, problems

CARD = "config/agents/print_shop.yaml"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return build(tmp_path)


def call(house: Path, *words: str) -> Result:
    return CliRunner().invoke(deputy, ["new", *words, "--project", str(house)])


def test_a_new_role_is_valid_at_once_and_the_next_step_is_said(house: Path) -> None:
    result = call(house, "role", "print_shop")

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Wrote {CARD}\nNext: ")
    assert problems(house) == []
    card = load(house).roles["print_shop"]
    assert (card.role, card.tools, card.model) == ("Print-shop", (), "fast")


def test_a_new_scenario_is_valid_at_once(house: Path) -> None:
    result = call(house, "scenario", "spring_issue")

    assert result.exit_code == 0
    assert problems(house) == []
    spec = load(house, "spring_issue").scenarios["spring_issue"]
    assert (spec.title, spec.crew, list(spec.inputs)) == ("Spring issue", "press", ["notes"])
    assert (house / "scenarios/spring_issue/README.md").read_text().startswith("# Spring issue\n")


@pytest.mark.parametrize(
    ("words", "path"),
    [(("role", "print_shop"), CARD), (("scenario", "spring"), "scenarios/spring/README.md")],
)
def test_a_file_that_is_there_is_never_overwritten(house: Path, words: tuple[str, str], path: str) -> None:
    (house / path).parent.mkdir(parents=True, exist_ok=True)
    (house / path).write_text("mine\n")
    before = sorted(house.rglob("*"))

    result = call(house, *words)

    assert result.exit_code == 2
    assert (house / path).read_text() == "mine\n"
    assert sorted(house.rglob("*")) == before


@pytest.mark.parametrize(("kind", "name"), [("role", "writer"), ("scenario", "leaflet")])
def test_a_name_that_is_taken_is_refused(house: Path, kind: str, name: str) -> None:
    result = call(house, kind, name)

    assert result.exit_code == 2
    assert f"there is a {kind} '{name}' already" in result.stderr
    assert not (house / f"config/agents/{name}.yaml").exists()


@pytest.mark.parametrize("name", ["Print-Shop", "../../elsewhere", "2nd", ""])
def test_a_name_that_plans_cannot_use_is_refused(house: Path, name: str) -> None:
    before = sorted(house.rglob("*"))

    result = call(house, "role", name)

    assert result.exit_code == 2
    assert f"'{name}' cannot name a role" in result.stderr
    assert sorted(house.rglob("*")) == before


def test_a_new_project_is_valid_at_once(tmp_path: Path) -> None:
    result = CliRunner().invoke(deputy, ["new", "project", str(tmp_path / "Front Desk")])

    config = load_config(tmp_path / "Front Desk")
    assert result.exit_code == 0, result.stderr
    assert (list(config.roles), list(config.crews), list(config.scenarios)) == (["assistant"], ["assistant"], ["desk"])
    assert 'name = "front-desk"' in (tmp_path / "Front Desk" / "pyproject.toml").read_text()
    assert not list((tmp_path / "Front Desk").rglob("__*"))


def test_a_project_is_written_into_an_empty_folder_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    before = sorted(tmp_path.rglob("*"))

    for folder in (tmp_path, tmp_path / "file"):
        result = CliRunner().invoke(deputy, ["new", "project", str(folder)])
        assert (result.exit_code, "not an empty folder" in result.stderr) == (2, True)

    assert sorted(tmp_path.rglob("*")) == before
