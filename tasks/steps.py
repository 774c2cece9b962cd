"""From task templates to the steps of a plan."""

from collections.abc import Mapping, Sequence
from typing import Any

from guard.plan import Grant, Plan, Step, Value

Tasks = Mapping[str, Mapping[str, Any]]
"""Tasks by name, each with `role`, `description`, `expected`, `tools` (name to times) and `after` (names)."""


Pins = Mapping[str, Mapping[str, Sequence[Value]]]
"""The values that a tool's arguments may have, by tool and argument."""


def plan_of(tasks: Tasks, pins: Pins | None = None) -> Plan:
    """The plan that a crew's own tasks are: one step each, in their order; `pins` fix arguments."""
    return Plan(steps=tuple(step_of(name, task, pins=pins) for name, task in tasks.items()))


def step_of(
    name: str, task: Mapping[str, Any], times: Mapping[str, int] | None = None, pins: Pins | None = None
) -> Step:
    """The step that the task `name` becomes; `times` overrides how often it may call a tool, `pins` fix arguments."""
    counted = {**task["tools"], **(times or {})}
    fixed = {tool: {one: tuple(values) for one, values in given.items()} for tool, given in (pins or {}).items()}
    return Step(
        id=name,
        role=task["role"],
        task=task["description"],
        expected=task["expected"],
        grants=tuple(Grant(tool=tool, times=count, values=fixed.get(tool, {})) for tool, count in counted.items()),
        after=tuple(task["after"]),
    )
