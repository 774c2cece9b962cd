"""The gate: the only way from a model's wish to a tool's effect.

    call -> decide (pure) -> recorded -> [intent recorded] -> effect -> outcome recorded -> text for the model

Any error inside decides `deny`. A tool's own error becomes text for the model; only what ends a run is raised.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guard.budget import Budget
from guard.current import current_step
from guard.decision import Call, Decision, argument_problems, decide
from guard.warrant import Warrant
from runtime.canonical import plain, readable
from runtime.errors import BudgetExceeded, RunStopped, ToolError, TryAgain
from runtime.ledger import Ledger
from tools.tool import Tool
from tools.world import World


@dataclass(frozen=True)
class Outcome:
    """What came of a call: the text the model reads, and whether the tool ran and returned."""

    text: str
    done: bool


@dataclass
class Gate:
    """One run's gate. Safe to call from several threads; `check_stop` raises RunStopped once the run has to end."""

    run: str
    ledger: Ledger
    warrant: Warrant
    world: World
    budget: Budget
    check_stop: Callable[[], None] = lambda: None
    _used: Counter[tuple[str, str]] = field(default_factory=Counter)
    _calls: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, role: str, tool_name: str, args: Mapping[str, Any]) -> Outcome:
        """Decide on the call and, if it is allowed, carry it out. Raises RunStopped if the run must end."""
        self.check_stop()
        step = current_step()
        decision, named = self._decided(step, role, tool_name, args)
        if decision.verdict != "allow":
            return Outcome(f"Denied ({decision.rule}): {decision.reason}.", done=False)
        try:
            self.budget.use_tool()
        except BudgetExceeded as error:
            raise RunStopped(error) from error
        return self._carried_out(self.warrant.authority.tools[tool_name], named, args)

    def refuse(self, role: str, tool_name: str, arguments: str, offered: frozenset[str]) -> bool:
        """Record a denial for a call that no tool will receive: unknown, not offered, malformed. False if it is fine.

        Frameworks answer such calls by themselves and never reach `call`; the record must not be lost with them.
        """
        tool = self.warrant.authority.tools.get(tool_name)
        if tool is None and tool_name in offered:
            return False  # one of the framework's own, such as delegation
        args, wrong = _parsed(arguments)
        if tool is not None and tool_name in offered:
            wrong = wrong or argument_problems(tool, args)
            if not wrong:
                return False
        step = current_step()
        if wrong and tool is not None and tool_name in offered:
            decision = Decision("deny", "args.schema", f"'{tool_name}': {wrong}")
        else:
            decision = decide(Call(step, role, tool_name, args, used=0), self.warrant)
            if decision.verdict == "allow":
                decision = Decision("deny", "step.tools", f"'{tool_name}' was not offered here")
        with self._lock:
            self._record_decision(step, role, tool_name, args, decision)
        return True

    def _decided(self, step: str, role: str, tool: str, args: Mapping[str, Any]) -> tuple[Decision, dict[str, Any]]:
        with self._lock:
            try:
                decision = decide(Call(step, role, tool, args, self._used[step, tool]), self.warrant)
            except Exception as error:  # a gate that cannot decide has decided
                decision = Decision("deny", "gate.error", f"the gate failed on '{tool}': {type(error).__name__}")
            if decision.verdict == "allow":
                self._used[step, tool] += 1
            return decision, self._record_decision(step, role, tool, args, decision)

    def _record_decision(
        self, step: str, role: str, tool: str, args: Mapping[str, Any], decision: Decision
    ) -> dict[str, Any]:
        self._calls[step] += 1
        known = self.warrant.authority.tools.get(tool)
        named = {
            "step": step,
            "role": role,
            "call": f"{step or 'none'}-{self._calls[step]}",
            "tool": tool,
            "effect": known.effect if known else "unknown",
            "args": dict(args),
        }
        self.ledger.append(self.run, "call.decided", named | vars(decision))
        return named

    def _carried_out(self, tool: Tool, named: dict[str, Any], args: Mapping[str, Any]) -> Outcome:
        if tool.effect != "read":
            self.ledger.append(self.run, "tool.intended", named)
        began = time.monotonic()
        try:
            given = tool.args.model_validate(dict(args))
            values = {name: getattr(given, name) for name in tool.args.model_fields}
            result = plain(tool.run(**values, world=self.world))
        except ToolError as error:
            again = isinstance(error, TryAgain)
            self.ledger.append(self.run, "tool.failed", named | {"error": error.problem, "again": again})
            advice = "Try again with what this says." if again else "Do not call it again for this."
            return Outcome(f"Failed: {error}\n{advice}", done=False)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            self.ledger.append(self.run, "tool.failed", named | {"error": problem, "again": False})
            return Outcome(f"Failed: '{tool.name}' broke ({problem}). Do not call it again for this.", done=False)
        spent = round((time.monotonic() - began) * 1000)
        self.ledger.append(self.run, "tool.done", named | {"result": result, "ms": spent})
        return Outcome(readable(result), done=True)


def _parsed(arguments: str) -> tuple[dict[str, Any], str]:
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        return {"malformed": arguments}, "the arguments are not JSON"
    return (value, "") if isinstance(value, dict) else ({"malformed": value}, "the arguments are not an object")
