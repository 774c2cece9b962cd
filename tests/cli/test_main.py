"""The command as a whole: help, mistyped words, the project, errors and their exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.main import COMMANDS, deputy
from cli.session import Doors, project_above
from runtime.errors import BudgetExceeded, ConfigError, Denied, DeputyError, LedgerError, RunStopped, UsageError
from testkit.storyteller import storyteller
from tests.cli.conftest import Call


def test_help_names_every_command_and_every_exit_code(call: Call) -> None:
    shown = call("--help")

    assert shown.exit_code == 0
    assert all(f"  {name} " in shown.stdout for name in COMMANDS)
    assert all(f"  {code} " in shown.stdout for code in (0, 1, 2, 3, 4, 5, 6, 130))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_the_common_switches(call: Call, name: str) -> None:
    shown = call(name, "--help")

    assert shown.exit_code == 0
    if name != "new":
        assert "--json" in shown.stdout


def test_help_and_listing_import_neither_crewai_nor_rich() -> None:
    code = (
        "import sys; from cli.main import deputy; deputy(['--help'], standalone_mode=False); "
        "import cli.runs, cli.show, cli.run, cli.live, cli.doctor; "
        "print([name for name in ('crewai', 'rich', 'sqlalchemy', 'pydantic', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_a_mistyped_command_gets_the_nearest_one(call: Call) -> None:
    shown = call("artifacts")

    assert shown.exit_code == 2
    assert "artefacts" in shown.stderr


def test_switches_may_stand_before_or_after_the_command(call: Call) -> None:
    call("run", "-s", "recruiting", doors=Doors(start=storyteller()))

    assert call("--json", "runs").stdout == call("runs", "--json").stdout
    assert call("runs", "--json").stdout.startswith('{"run":')


def test_the_project_is_found_from_a_folder_inside_of_it(house: Path) -> None:
    inside = house / "config"

    assert project_above(inside) == house


def test_outside_of_a_project_the_command_says_how_to_name_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    shown = CliRunner().invoke(deputy, ["runs"])

    assert shown.exit_code == 4
    assert f"'{tmp_path}' is not in a Deputy project" in shown.stderr
    assert "--project DIR" in shown.stderr


def test_a_project_can_be_named(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert CliRunner().invoke(deputy, ["--project", str(house), "runs"]).exit_code == 0
    assert CliRunner().invoke(deputy, ["runs", "--project", str(tmp_path)]).exit_code == 4


def test_the_env_file_is_read_and_the_environment_wins(
    house: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    (house / ".env").write_text(f"DEPUTY_HOME={house / 'elsewhere'}\nMODEL=from-file\n")
    monkeypatch.setenv("MODEL", "from-environment")
    monkeypatch.setenv("DEPUTY_HOME", "to be put back")
    del os.environ["DEPUTY_HOME"]

    call("run", "-s", "recruiting", doors=Doors(start=storyteller()))

    assert (house / "elsewhere" / "ledger.sqlite").exists()
    assert os.environ["MODEL"] == "from-environment"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DeputyError("it failed", remedy="try"), 1),
        (LedgerError("it failed", remedy="try"), 1),
        (UsageError("it failed", remedy="try"), 2),
        (ConfigError("it failed", remedy="try"), 4),
        (Denied("it failed", remedy="try"), 5),
        (BudgetExceeded("it failed", remedy="try"), 6),
        (RunStopped(BudgetExceeded("it failed", remedy="try")), 6),
    ],
)
def test_an_error_before_the_run_is_two_lines_and_its_own_exit_code(
    call: Call, error: BaseException, code: int
) -> None:
    def start(*_: object, **__: object) -> None:
        raise error

    shown = call("run", "-s", "recruiting", doors=Doors(start=start))  # type: ignore[arg-type]  # it never returns

    assert shown.exit_code == code
    assert shown.stderr == "deputy: it failed\nFix: try\n"
    assert shown.stdout == ""


def test_an_unexpected_error_is_words_and_a_traceback_only_when_asked_for(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*_: object, **__: object) -> None:
        raise KeyError("lost")

    doors = Doors(start=start)  # type: ignore[arg-type]  # it never returns
    shown = call("run", "-s", "recruiting", doors=doors)
    monkeypatch.setenv("DEPUTY_DEBUG", "1")
    debugged = call("run", "-s", "recruiting", doors=doors)

    assert shown.exit_code == 1
    assert shown.stderr.startswith("deputy: something unexpected happened: KeyError: 'lost'\nFix: ")
    assert isinstance(debugged.exception, KeyError)


def test_escape_sequences_in_an_error_do_not_reach_the_terminal(call: Call) -> None:
    def start(*_: object, **__: object) -> None:
        raise ConfigError("config/\x1b]0;owned\x07agents.yaml: \x1b[2Jbroken", remedy="mend \x9b31mit")

    shown = call("run", "-s", "recruiting", doors=Doors(start=start))  # type: ignore[arg-type]  # it never returns

    assert shown.stderr == "deputy: config/agents.yaml: broken\nFix: mend 31mit\n"


def test_commands_that_click_loads_are_click_commands() -> None:
    group = deputy
    assert isinstance(group, click.Group)
    context = click.Context(group)

    assert all(isinstance(group.get_command(context, name), click.Command) for name in COMMANDS)
