"""Scenarios: a goal, its inputs, its crew and its changes to cards and tasks, from scenarios/*/scenario.yaml."""

import re
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from agents.cards import RoleCard
from crews.goals import GoalForm
from crews.sources import Entry, Reading, Source
from guard.plan import Name
from runtime.checked import checked_data
from runtime.fields import NAME, NAME_HINT, Text
from runtime.problems import Problem
from tasks.templates import TaskTemplate

M = TypeVar("M", bound=BaseModel)

MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


class ScenarioInput(BaseModel):
    """A file or folder that a run of the scenario works on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: str | None = Field(
        default=None, description="path inside the scenario's folder; without one the person must name the input"
    )
    optional: bool = Field(default=False, description="whether a run goes without it, if the person names none")
    kind: Literal["file", "folder"] = Field(default="file", description="file or folder")
    about: str = Field(default="", description="what the input is, for the person who brings their own")


class ScenarioSpec(BaseModel):
    """One scenario. `now` is the date its demo world lives in; None means today."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text = Field(description="the scenario in a few words")
    goal: Text = Field(description="what a person would ask for; {name} stands for the input of that name")
    crew: str = Field(description="a crew of config/crews.yaml")
    inputs: dict[Name, ScenarioInput] = Field(default_factory=dict, description="the files and folders it works on")
    facts: tuple[Name, ...] = Field(
        default=(), description="what the playbook's module reads from the inputs; {name} stands for it in texts"
    )
    now: Annotated[AwareDatetime | None, Field(description="the demo world's own date and time, with its zone")] = None
    retention_days: int | None = Field(
        default=None, ge=1, le=36_500, description="days after which 'deputy forget --due' erases a person it holds"
    )
    playbook: str | None = Field(default=None, description="the Python module whose playbook answers without a model")
    goals: tuple[GoalForm, ...] = Field(
        default=(), description="goals in everyday words that its playbook understands, without naming the scenario"
    )
    agents: dict[str, dict[str, Any]] = Field(default_factory=dict, description="changes to role cards, by role")
    tasks: dict[str, dict[str, Any]] = Field(default_factory=dict, description="changes to task templates, by task")

    instead: ClassVar[dict[str, str]] = {
        "name": "remove it; the folder's name is the scenario's",
        "description": "use 'title', and README.md for the rest",
        "date": "use 'now'",
    }


def read_scenarios(reading: Reading) -> dict[str, Entry[ScenarioSpec]]:
    """Every scenario of the project, by the name of its folder."""
    found = {}
    for path in sorted((reading.project / "scenarios").glob("*/scenario.y*ml")):
        shown, name = path.relative_to(reading.project).as_posix(), path.parent.name
        if path.suffix != ".yaml":
            reading.problems.append(Problem(shown, 0, 0, "nothing reads this file", "name it scenario.yaml"))
            continue
        if not NAME.fullmatch(name):
            reading.problems.append(Problem(shown, 0, 0, f"the folder '{name}' cannot name a scenario", NAME_HINT))
        located = reading.file(shown)
        source = Source(located)
        found[name] = reading.entry(name, ScenarioSpec, source) if located.readable else Entry(name, None, source)
    return found


def with_changes(
    scenario: Entry[ScenarioSpec], roles: dict[str, Entry[RoleCard]], tasks: dict[str, Entry[TaskTemplate]]
) -> tuple[dict[str, Entry[RoleCard]], dict[str, Entry[TaskTemplate]], list[Problem]]:
    """Roles and tasks as the scenario has them, and what is wrong with its changes.

    A changed entry's source is the scenario's file. Changes to what does not exist are left out here.
    """
    changed_roles, changed_tasks = dict(roles), dict(tasks)
    problems: list[Problem] = []
    if scenario.value is None:
        return changed_roles, changed_tasks, problems
    for name, change in scenario.value.agents.items():
        if name in roles:
            changed_roles[name] = _changed(roles[name], RoleCard, change, scenario, "agents", problems)
    for name, change in scenario.value.tasks.items():
        if name in tasks:
            changed_tasks[name] = _changed(tasks[name], TaskTemplate, change, scenario, "tasks", problems)
    return changed_roles, changed_tasks, problems


def _changed(
    entry: Entry[M], model: type[M], change: dict[str, Any], scenario: Entry[Any], kind: str, problems: list[Problem]
) -> Entry[M]:
    source = Source(scenario.source.located, (*scenario.source.at, kind, entry.name))
    if entry.value is None:
        return Entry(entry.name, None, source)
    merged = {**entry.value.model_dump(mode="json"), **change}
    value, found = checked_data(model, merged, source.located, source.at)
    problems += found
    return Entry(entry.name, value, source)
