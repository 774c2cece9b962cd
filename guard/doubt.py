"""Effects in doubt: begun, and nobody recorded how they ended. The world is asked; where it cannot say, a person is.

probe finds it              -> done
probe does not find it      -> it is done again, with the same key
no probe, but a key         -> it is done again: twice is once
neither, or the probe fails -> unknown: a person settles it
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from runtime.errors import WaitingForPerson
from runtime.transient import is_transient
from tools.tool import Tool
from tools.world import World


@dataclass(frozen=True)
class Look:
    """What was seen: `result` is what the call returned or would have, `reason` why nobody can know, `passes` whether
    another look may see more in a moment."""

    standing: Literal["found", "absent", "unknown"]
    result: Any = None
    reason: str = ""
    passes: bool = False


def look(tool: Tool, args: Mapping[str, Any], world: World) -> Look:
    """Whether the effect of that call is in the world. Never raises."""
    if tool.probe is None:
        why = f"'{tool.name}' has no way to look whether it happened"
        return Look("absent") if tool.keyed else Look("unknown", reason=why)
    try:
        result = tool.probe(**values_of(tool, args), world=world)
    except Exception as error:
        why = str(getattr(error, "problem", "") or f"{type(error).__name__}: {error}")
        passes, remedy = is_transient(error), getattr(error, "remedy", "")
        return Look("unknown", reason=f"{why} ({remedy}; then resume)" if passes and remedy else why, passes=passes)
    return Look("absent") if result is None else Look("found", result)


def values_of(tool: Tool, args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as the tool's function takes them, defaults filled in."""
    given = tool.args.model_validate(dict(args))
    return {name: getattr(given, name) for name in tool.args.model_fields}


def identity_of(tool: Tool, args: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What makes two calls of the tool the same effect; None if it does not say, or the arguments do not fit."""
    if not tool.identity:
        return None
    try:
        values = values_of(tool, args)
    except ValueError:
        return None
    return tuple(str(values[name]).strip().casefold() for name in tool.identity)


def waits_for_person(run: str, call: str, tool: str, reason: str) -> WaitingForPerson:
    """What a run waits with whose effect nobody can know of."""
    problem = f"whether '{tool}' (call {call}) happened is not known: {reason}"
    return WaitingForPerson(problem, remedy=f"find out, then: deputy settle {run} {call} --done, --redo or --skip")
