"""What must be true of a scenario: its files are there, and its crew still fits with the changes it makes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from crews.fitting import crew_problems
from crews.references import Known, cycle_problems, placeholder_problems, role_problems, task_problems
from crews.scenario import MODULE, ScenarioInput, ScenarioSpec, with_changes
from crews.sources import Entry, Source
from crews.spec import CrewSpec
from runtime.problems import Problem


def scenario_problems(
    entry: Entry[ScenarioSpec], crews: Mapping[str, Entry[CrewSpec]], known: Known, project: Path
) -> Iterator[Problem]:
    """Everything that keeps this scenario from running."""
    spec, source = entry.value, entry.source
    if spec is None:
        return
    yield from known.unknown("crew", spec.crew, crews, source, ("crew",))
    for name, one in spec.inputs.items():
        yield from _input_problems(name, one, source, project / "scenarios" / entry.name)
    yield from placeholder_problems((spec.goal,), {*spec.inputs, *spec.facts}, source, ("goal",))
    if spec.playbook is not None:
        yield from _playbook_problems(spec.playbook, source, project)
    yield from _change_problems(entry, spec, crews.get(spec.crew), known)


def _input_problems(name: str, one: ScenarioInput, source: Source, folder: Path) -> Iterator[Problem]:
    if one.default is None:
        return
    at = ("inputs", name, "default")
    path = folder / one.default
    if not path.resolve().is_relative_to(folder.resolve()):
        yield source.problem(at, f"'{one.default}' lies outside of the scenario's folder", "copy what it needs into it")
    elif not path.exists():
        yield source.problem(at, f"there is no '{one.default}' in {folder.parent.name}/{folder.name}")
    elif path.is_dir() != (one.kind == "folder"):
        right = "folder" if path.is_dir() else "file"
        yield source.problem(at, f"'{one.default}' is a {right}", f"write 'kind: {right}'")


def _playbook_problems(module: str, source: Source, project: Path) -> Iterator[Problem]:
    path = project.joinpath(*module.split("."))
    if not MODULE.fullmatch(module):
        hint = "write it with dots, such as scenarios.recruiting.scene"
        yield source.problem(("playbook",), f"'{module}' is not the name of a module", hint)
    elif not path.with_suffix(".py").is_file() and not (path / "__init__.py").is_file():
        expected = path.with_suffix(".py").relative_to(project).as_posix()
        yield source.problem(("playbook",), f"there is no module '{module}'", f"it would be {expected}")


def _change_problems(
    entry: Entry[ScenarioSpec], spec: ScenarioSpec, crew: Entry[CrewSpec] | None, known: Known
) -> Iterator[Problem]:
    for name in spec.agents:
        yield from known.unknown("role", name, known.roles, entry.source, ("agents", name), key=True)
    for name in spec.tasks:
        yield from known.unknown("task", name, known.tasks, entry.source, ("tasks", name), key=True)
    roles, tasks, problems = with_changes(entry, dict(known.roles), dict(known.tasks))
    yield from problems
    changed = replace(known, roles=roles, tasks=tasks)
    for name in spec.agents.keys() & known.roles.keys():
        yield from _new(role_problems(roles[name], changed), role_problems(known.roles[name], known))
    for name in spec.tasks.keys() & known.tasks.keys():
        yield from _new(task_problems(tasks[name], changed), task_problems(known.tasks[name], known))
    if any("context" in change for change in spec.tasks.values()):
        yield from _new(cycle_problems(tasks), cycle_problems(known.tasks))
    if crew is not None and (spec.agents or spec.tasks):
        here = replace(crew, source=Source(entry.source.located, ("crew",)))
        yield from _new(crew_problems(here, changed), crew_problems(crew, known))
        yield from _tools_taken_away(entry, spec, crew, changed)


def _tools_taken_away(
    entry: Entry[ScenarioSpec], spec: ScenarioSpec, crew: Entry[CrewSpec], changed: Known
) -> Iterator[Problem]:
    """Tools that a changed card no longer has, though a task of the crew, itself unchanged, calls them."""
    for name in crew.value.tasks if crew.value else ():
        task = changed.tasks[name].value if name in changed.tasks else None
        if task is None or name in spec.tasks or task.role not in spec.agents or task.role not in changed.roles:
            continue
        card = changed.roles[task.role].value
        for tool in task.tools:
            if card is not None and tool in changed.tools and tool not in card.tools:
                at = ("agents", task.role, "tools")
                yield entry.source.problem(at, f"task '{name}' calls '{tool}', which role '{task.role}' no longer has")


def _new(found: Iterator[Problem], before: Iterator[Problem]) -> Iterator[Problem]:
    """Those of `found` that the scenario's changes bring, not those that were there before them."""
    old = {one.message for one in before}
    yield from (one for one in found if one.message not in old)
