"""What names must agree across files: roles, tasks, crews, tools and tiers, each named only where it exists."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from agents.cards import RoleCard
from agents.models import TIERS
from crews.sources import Entry, Source
from runtime.problems import Problem, did_you_mean
from runtime.yamlfile import Loc
from tasks.templates import ALWAYS_FILLED, TaskTemplate, placeholders
from tools.tool import Tool

Roles = Mapping[str, Entry[RoleCard]]
Tasks = Mapping[str, Entry[TaskTemplate]]


@dataclass(frozen=True)
class Known:
    """Everything that may be named. `words` are the inputs and facts that scenarios fill in.

    `unsure` holds the kinds of which not all names are known, so that none is refused.
    """

    tools: Mapping[str, Tool]
    roles: Roles
    tasks: Tasks
    words: frozenset[str] = frozenset()
    unsure: Container[str] = ()

    def unknown(
        self, kind: str, name: str, known: Collection[str], source: Source, at: Loc, *, key: bool = False
    ) -> Iterator[Problem]:
        """A problem if `name` is none of the known ones of its kind."""
        if name not in known and kind not in self.unsure:
            yield source.problem(at, f"unknown {kind} '{name}'", did_you_mean(name, known), key=key)


def role_problems(entry: Entry[RoleCard], known: Known) -> Iterator[Problem]:
    """What a card names that does not exist."""
    card, source = entry.value, entry.source
    if card is None:
        return
    for tool in card.tools:
        yield from known.unknown("tool", tool, known.tools, source, ("tools", tool))
    yield from known.unknown("tier", card.model, TIERS, source, ("model",))
    for key, text in (("goal", card.goal), ("backstory", card.backstory)):
        for name in placeholders(text):
            hint = "say it in plain words; a run's goal reaches a role by its task"
            yield source.problem((key,), f"'{{{name}}}' is not filled in on a card", hint)


def display_name_problems(roles: Roles) -> Iterator[Problem]:
    """Roles that people and managers could not tell apart."""
    seen: dict[str, str] = {}
    for name, entry in roles.items():
        if entry.value is not None:
            first = seen.setdefault(entry.value.role.casefold(), name)
            if first != name:
                message = f"role '{first}' is called '{entry.value.role}' too"
                yield entry.source.problem(("role",), message, "give each role a word of its own")


def task_problems(entry: Entry[TaskTemplate], known: Known) -> Iterator[Problem]:
    """What a task names that does not exist, or that its role does not have."""
    task, source = entry.value, entry.source
    if task is None:
        return
    yield from known.unknown("role", task.role, known.roles, source, ("role",))
    card = known.roles[task.role].value if task.role in known.roles else None
    for tool in task.tools:
        if tool not in known.tools:
            yield from known.unknown("tool", tool, known.tools, source, ("tools", tool))
        elif card is not None and tool not in card.tools and all(one in known.tools for one in card.tools):
            message = f"role '{task.role}' does not have the tool '{tool}'"
            yield source.problem(("tools", tool), message, "add it to the role's card, or remove it here")
    for other in task.context:
        yield from known.unknown("task", other, known.tasks, source, ("context", other))
    yield from placeholder_problems((task.description, task.expected_output), known.words, source, ("description",))


def placeholder_problems(texts: Iterable[str], words: Collection[str], source: Source, at: Loc) -> Iterator[Problem]:
    """Names in braces that no run can fill."""
    allowed = {*ALWAYS_FILLED, *words}
    for name in dict.fromkeys(name for text in texts for name in placeholders(text)):
        if name not in allowed:
            hint = did_you_mean(name, allowed)
            if not hint.startswith("did"):
                hint += "; a scenario fills in what it lists under 'inputs' and 'facts'"
            yield source.problem(at, f"nothing fills '{{{name}}}'", hint)


def cycle_problems(tasks: Tasks) -> Iterator[Problem]:
    """Tasks that wait for each other in a circle, each circle once."""
    waits = {name: list(entry.value.context) for name, entry in tasks.items() if entry.value is not None}
    while True:
        try:
            TopologicalSorter(waits).prepare()
        except CycleError as error:
            circle: list[str] = list(reversed(error.args[1]))
        else:
            return
        start = min(range(len(circle) - 1), key=lambda index: list(waits).index(circle[index]))
        circle = [*circle[start:-1], *circle[:start], circle[start]]
        said = (
            f"tasks wait for each other: {' -> '.join(circle)}"
            if len(circle) > 2
            else f"'{circle[0]}' waits for itself"
        )
        source = tasks[circle[0]].source
        yield source.problem(("context", circle[1]), said, "remove one of these from a 'context'")
        waits[circle[0]].remove(circle[1])
