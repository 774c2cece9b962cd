"""The warrant: an accepted plan. Nothing a run does reaches further than what is checked here, before it starts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from guard.declarations import Declared
from guard.plan import Plan, Step
from guard.rules import Rule
from runtime.canonical import digest
from runtime.errors import Denied
from tools.tool import Effect, Tool


@dataclass(frozen=True)
class Authority:
    """What roles may use at most: the tools of each role's card, less what the policy denies.

    `rules` are the policy's, for runs of `scenario`; `untrusted_target` is what it says to a target that comes from no
    trusted origin, `denied_content` the kinds of findings that it denies where a person would be asked, `outside_plan`
    what it says to other values than the plan pins. `declared` are those of the tools that are not ours.
    """

    tools: Mapping[str, Tool]
    roles: Mapping[str, frozenset[str]]
    denied: frozenset[str] = frozenset()
    read_only: bool = False
    rules: tuple[Rule, ...] = ()
    scenario: str = ""
    untrusted_target: Literal["ask", "deny"] = "ask"
    denied_content: frozenset[str] = frozenset()
    declared: Mapping[str, Declared] = field(default_factory=dict)
    outside_plan: Literal["ask", "deny"] = "deny"

    def on_untrusted_target(self, effect: Effect) -> Literal["ask", "deny"]:
        """What a call is told whose target comes from no trusted origin."""
        return "deny" if effect in ("spend", "execute") else self.untrusted_target

    def on_finding(self, kind: str, severity: Literal["ask", "deny"]) -> Literal["ask", "deny"]:
        """What a call is told whose content has such a finding."""
        return "deny" if kind in self.denied_content else severity


class PlanRefused(Denied):
    """A plan asks for more than its roles have, or does not fit together. `problems` says all that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("the plan is refused: " + "; ".join(problems))


@dataclass(frozen=True)
class Warrant:
    """The authority of one run. `order` lists the steps so that each comes after those it needs; from `expires` on
    every call is denied."""

    plan: Plan
    authority: Authority
    order: tuple[Step, ...]
    expires: datetime | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the plan, by which records name it."""
        return digest(self.plan)

    def step(self, step_id: str) -> Step | None:
        """The step with that id, if the plan has one."""
        return next((step for step in self.plan.steps if step.id == step_id), None)


def accept(plan: Plan, authority: Authority) -> Warrant:
    """The warrant that `plan` becomes. Raises PlanRefused, naming every reason, if it asks for too much."""
    problems = list(_problems(plan, authority))
    if problems:
        raise PlanRefused(problems)
    return Warrant(plan, authority, _ordered(plan))


def _problems(plan: Plan, authority: Authority) -> Iterator[str]:
    ids = [step.id for step in plan.steps]
    for step_id in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"two steps are named '{step_id}'"
    for step in plan.steps:
        if step.role not in authority.roles:
            yield f"step '{step.id}': no role '{step.role}'{_close(step.role, authority.roles)}"
        yield from _grant_problems(step, authority)
        for before in step.after:
            if before not in ids:
                yield f"step '{step.id}': needs step '{before}', which is not in the plan{_close(before, ids)}"
    try:
        _ordered(plan)
    except CycleError as error:
        yield f"steps wait for each other in a circle: {' -> '.join(error.args[1])}"


def _grant_problems(step: Step, authority: Authority) -> Iterator[str]:
    allowed = authority.roles.get(step.role, frozenset())
    named = [grant.tool for grant in step.grants]
    for tool in sorted({one for one in named if named.count(one) > 1}):
        yield f"step '{step.id}': tool '{tool}' is granted twice"
    for tool in named:
        if tool not in authority.tools:
            yield f"step '{step.id}': no tool '{tool}'{_close(tool, authority.tools)}"
        elif tool in authority.denied:
            yield f"step '{step.id}': tool '{tool}' is denied by policy"
        elif step.role in authority.roles and tool not in allowed:
            yield f"step '{step.id}': role '{step.role}' does not have tool '{tool}'"
        elif authority.read_only and authority.tools[tool].effect != "read":
            yield f"step '{step.id}': tool '{tool}' changes the world, and this crew only reads"
        else:
            yield from _pin_problems(step, tool, authority.tools[tool])


def _pin_problems(step: Step, name: str, tool: Tool) -> Iterator[str]:
    for argument in next(grant.values for grant in step.grants if grant.tool == name):
        if argument not in tool.args.model_fields:
            close = _close(argument, list(tool.args.model_fields))
            yield f"step '{step.id}': tool '{name}' has no argument '{argument}' to pin{close}"


def _ordered(plan: Plan) -> tuple[Step, ...]:
    known = {step.id: step for step in plan.steps}
    sorter = TopologicalSorter({step.id: [one for one in step.after if one in known] for step in plan.steps})
    return tuple(known[one] for one in sorter.static_order())


def _close(word: str, known: Mapping[str, object] | list[str]) -> str:
    match = get_close_matches(word, list(known), n=1)
    return f"; did you mean '{match[0]}'?" if match else ""
