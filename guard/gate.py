"""The gate: the only way from a model's wish to a tool's effect.

    call -> decide (pure) -> recorded -> [a person asked] -> [intent recorded] -> effect -> outcome recorded -> text

Any error inside decides `deny`. A tool's own error becomes text for the model; only what ends a run is raised. A call
that the journal knows is not made again: it returns what it returned.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from guard.approvals import Answer, Approvals, Terms, digest_of, requested
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

_WRITTEN = Label(True, "a person who was asked")


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
        outcome, named = self._answered(decision, named)
        effect = effect_of(self.warrant.authority.tools[tool_name], named["args"])
        if not outcome.done and (not outcome.tried or effect):
            with self._lock:  # what was not allowed uses up nothing, and what a tool refused has written nothing
                self._count(named, times=-1)
        return outcome

    def _answered(self, decision: Decision, named: Body) -> tuple[Outcome, Body]:
        """What comes of a call that is not denied, and the call that was made: a person may have written another."""
        known = self._carrying.known(named)  # from before
        if known is not None:
            return known, named
        if decision.verdict == "ask":
            settled = self._asked(decision, named)
            if isinstance(settled, Outcome):
                return settled, named
            if settled is not named:
                return self._answered(replace(decision, verdict="allow"), settled)
        try:
            self.budget.use_tool()
        except BudgetExceeded as error:
            raise RunStopped(error) from error
        return self._carrying.carry_out(self.warrant.authority.tools[named["tool"]], named), named

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
            self._say(named, decision)
        return named

    def _say(self, named: Body, decision: Decision) -> None:
        said = {"verdict": decision.verdict, "rule": decision.rule, "reason": decision.reason}
        said |= {"instead": decision.instead} if decision.instead else {}
        self.ledger.append(self.run, "call.decided", named | said)

    def _asked(self, decision: Decision, named: Body, counted: Body | None = None) -> Body | Outcome:
        """The call that a person allowed, or what the model is told while nobody has, or somebody did not.

        `counted` is the call that stands among the uses, if it is another one than `named`.
        """
        bound = digest_of(self.run, named, decision)
        answer = self.approvals.standing(bound, named["tool"], decision.rule, self.clock.now())
        if answer.standing == "approved":
            self.ledger.append(self.run, "approval.used", {"approval": answer.approval, "call": named["call"]})
            return named
        if answer.standing == "edited":
            return self._edited(decision, named, answer, counted or named)
        if answer.standing in ("denied", "expired"):
            why = answer.reason if answer.standing == "denied" else "nobody answered in time"
            return Outcome(f"Denied (a person): {why}.", done=False, tried=False)
        if answer.standing == "none":
            body = requested(self.run, named, decision, self.clock.now(), self.terms)
            self.ledger.append(self.run, "approval.requested", body)
            self.approvals.request(body)
        self.on_wait(named["step"])
        return Outcome("This waits for a person's approval.", done=False, tried=False)

    def _edited(self, asked: Decision, named: Body, answer: Answer, counted: Body) -> Body | Outcome:
        """What becomes of a call that a person wrote anew: it is decided anew, as the other call that it is.

        Their yes is good for what they alone were asked: under another rule, of other people or of several, the new
        call is asked like any other.
        """
        edited = {**named, "args": dict(answer.args or {})}
        edited["key"] = {"hash": digest([named["key"], answer.approval, edited["args"]]), "nth": 1}
        with self._lock:
            self._count(counted, times=-1)
            decision, edited["labels"] = self._decided_anew(named, edited["args"])
            alike = (decision.rule, decision.approvers) == (asked.rule, asked.approvers) and decision.people == 1
            if decision.verdict == "ask" and alike:
                decision = Decision("allow", "approval.given", "a person wrote it so, and may")
            self._count(edited if decision.verdict == "allow" else counted)
            new = self.journal.decision(Key.of(edited)) is None
            if new:
                self._say(edited, decision)
        if decision.verdict == "deny":
            return Outcome(f"Denied ({decision.rule}): {decision.reason}.", done=False, tried=False)
        if decision.verdict == "ask":
            settled = self._asked(decision, edited, counted)
            if settled is edited:
                with self._lock:
                    self._count(counted, times=-1)
                    self._count(edited)
            return settled
        if new:
            self.ledger.append(self.run, "approval.used", {"approval": answer.approval, "call": named["call"]})
        return edited

    def _decided_anew(self, named: Body, args: Mapping[str, Any]) -> tuple[Decision, Body]:
        """The decision on other arguments, and where each comes from: what a person changed, from that person."""
        try:
            call = self._call(named["step"], named["role"], named["tool"], args)
            written = frozenset(name for name, value in args.items() if value != named["args"].get(name))
            labels = {
                name: _WRITTEN if name in written else Label(**named["labels"].get(name) or vars(label))
                for name, label in call.labels.items()
            }
            call = replace(call, labels=labels, written=written)
            return decide(call, self.warrant), {name: vars(label) for name, label in call.labels.items()}
        except Exception as error:  # a gate that cannot decide has decided
            return Decision("deny", "gate.error", f"the gate failed on this call: {type(error).__name__}"), {}

    def _count(self, named: Body, *, times: int = 1) -> None:
        effect = effect_of(self.warrant.authority.tools[named["tool"]], named["args"])
        self._uses.add(named["step"], named["tool"], effect, named["args"], times=times)

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
