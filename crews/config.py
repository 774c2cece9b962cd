"""The whole configuration of a project: read, checked and frozen before anything runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from agents.cards import RoleCard
from agents.models import ModelsFile
from crews.catalogue import Catalogue, find_tools
from crews.fitting import crew_problems
from crews.foreign.checks import file_problems, lock_problems, warnings
from crews.foreign.lock import Pin, read_lock
from crews.foreign.spec import FILE, ToolsFile
from crews.foreign.tools import ForeignTools, foreign_tools
from crews.policy_checks import policy_problems
from crews.references import Known, cycle_problems, display_name_problems, role_problems, task_problems
from crews.scenario import ScenarioSpec, read_scenarios, with_changes
from crews.scenario_checks import scenario_problems
from crews.sources import Entry, Reading, Source
from crews.spec import CrewSpec
from crews.timetable import LimitsFile, ScheduleSpec, limits_in, schedules_in, timetable_problems
from guard.policy import PolicyFile
from runtime.canonical import digest
from runtime.errors import UsageError
from runtime.problems import ConfigProblems, Problem, did_you_mean
from runtime.settings import Settings
from runtime.yamlfile import Located
from tasks.templates import TaskTemplate
from tools.tool import Tool

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Config:
    """A valid configuration. `roles` and `tasks` have the changes of the scenario it was loaded for, if there was one.

    `tools` are ours and foreign ones, by name. `digest` names all that was read but the pins of foreign tools and the
    limits: equal digests, equal configuration.
    """

    project: Path
    roles: Mapping[str, RoleCard]
    tasks: Mapping[str, TaskTemplate]
    crews: Mapping[str, CrewSpec]
    models: ModelsFile
    policies: PolicyFile
    settings: Settings
    scenarios: Mapping[str, ScenarioSpec]
    tools: Mapping[str, Tool]
    foreign: ForeignTools
    digest: str
    limits: LimitsFile = field(default_factory=LimitsFile)

    def scenario_folder(self, name: str) -> Path:
        """Where the scenario's files are."""
        return self.project / "scenarios" / name


def load_config(project: Path, scenario: str | None = None, *, tools: Catalogue | None = None) -> Config:
    """The project's configuration, for `scenario` if one is named. `tools` are this installation's unless given.

    Raises ConfigProblems with everything that is wrong in any file, and UsageError for a scenario that does not exist.
    """
    found = _Found.read(project, tools or find_tools())
    problems = found.all_problems()
    if problems:
        raise ConfigProblems(problems)
    if scenario is not None and scenario not in found.scenarios:
        raise UsageError(f"there is no scenario '{scenario}'", remedy=did_you_mean(scenario, found.scenarios))
    return found.config(scenario)


@dataclass(frozen=True)
class Names:
    """What there is in a project, by name, valid or not."""

    roles: list[str]
    crews: list[str]
    scenarios: list[str]


def read_names(project: Path) -> Names:
    """The names in the project's files, without asking whether all of them are right."""
    reading = Reading(project)
    roles, crews = reading.entries("agents", RoleCard), reading.entries("crews", CrewSpec)
    return Names(list(roles), list(crews), list(read_scenarios(reading)))


@dataclass(frozen=True)
class _Found:
    """All files of a project as read, valid or not."""

    reading: Reading
    catalogue: Catalogue
    roles: dict[str, Entry[RoleCard]]
    tasks: dict[str, Entry[TaskTemplate]]
    crews: dict[str, Entry[CrewSpec]]
    models: Entry[ModelsFile]
    policies: Entry[PolicyFile]
    settings: Entry[Settings]
    scenarios: dict[str, Entry[ScenarioSpec]]
    foreign: Entry[ToolsFile]
    pins: Mapping[str, Pin]
    schedules: dict[str, Entry[ScheduleSpec]]
    limits: Entry[LimitsFile] | None

    @classmethod
    def read(cls, project: Path, tools: Catalogue) -> "_Found":
        if not (project / "config").is_dir():
            hint = "name the project's folder, or run the command inside of it"
            raise ConfigProblems([Problem(str(project / "config"), 0, 0, "there is no such folder", hint)])
        reading = Reading(project)
        reading.check_names()
        foreign = Entry("tools", ToolsFile(), Source(Located(FILE)))
        if (project / FILE).exists():
            foreign = reading.whole("tools", ToolsFile)
        pins, problems = read_lock(project)
        reading.problems += problems
        return cls(
            reading,
            tools,
            reading.entries("agents", RoleCard),
            reading.entries("tasks", TaskTemplate),
            reading.entries("crews", CrewSpec),
            reading.whole("models", ModelsFile),
            reading.whole("policies", PolicyFile),
            reading.whole("settings", Settings),
            read_scenarios(reading),
            foreign,
            pins,
            schedules_in(reading),
            limits_in(reading),
        )

    def all_problems(self) -> list[Problem]:
        """Those of the files themselves, and of what they say of each other where the files have none."""
        first = [*self.reading.problems, *self.catalogue.problems]
        taken = {(one.file, one.line, one.column) for one in first if one.line}
        later = [one for one in self._between_files() if (one.file, one.line, one.column) not in taken]
        return [*first, *later]

    def _known(self) -> Known:
        specs = [one.value for one in self.scenarios.values() if one.value]
        words = frozenset(name for spec in specs for name in (*spec.inputs, *spec.facts))
        kinds = {"agents": "role", "tasks": "task", "crews": "crew"}
        some_tools = bool(self.catalogue.problems) or self.foreign.value is None
        unsure = {kinds[kind] for kind in self.reading.unreadable} | ({"tool"} if some_tools else set())
        return Known(self._foreign().over(self.catalogue.tools), self.roles, self.tasks, words, unsure)

    def _foreign(self) -> ForeignTools:
        file = self.foreign.value or ToolsFile()
        said = tuple(warnings(file, self.foreign.source.located, self.pins))
        return ForeignTools(file, foreign_tools(file, self.pins, self.reading.project), said)

    def _between_files(self) -> Iterator[Problem]:
        if self.foreign.value is not None:
            yield from file_problems(self.foreign.value, self.foreign.source.located, self.catalogue.tools)
            yield from lock_problems(self.foreign.value, self.pins)
        known = self._known()
        yield from display_name_problems(self.roles)
        for role in self.roles.values():
            yield from role_problems(role, known)
        for task in self.tasks.values():
            yield from task_problems(task, known)
        yield from cycle_problems(self.tasks)
        for crew in self.crews.values():
            yield from crew_problems(crew, known)
        yield from policy_problems(self.policies, known, self.scenarios)
        world = self.settings.value.assistant_world if self.settings.value else None
        if world is not None:
            at = ("assistant_world",)
            yield from known.unknown("scenario", world, self.scenarios, self.settings.source, at)
        for scenario in self.scenarios.values():
            yield from scenario_problems(scenario, self.crews, known, self.reading.project)
        providers = self.models.value.providers if self.models.value else {}
        yield from timetable_problems(
            self.schedules, self.limits, crews=self.crews, scenarios=self.scenarios, providers=providers
        )

    def config(self, scenario: str | None) -> Config:
        """The configuration, once there are no problems."""
        roles, tasks = self.roles, self.tasks
        if scenario is not None:
            roles, tasks, _ = with_changes(self.scenarios[scenario], roles, tasks)
        models, policies, settings = self.models.value, self.policies.value, self.settings.value
        assert models is not None
        assert policies is not None
        assert settings is not None
        parts: dict[str, Any] = {
            "roles": _values(roles),
            "tasks": _values(tasks),
            "crews": _values(self.crews),
            "models": models,
            "policies": policies,
            "settings": settings,
            "scenarios": _values(self.scenarios),
        }
        foreign = self._foreign()
        named = _digest(parts | ({"tools": foreign.digest} if foreign.tools else {}))
        tools = foreign.over(self.catalogue.tools)
        limits = self.limits.value if self.limits and self.limits.value else LimitsFile()
        return Config(project=self.reading.project, **parts, tools=tools, foreign=foreign, digest=named, limits=limits)


def _values(entries: Mapping[str, Entry[M]]) -> dict[str, M]:
    return {name: entry.value for name, entry in entries.items() if entry.value is not None}


def _digest(parts: Mapping[str, Any]) -> str:
    """What names the configuration. A budget is no part of it: a run that it stopped goes on with a larger one."""
    policies: PolicyFile = parts["policies"]
    rest = policies.model_dump(mode="json", exclude_none=True, exclude={"budget"})
    return digest({**parts, "policies": rest})
