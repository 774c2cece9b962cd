"""A project of its own for each test of a command, and a way to call the command in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import deputy
from cli.session import Doors

Call = Callable[..., Result]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is also the current folder."""
    folder = tmp_path / "house"
    (folder / "config").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[tool.crewai]\ntype = "crew"\n')
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("COLUMNS", raising=False)
    return folder


@pytest.fixture
def call(house: Path) -> Call:
    """Calls `deputy` with words and, if given, with doors of the test's own."""

    def called(*words: str, doors: Doors | None = None) -> Result:
        return CliRunner().invoke(deputy, list(words), obj=doors)

    return called
