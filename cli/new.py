"""`deputy new`: the files of a project, a role or a scenario, commented and valid. Nothing is ever overwritten."""

import re
import shutil
from pathlib import Path

import click

from cli.session import session, switches
from runtime.errors import UsageError
from runtime.fields import NAME, NAME_HINT

_ROLE = """\
# yaml-language-server: $schema=../schema/agent.json
#
# The card of one role; '{name}' in crews.yaml and tasks.yaml.

# What people and other agents read: one word.
role: {word}
goal: Say in one sentence what this role is after.
backstory: >-
  Say in two or three sentences how it works, what it takes care of, and what it never does.
  The model reads this at every step, so keep it short.

# The most this role may ever use. What it may do in a run is in the accepted plan, and is less.
tools: []

model: fast                 # a tier of models.yaml
max_turns: 25               # how many answers of the model a step may take at most
"""

_SCENARIO = """\
# yaml-language-server: $schema=../../config/schema/scenario.json

title: {title}
goal: Do with {{notes}} what the person wants done.      # {{notes}} stands for the input below
crew: {crew}

inputs:
  notes:
    default: notes.md       # inside this folder; 'deputy run -s {name} --input notes=FILE' takes another
    kind: file
    about: What the person wrote down.

# now: 2027-03-08T09:00:00+01:00         # the date the demo world lives in; without it, today
# playbook: scenarios.{name}.scene       # the Python module that answers when no model is configured

# Changes to cards and tasks, for this scenario only:
# agents:
#   {role}: {{model: strong}}
"""

_README = """\
# {title}

Say here what the scenario shows, and what a run of it should end with.

| file | what it is |
|---|---|
| `scenario.yaml` | the goal, the crew, the inputs |
| `notes.md` | the input that a run works on unless another is given |

Run it with `deputy run -s {name}`.
"""

_NOTES = "# Notes\n\nPut here what the crew needs to know.\n"


_STARTER = Path(__file__).parent / "starter"
_SHIPPED = Path(__file__).parents[1] / "config"
_PROJECT = """\
[project]
name = "{name}"
version = "0.1.0"

[tool.crewai]
type = "crew"
"""


@click.group()
def new() -> None:
    """Start a project, or add a role or a scenario: files to start from."""


@new.command(short_help="Write a new project to start from.")
@click.argument("folder", type=click.Path(path_type=Path))
@switches
def project(folder: Path) -> None:
    """Write a new project into FOLDER: an assistant that answers from documents, with two documents to try."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(f"'{folder}' is there and not an empty folder, and is left as it is", remedy="choose another")
    shutil.copytree(_STARTER, folder, ignore=shutil.ignore_patterns("__*"), dirs_exist_ok=True)
    shutil.copytree(_SHIPPED / "schema", folder / "config" / "schema")
    shutil.copy(_SHIPPED / "models.yaml", folder / "config" / "models.yaml")
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "project"
    (folder / "pyproject.toml").write_text(_PROJECT.format(name=name), encoding="utf-8")
    (folder / ".gitignore").write_text("var/\n.env\n", encoding="utf-8")
    written = sorted(one for one in folder.rglob("*") if one.is_file() and one.parent.name != "schema")
    for path in () if session().quiet else written:
        click.echo(f"Wrote {path}")
    click.echo(f'Next: cd {folder}, then ask: deputy ask "When is the office open?"')


@new.command()
@click.argument("name")
@switches
def role(name: str) -> None:
    """Write the card of a new role, config/agents/NAME.yaml."""
    from crews.config import read_names

    project = session().project()
    _check_name("role", name, read_names(project).roles)
    card = _ROLE.format(name=name, word=name.capitalize().replace("_", "-"))
    _write(project, {f"config/agents/{name}.yaml": card})
    click.echo(
        f"Next: describe it there, add '{name}' to a crew's 'agents' in config/crews.yaml, run 'deputy validate'."
    )


@new.command()
@click.argument("name")
@switches
def scenario(name: str) -> None:
    """Write a new scenario, scenarios/NAME/."""
    from crews.config import read_names

    project = session().project()
    names = read_names(project)
    _check_name("scenario", name, names.scenarios)
    title = name.capitalize().replace("_", " ")
    crews = sorted(names.crews, key=lambda one: one != "deputy")
    words = {"name": name, "title": title, "crew": (crews or ["deputy"])[0], "role": (names.roles or ["researcher"])[0]}
    _write(
        project,
        {
            f"scenarios/{name}/scenario.yaml": _SCENARIO.format(**words),
            f"scenarios/{name}/README.md": _README.format(**words),
            f"scenarios/{name}/notes.md": _NOTES,
        },
    )
    click.echo(f"Next: write the goal in scenario.yaml, run 'deputy validate', then 'deputy run -s {name}'.")


def _check_name(kind: str, name: str, taken: list[str]) -> None:
    if not NAME.fullmatch(name):
        raise UsageError(f"'{name}' cannot name a {kind}", remedy=NAME_HINT)
    if name in taken:
        raise UsageError(f"there is a {kind} '{name}' already", remedy="choose another name, or edit what is there")


def _write(project: Path, files: dict[str, str]) -> None:
    """Write all files, or none if one of them is there."""
    for path in files:
        if (project / path).exists():
            raise UsageError(f"{path} is there already, and is left as it is", remedy="choose another name")
    for path, text in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        with (project / path).open("x", encoding="utf-8") as file:
            file.write(text)
        click.echo(f"Wrote {path}")
