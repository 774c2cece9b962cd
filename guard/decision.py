"""The decision on one tool call: pure, deterministic, and able to say why.

Rules in the order they are tried; the first that applies decides:

    tool.unknown     deny   no tool of that name is declared
    policy.denied    deny   the policy never allows the tool
    step.unknown     deny   the call belongs to no step of the warrant
    crew.read_only   deny   the crew only reads, and the tool changes the world
    role.tools       deny   the tool is not on the role's card, or the step is another role's
    step.tools       deny   the step was not granted the tool
    step.times       deny   the step has used up its grant
    args.schema      deny   the arguments do not fit the tool's schema
    warrant          allow  the warrant grants it
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from guard.plan import Step
from guard.warrant import Warrant
from tools.tool import Tool

Verdict = Literal["allow", "ask", "deny"]


@dataclass(frozen=True)
class Call:
    """A tool call about to happen. `used` is how often the step has been allowed this tool before."""

    step: str
    role: str
    tool: str
    args: Mapping[str, Any]
    used: int


@dataclass(frozen=True)
class Decision:
    """What the gate says to a call, by which rule, and why in words a person and a model can use."""

    verdict: Verdict
    rule: str
    reason: str


def decide(call: Call, warrant: Warrant) -> Decision:
    """The decision on `call` under `warrant`. Reads nothing but its arguments."""
    tool = warrant.authority.tools.get(call.tool)
    if tool is None:
        return Decision("deny", "tool.unknown", f"there is no tool '{call.tool}'")
    if call.tool in warrant.authority.denied:
        return Decision("deny", "policy.denied", f"the policy never allows '{call.tool}'")
    step = warrant.step(call.step)
    if step is None:
        return Decision("deny", "step.unknown", f"'{call.tool}' was called outside of the warrant's steps")
    return _within(step, call, tool, warrant)


def _within(step: Step, call: Call, tool: Tool, warrant: Warrant) -> Decision:
    if warrant.authority.read_only and tool.effect != "read":
        return Decision("deny", "crew.read_only", f"'{call.tool}' has effect '{tool.effect}', and this crew only reads")
    if call.role != step.role or call.tool not in warrant.authority.roles.get(call.role, frozenset()):
        return Decision("deny", "role.tools", f"role '{call.role}' may not use '{call.tool}' in step '{step.id}'")
    times = next((grant.times for grant in step.grants if grant.tool == call.tool), 0)
    if times == 0:
        granted = ", ".join(f"'{grant.tool}'" for grant in step.grants) or "no tool"
        return Decision("deny", "step.tools", f"step '{step.id}' may use {granted}, not '{call.tool}'")
    if call.used >= times:
        return Decision("deny", "step.times", f"step '{step.id}' may use '{call.tool}' {times} times, and has")
    wrong = argument_problems(tool, call.args)
    if wrong:
        return Decision("deny", "args.schema", f"'{call.tool}': {wrong}")
    return Decision("allow", "warrant", f"granted to step '{step.id}', {call.used + 1} of {times}")


def argument_problems(tool: Tool, args: Mapping[str, Any]) -> str:
    """What is wrong with `args` for `tool`, in one line; empty if nothing is."""
    try:
        tool.args.model_validate(dict(args))
    except ValidationError as error:
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors())
    return ""
