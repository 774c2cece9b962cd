"""What the manager is told before it plans: the goal, the facts of the inputs, the roles, the tasks known by name."""

from collections.abc import Mapping
from typing import Any

from agents.playbook import Brief
from crews.lessons import lessons
from crews.opened import Opened
from tasks.templates import TaskTemplate, fill


def brief_of(opened: Opened) -> Brief:
    """The brief of a run. Only trusted text is in it: words of people, configuration, and facts of the inputs."""
    spec = opened.config.crews[opened.crew]
    goal = opened.goal.removesuffix(".")  # the sentence of a task that it stands in has a full stop of its own
    words = {**opened.words, "goal": goal, "question": opened.goal}
    roles = {role: opened.config.roles[role].tools for role in spec.agents}
    tasks = {name: _task(opened.config.tasks[name], words) for name in spec.tasks}
    learned = lessons(opened.world)
    facts = {**opened.facts, "learned": learned} if learned else opened.facts
    return Brief(opened.goal, facts, roles, tasks)


def _task(template: TaskTemplate, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "role": template.role,
        "description": fill(template.description, words),
        "expected": fill(template.expected_output, words),
        "tools": dict(template.tools),
        "after": list(template.context),
    }
