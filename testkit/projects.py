"""Small projects for tests: a folder with a configuration of its own, and runs in it against a scripted model.

project = make_project(folder, agents="clerk: {role: Clerk, ...}", tasks=..., crews=...)
outcome, records = run_in(project, Wish(goal="...", crew="desk"), model)
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agents.chat import Model
from crews.answering import scripted
from crews.wish import Outcome, Wish
from runtime.database import open_database
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.records import Record

if TYPE_CHECKING:
    from crews.assistant import Answer

CHECKOUT = Path(__file__).resolve().parent.parent
SETTINGS = """assistant_world: null
house: {name: The House, mail: desk@house.example}
calendar: embedded
mail: maildir
records: sqlite
"""
PYPROJECT = '[project]\nname = "own"\nversion = "1"\n\n[tool.crewai]\ntype = "crew"\n'


def make_project(folder: Path, *, settings: str = SETTINGS, **files: str) -> Path:
    """A project in `folder`: the shipped configuration, with each of `files` (agents, tasks, ...) replaced."""
    config = folder / "config"
    config.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    for path in sorted((CHECKOUT / "config").glob("*.yaml")):
        shutil.copy(path, config / path.name)
    if not {"agents", "tasks", "crews"} & files.keys():  # whoever replaces one of them has all that it wants
        for path in sorted((CHECKOUT / "config").glob("*/*.yaml")):
            (config / path.parent.name).mkdir(exist_ok=True)
            shutil.copy(path, config / path.parent.name / path.name)
    for name, text in {"settings": settings, **files}.items():
        (config / f"{name}.yaml").write_text(text)
    return folder


def with_scenarios(project: Path) -> Path:
    """The same project with the shipped scenarios in it, and the roles, tasks and crews in files of their own."""
    for kind in ("agents", "tasks", "crews"):
        if (CHECKOUT / "config" / kind).is_dir():
            shutil.copytree(CHECKOUT / "config" / kind, project / "config" / kind, dirs_exist_ok=True)
    shutil.copytree(CHECKOUT / "scenarios", project / "scenarios", ignore=shutil.ignore_patterns("__pycache__"))
    return project


def run_in(project: Path, wish: Wish, model: Model) -> tuple[Outcome, list[Record]]:
    """The outcome of `wish` with `model` answering for every role, and the run's records, verified."""
    from crews.runner import start

    with home_in(project):
        outcome = start(project, wish, answering=scripted("model", "a test's script", model))
        return outcome, records_of(project, outcome.run)


def ask_in(project: Path, question: str, model: Model) -> "tuple[Answer, list[Record]]":
    """The assistant's answer with `model` answering, and the run's records, verified."""
    from crews.assistant import answer

    with home_in(project):
        said = answer(project, question, answering=scripted("model", "a test's script", model))
        return said, records_of(project, said.run)


def records_of(project: Path, run: str) -> list[Record]:
    """The records of a run in the project's own home. Raises LedgerError if its chain does not hold."""
    home = Home((project / "var").resolve())
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())) as ledger:
        ledger.verify(run)
        return ledger.records(run)


@contextmanager
def home_in(project: Path) -> Iterator[None]:
    """Within the block, DEPUTY_HOME is the project's own `var`."""
    before = os.environ.get("DEPUTY_HOME")
    os.environ["DEPUTY_HOME"] = str(project / "var")
    try:
        yield
    finally:
        if before is None:
            del os.environ["DEPUTY_HOME"]
        else:
            os.environ["DEPUTY_HOME"] = before
