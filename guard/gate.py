"""The gate: the only way from a model's wish to a tool's effect.

    call -> decide (pure) -> recorded -> [a person asked] -> [intent recorded] -> effect -> outcome recorded -> text

Any error inside decides `deny`. A tool's own error becomes text for the model; only what ends a run is raised. A call
that the journal knows is not made again: it returns what it returned.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guard.approvals import Approvals, Terms, digest_of, requested
from guard.budget import Budget
from guard.carrying import Carrying, Outcome
from guard.content import Finding
from guard.current import current_step
from guard.decision import Call, Decision, argument_problems, decide
from guard.labels import Label, Origins
from guard.loops import Loops
from guard.marks import Marks
from guard.uses import Uses, counted, effect_of
from guard.warrant import Warrant
from runtime.canonical import digest
from runtime.clock import Clock, SystemClock
from runtime.errors import BudgetExceeded, DeputyError, RunStopped
from runtime.journal import Journal, Key
from runtime.ledger import Ledger
from runtime.records import Record
from runtime.uses import Today
from tools.tool import Tool
from tools.world import World

Body = dict[str, Any]


@dataclass
class Gate:
    """One run's gate. Safe to call from several threads; `check_stop` raises RunStopped once the run has to end.

    `on_wait` hears of each step that must wait for a person; the step is not carried on after its present calls.
    `inspect` looks through what a call would write, send or spend.
    """

    run: str
    ledger: Ledger
    warrant: Warrant
    world: World
    budget: Budget
    check_stop: Callable[[], None] = lambda: None
    on_wait: Callable[[str], None] = lambda _step: None
    journal: Journal = field(default_factory=Journal)
    approvals: Approvals = field(default_factory=Approvals)
    origins: Origins = field(default_factory=Origins)
    inspect: Callable[[Tool, Mapping[str, Any], Origins], tuple[Finding, ...]] = lambda _tool, _args, _origins: ()
    today: Callable[[Tool | None], Today] = lambda _tool: Today()
    terms: Terms = field(default_factory=Terms)
    clock: Clock = field(default_factory=SystemClock)
    _uses: Uses = field(default_factory=Uses)
    _seen: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _calls: Counter[str] = field(default_factory=Counter)
    _marks: Marks = field(default_factory=Marks)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _loops: Loops = field(default_factory=Loops)
    _carrying: Carrying = field(init=False)

    def __post_init__(self) -> None:
        tools = self.warrant.authority.tools
        self._carrying = Carrying(
            self.run,
            self.ledger,
            self.world,
            tools,
            self.journal,
            learned=self._learned,
            clean=self._without_secrets,
            check=lambda: self.check_stop(),
        )

    def call(self, role: str, tool_name: str, args: Mapping[str, Any]) -> Outcome:
        """Decide on the call and, if it is allowed, carry it out. Raises RunStopped if the run must end."""
        outcome = self._called(role, tool_name, args)
        text = self._loops.noted(current_step(), tool_name, digest([role, dict(args)]), outcome.text)
        return Outcome(text, outcome.done, outcome.tried)

    def turn(self) -> None:
        """A model has answered in this step, and asks for the calls that come now."""
        self._loops.turn(current_step())

    def busy(self) -> bool:
        """Whether a call that changes the world is being made at this moment."""
        return self._carrying.busy()

    def _called(self, role: str, tool_name: str, args: Mapping[str, Any]) -> Outcome:
        self.check_stop()
        decision, named = self._decided(current_step(), role, tool_name, args)
        if decision.verdict == "deny":
            return Outcome(f"Denied ({decision.rule}): {decision.reason}.", done=False)
        outcome = self._answered(decision, named)
        tool = self.warrant.authority.tools[tool_name]
        effect = effect_of(tool, args)
        if not outcome.done and (not outcome.tried or effect):
            with self._lock:  # what was not allowed uses up nothing, and what a tool refused has written nothing
                self._uses.add(named["step"], tool_name, effect, args, times=-1)
        return outcome

    def _answered(self, decision: Decision, named: Body) -> Outcome:
        """What comes of a call that is not denied: known from before, asked first if need be, or carried out."""
        known = self._carrying.known(named)
        if known is not None:
            return known
        if decision.verdict == "ask":
            allowed = self._asked(decision, named)
            if isinstance(allowed, Outcome):
                return allowed
            named = {**named, "args": allowed}
        try:
            self.budget.use_tool()
        except BudgetExceeded as error:
            raise RunStopped(error) from error
        return self._carrying.carry_out(self.warrant.authority.tools[named["tool"]], named)

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
            if decision.verdict != "deny":
                decision = Decision("deny", "step.tools", f"'{tool_name}' was not offered here")
        with self._lock:
            self._record_decision(self._named(step, role, tool_name, args), decision)
        return True

    def _decided(self, step: str, role: str, tool: str, args: Mapping[str, Any]) -> tuple[Decision, Body]:
        with self._lock:
            try:
                call = self._call(step, role, tool, args)
                decision = decide(call, self.warrant)
            except Exception as error:  # a gate that cannot decide has decided
                call = Call(step, role, tool, args, used=0)
                decision = Decision("deny", "gate.error", f"the gate failed on '{tool}': {type(error).__name__}")
            if decision.verdict != "deny":
                self._uses.add(step, tool, effect_of(self.warrant.authority.tools.get(tool), args), args)
            named = self._named(step, role, tool, args)
            named["labels"] = {name: vars(label) for name, label in call.labels.items()}
            if decision.verdict == "deny" or not self._is_new_and_foreign(named):
                return decision, self._record_decision(named, decision)
        refused = self._changed(tool)  # asks whoever offers the tool, so other calls must not wait for it
        with self._lock:
            if refused:
                self._uses.add(step, tool, effect_of(self.warrant.authority.tools.get(tool), args), args, times=-1)
            return refused or decision, self._record_decision(named, refused or decision)

    def _is_new_and_foreign(self, named: Body) -> bool:
        tool = self.warrant.authority.tools[named["tool"]]
        return tool.check is not None and self.journal.outcome(Key.of(named)) is None

    def _changed(self, name: str) -> Decision | None:
        """The denial of a tool that is no longer as it was accepted; None if it is, or if nobody can be asked."""
        check = self.warrant.authority.tools[name].check
        try:
            reason = check(self.world) if check else ""
        except DeputyError:
            return None  # the call looks again before it acts, meets the same, and says it
        except Exception as error:
            return Decision("deny", "gate.error", f"the gate failed on '{name}': {type(error).__name__}")
        return Decision("deny", "tool.changed", reason) if reason else None

    def _call(self, step: str, role: str, name: str, args: Mapping[str, Any]) -> Call:
        tool = self.warrant.authority.tools.get(name)
        targets = tool.targets if tool else ()
        used_in, sums = counted(name, self._uses.in_run(name), self._uses.sums_without(name, {}), self.today(tool))
        leaves = tool is not None and (tool.effect != "read" or name in self.warrant.authority.declared)
        return Call(
            step=step,
            role=role,
            tool=name,
            args=args,
            used=self._uses.of_grant(step, name, effect_of(tool, args)),
            labels={target: self._label(name, target, args) for target in targets},
            findings=self.inspect(tool, args, self.origins) if tool and leaves else (),
            used_in=used_in,
            sums=sums,
            at=self.clock.now(),
        )

    def _label(self, name: str, target: str, args: Mapping[str, Any]) -> Label:
        foreign = self.warrant.authority.declared.get(name)
        return foreign.label(target, args, self.origins) if foreign else self.origins.label(args.get(target))

    def _learned(self, record: Record) -> None:
        """Trust what the tool of a call that was done declares trusted in its result."""
        name, call, result = (record.body[key] for key in ("tool", "call", "result"))
        foreign = self.warrant.authority.declared.get(name)
        if foreign:
            foreign.learn(call, result, self.origins)
        else:
            self.origins.from_result(self.warrant.authority.tools[name], call, result)

    def _named(self, step: str, role: str, tool: str, args: Mapping[str, Any]) -> Body:
        known = self.warrant.authority.tools.get(tool)
        fingerprint = digest([role, dict(args)])
        self._seen[step, tool, fingerprint] += 1
        return {
            "step": step,
            "role": role,
            "tool": tool,
            "effect": known.effect if known else "unknown",
            "args": dict(args),
            "key": {"hash": fingerprint, "nth": self._seen[step, tool, fingerprint]},
        }

    def _record_decision(self, named: Body, decision: Decision) -> Body:
        """Record the decision, unless the journal has it, and return what every record of this call says of it."""
        self._calls[named["step"]] += 1
        before = self.journal.decision(Key.of(named))
        named["call"] = before["call"] if before else f"{named['step'] or 'none'}-{self._calls[named['step']]}"
        if before is None or before["rule"] != decision.rule:
            said = {"verdict": decision.verdict, "rule": decision.rule, "reason": decision.reason}
            said |= {"instead": decision.instead} if decision.instead else {}
            self.ledger.append(self.run, "call.decided", named | said)
        return named

    def _asked(self, decision: Decision, named: Body) -> Body | Outcome:
        """The arguments a person allowed, or what the model is told while nobody has, or somebody did not."""
        bound = digest_of(self.run, named, decision)
        answer = self.approvals.standing(bound, named["tool"], decision.rule, self.clock.now())
        if answer.standing == "approved":
            self.ledger.append(self.run, "approval.used", {"approval": answer.approval, "call": named["call"]})
            return dict(answer.args) if answer.args is not None else dict(named["args"])
        if answer.standing in ("denied", "expired"):
            why = answer.reason if answer.standing == "denied" else "nobody answered in time"
            return Outcome(f"Denied (a person): {why}.", done=False, tried=False)
        if answer.standing == "none":
            body = requested(self.run, named, decision, self.clock.now(), self.terms)
            self.ledger.append(self.run, "approval.requested", body)
            self.approvals.request(body)
        self.on_wait(named["step"])
        return Outcome("This waits for a person's approval.", done=False, tried=False)

    def _without_secrets(self, name: str, result: Any) -> Any:
        """The result with marks for what is declared secret in it, and for what was so in an earlier one."""
        foreign = self.warrant.authority.declared.get(name)
        with self._lock:
            marked = self._marks.on(result, foreign.spec.secret_results) if foreign else result
            return self._marks.clean(marked) if self._marks.texts else marked


def _parsed(arguments: str) -> tuple[Body, str]:
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        return {"malformed": arguments}, "the arguments are not JSON"
    return (value, "") if isinstance(value, dict) else ({"malformed": value}, "the arguments are not an object")
