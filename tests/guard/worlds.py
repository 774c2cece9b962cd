"""Small tools, plans and authorities for the guard's tests."""

from collections.abc import Callable
from typing import Any

from pydantic import ConfigDict, create_model

from guard.plan import Grant, Plan, Step
from guard.warrant import Authority
from tools.tool import Effect, Tool


def a_tool(
    name: str,
    effect: Effect = "read",
    run: Callable[..., Any] = lambda **_: {"ok": True},
    *,
    targets: tuple[str, ...] = (),
    trusted: tuple[str, ...] = (),
    identity: tuple[str, ...] = (),
) -> Tool:
    args = create_model(f"{name}_args", __config__=ConfigDict(extra="forbid"), what=(str, ...), times=(int, 1))
    return Tool(name, f"{name} something.", effect, args, run, targets=targets, trusted=trusted, identity=identity)


TOOLS = {tool.name: tool for tool in (a_tool("look"), a_tool("note", "write"), a_tool("mail", "send"))}


def a_step(step_id: str, role: str = "researcher", after: tuple[str, ...] = (), **grants: int) -> Step:
    given = tuple(Grant(tool=tool, times=times) for tool, times in grants.items())
    return Step(id=step_id, role=role, task="do it", expected="it done", grants=given, after=after)


def an_authority(*, denied: frozenset[str] = frozenset(), read_only: bool = False) -> Authority:
    roles = {"researcher": frozenset({"look", "note"}), "notifier": frozenset({"mail"})}
    return Authority(TOOLS, roles, denied, read_only)


def a_plan(*steps: Step) -> Plan:
    return Plan(steps=steps)
