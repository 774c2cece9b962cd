"""What every command shares: the switches, the project folder with its `.env`, the ledger, and the way to the crew.

Switches may stand before or after the command's name: `deputy --json runs` and `deputy runs --json` are the same.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from runtime.errors import Cancelled, ConfigError
from runtime.quiet import quiet

if TYPE_CHECKING:
    from crews.assistant import Answer
    from crews.wish import Outcome, Wish
    from guard.plan import Plan
    from guard.warrant import Warrant
    from runtime.home import Home
    from runtime.ledger import Ledger
    from runtime.records import Record

_META = "deputy."
F = TypeVar("F", bound=Callable[..., Any])


class Start(Protocol):
    """`crews.runner.start`."""

    def __call__(
        self,
        project: Path,
        wish: "Wish",
        *,
        on_record: "Callable[[Record], None] | None" = None,
        on_banner: Callable[[str], None] | None = None,
        on_plan: "Callable[[Warrant], Plan | None] | None" = None,
    ) -> "Outcome": ...


class Respond(Protocol):
    """`crews.assistant.answer`."""

    def __call__(
        self,
        project: Path,
        question: str,
        *,
        principal: str,
        scenario: str | None = None,
        inputs: Mapping[str, Path] | None = None,
        earlier: str = "",
        on_text: Callable[[str], None] | None = None,
        on_record: "Callable[[Record], None] | None" = None,
        on_banner: Callable[[str], None] | None = None,
    ) -> "Answer": ...


@dataclass(frozen=True)
class Doors:
    """What `run` and `ask` call into, if it is not the crew itself."""

    start: Start | None = None
    respond: Respond | None = None


@dataclass(frozen=True)
class Session:
    """The switches of one command, and what they lead to."""

    as_json: bool
    color: bool
    quiet: bool
    named: Path | None

    def project(self) -> Path:
        """The project folder, after its `.env` has been read. Raises ConfigError if there is none."""
        folder = project_at(self.named) if self.named else project_above(Path.cwd())
        if (folder / ".env").is_file():
            from dotenv import load_dotenv

            load_dotenv(folder / ".env")
        quiet()
        return folder

    def home(self) -> "Home":
        """Where this project keeps what it makes."""
        from runtime.home import Home

        return Home.here(self.project())

    def ledger(self) -> "Ledger | None":
        """The ledger, or None if nothing was ever run here (looking does not make one)."""
        home = self.home()
        if not home.has_ledger:
            return None
        from runtime.database import open_database
        from runtime.ledger import Ledger

        return Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())

    def ledger_with_runs(self) -> "Ledger":
        """The ledger. Raises ConfigError if nothing was ever run here."""
        ledger = self.ledger()
        if ledger is None:
            raise ConfigError("nothing was ever run here", remedy="start with 'deputy run -s recruiting'")
        return ledger


def project_above(folder: Path) -> Path:
    """The nearest folder, from `folder` upwards, that is a project. Raises ConfigError if there is none."""
    for one in (folder, *folder.parents):
        if _is_project(one):
            return one
    raise ConfigError(
        f"'{folder}' is not in a Deputy project (no pyproject.toml with [tool.crewai] and config/ here or above)",
        remedy="change into the project, or name it with --project DIR",
    )


def project_at(folder: Path) -> Path:
    """`folder` itself, if it is a project. Raises ConfigError if not."""
    if _is_project(folder):
        return folder.resolve()
    raise ConfigError(
        f"'{folder}' is not a Deputy project",
        remedy="it needs a pyproject.toml with [tool.crewai] and a folder config/",
    )


def _is_project(folder: Path) -> bool:
    import tomllib

    try:
        text = (folder / "pyproject.toml").read_text(encoding="utf-8")
        return "crewai" in tomllib.loads(text).get("tool", {}) and (folder / "config").is_dir()
    except (OSError, ValueError):
        return False


def switches(command: F) -> F:
    """Give a command the switches that all commands have."""
    for option in (
        click.option("--json", "json", is_flag=True, **_kept("JSON lines on stdout; words for people on stderr.")),
        click.option(
            "--no-color", "no_color", is_flag=True, **_kept("No colours and no moving footer; so does NO_COLOR.")
        ),
        click.option("-q", "--quiet", "quiet", is_flag=True, **_kept("Only what came of it.")),
        click.option(
            "--project", type=click.Path(path_type=Path), metavar="DIR", **_kept("The project, if not here or above.")
        ),
    ):
        command = option(command)
    return command


def session() -> Session:
    """The session of the command that is running."""
    meta = click.get_current_context().meta
    color = not meta.get(f"{_META}no_color") and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    named = meta.get(f"{_META}project")
    return Session(bool(meta.get(f"{_META}json")), color, bool(meta.get(f"{_META}quiet")), named)


def doors() -> Doors:
    """Where `run` and `ask` lead."""
    found = click.get_current_context().find_object(Doors)
    return found or Doors()


def principal() -> str:
    """Who asks at this keyboard: `user:` and the login name."""
    import getpass

    try:
        return f"user:{getpass.getuser()}"
    except (OSError, KeyError):
        return "user:unknown"


def end_process(code: int) -> None:
    """End this process at once, whatever hangs in it: its run was cancelled or its time is over, as is recorded."""
    why = (
        "the run was cancelled"
        if code == Cancelled.exit_code
        else "the run's time is used up, and it did not end by itself"
    )
    click.echo(f"deputy: {why}; see 'deputy runs'", err=True)
    os._exit(code)


def _kept(words: str) -> dict[str, Any]:
    return {"help": words, "expose_value": False, "callback": _keep}


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value:
        context.meta[f"{_META}{parameter.name}"] = value
