"""What must be true of a crew as a whole: its manager, its members, its tasks, and that read-only means it."""

from collections.abc import Iterator

from crews.references import Known
from crews.sources import Entry
from crews.spec import CrewSpec
from runtime.problems import Problem


def crew_problems(entry: Entry[CrewSpec], known: Known) -> Iterator[Problem]:
    """Everything that keeps this crew from working."""
    if entry.value is None:
        return
    yield from _members(entry, entry.value, known)
    yield from _manager(entry, entry.value, known)
    yield from _tasks(entry, entry.value, known)
    if entry.value.read_only:
        yield from _changing(entry, entry.value, known)


def _members(entry: Entry[CrewSpec], crew: CrewSpec, known: Known) -> Iterator[Problem]:
    if not crew.agents:
        yield entry.source.problem(("agents",), f"crew '{entry.name}' has no agents", "name at least one role")
    for role in crew.agents:
        yield from known.unknown("role", role, known.roles, entry.source, ("agents", role))


def _manager(entry: Entry[CrewSpec], crew: CrewSpec, known: Known) -> Iterator[Problem]:
    source = entry.source
    if crew.process == "sequential":
        if crew.manager is not None:
            yield source.problem(
                ("manager",), "a sequential crew has no manager", "remove it, or use 'process: planned'"
            )
        return
    if crew.manager is None:
        message = f"crew '{entry.name}' has no manager"
        yield source.problem((), message, f"'process: {crew.process}' needs 'manager' with a role", key=True)
        return
    yield from known.unknown("role", crew.manager, known.roles, source, ("manager",))
    if crew.manager in crew.agents:
        message = f"'{crew.manager}' is the manager of this crew and one of its agents"
        yield source.problem(("agents", crew.manager), message, "remove it from 'agents'")
    card = known.roles[crew.manager].value if crew.manager in known.roles else None
    if card is not None and card.tools:
        message = f"the manager '{crew.manager}' has tools"
        yield source.problem(("manager",), message, "a manager plans and calls none; remove 'tools' from its card")


def _tasks(entry: Entry[CrewSpec], crew: CrewSpec, known: Known) -> Iterator[Problem]:
    source = entry.source
    members_known = bool(crew.agents) and all(role in known.roles for role in crew.agents)
    if crew.process == "sequential" and not crew.tasks:
        message = f"crew '{entry.name}' has no tasks"
        yield source.problem(("tasks",), message, "a sequential crew runs the tasks it lists; name at least one")
    for index, name in enumerate(crew.tasks):
        at = ("tasks", name)
        yield from known.unknown("task", name, known.tasks, source, at)
        task = known.tasks[name].value if name in known.tasks else None
        if task is None:
            continue
        if members_known and task.role in known.roles and task.role not in crew.agents:
            message = f"task '{name}' is for role '{task.role}', who is not in this crew"
            yield source.problem(at, message, "add the role to 'agents', or remove the task")
        for other in task.context:
            if other in known.tasks and other not in crew.tasks:
                message = f"task '{name}' needs the answer of '{other}', which is not in this crew"
                yield source.problem(at, message, f"add '{other}' to 'tasks'")
            elif crew.process == "sequential" and other in crew.tasks[index + 1 :]:
                yield source.problem(
                    at, f"task '{name}' needs the answer of '{other}', which runs later", "change the order"
                )


def _changing(entry: Entry[CrewSpec], crew: CrewSpec, known: Known) -> Iterator[Problem]:
    for role in crew.agents:
        card = known.roles[role].value if role in known.roles else None
        for tool in card.tools if card else ():
            effect = known.tools[tool].effect if tool in known.tools else "read"
            if effect != "read":
                message = f"crew '{entry.name}' is read-only, but its role '{role}' has '{tool}' (effect: {effect})"
                yield entry.source.problem(
                    ("read_only",), message, "remove the tool from the card, or the role from the crew"
                )
