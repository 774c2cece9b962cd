"""The gate: the only way from a model's wish to a tool's effect.

    call -> decide (pure) -> recorded -> [a person asked] -> [intent recorded] -> effect -> outcome recorded -> text

Any error inside decides `deny`. A tool's own error becomes text for the model; only what ends a run is raised. A call
that the journal knows is not made again: it returns what it returned.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from guard.approvals import Answer, Approvals, Terms, digest_of, requested
from guard.budget import Budget
from guard.calls import Body, Calls, Inspect
from guard.carrying import Carrying, Outcome, patient
from guard.current import current_step
from guard.days import Days, Overtaken, Within
from guard.decision import Call, Decision, argument_problems, decide
from guard.labels import Label, Origins
from guard.loops import Loops
from guard.preview import previewed
from guard.provenance import Provenance
from guard.uses import left_nothing
from guard.warrant import Warrant
from runtime.canonical import digest
from runtime.clock import Clock, SystemClock
from runtime.errors import BudgetExceeded, DeputyError, RunStopped, words_of
from runtime.journal import Journal, Key
from runtime.ledger import Ledger
from runtime.transient import is_transient
from tools.tool import Tool
from tools.world import World

_WRITTEN = Label(True, "a person who was asked")


@dataclass
class Gate:
    """One run's gate. Safe to call from several threads; `check_stop` raises RunStopped once the run has to end.

    `on_wait` hears of each step that must wait for a person; the step is not carried on after its present calls.
    `inspect` looks through what a call would write, send or spend; `days` holds it to what all runs share of a day.
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
    inspect: Inspect = lambda _tool, _args, _origins: ()
    days: Days | None = None
    terms: Terms = field(default_factory=Terms)
    clock: Clock = field(default_factory=SystemClock)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _loops: Loops = field(default_factory=Loops)
    _provenance: Provenance = field(init=False)
    _calls: Calls = field(init=False)
    _carrying: Carrying = field(init=False)

    def __post_init__(self) -> None:
        authority = self.warrant.authority
        self._provenance = Provenance(authority, self.origins)
        self._calls = Calls(
            authority, self.journal, self.origins, self._provenance, self.inspect, self.days, self.clock
        )
        self._carrying = Carrying(
            self.run,
            self.ledger,
            self.world,
            authority.tools,
            self.journal,
            learned=self._provenance.learn,
            clean=self._provenance.without_secrets,
            check=lambda: self.check_stop(),
        )

    def call(self, role: str, tool_name: str, args: Mapping[str, Any]) -> Outcome:
        """Decide on the call and, if it is allowed, carry it out. Raises RunStopped if the run must end."""
        outcome = self._called(role, tool_name, args)
        text = self._loops.noted(current_step(), tool_name, digest([role, dict(args)]), outcome.text)
        return replace(outcome, text=text)

    def turn(self) -> None:
        """A model has answered in this step, and asks for the calls that come now."""
        self._loops.turn(current_step())

    def busy(self) -> bool:
        """Whether a call that changes the world is being made at this moment."""
        return self._carrying.busy()

    def _called(self, role: str, tool_name: str, args: Mapping[str, Any]) -> Outcome:
        self.check_stop()
        call, decision, named = self._decided(current_step(), role, tool_name, args)
        if decision.verdict == "deny":
            return _denied(decision)
        outcome, named = self._answered(call, decision, named)
        if not outcome.done and (not outcome.tried or left_nothing(self._tool(call), refused=outcome.refused)):
            with self._lock:
                self._calls.count(named, times=-1)
        return outcome

    def _answered(self, call: Call, decision: Decision, named: Body) -> tuple[Outcome, Body]:
        """What comes of a call that is not denied, and the call that was made: a person may have written another."""
        known = self._carrying.known(named)  # from before
        if known is not None:
            return known, named
        if decision.verdict == "ask":
            settled = self._asked(call, decision, named)
            if isinstance(settled, Outcome):
                return settled, named
            if settled is not named:
                return self._answered(call, replace(decision, verdict="allow"), settled)
        try:
            self.budget.use_tool()
        except BudgetExceeded as error:
            raise RunStopped(error) from error
        return self._carrying.carry_out(self.warrant.authority.tools[named["tool"]], named), named

    def refuse(self, role: str, tool_name: str, arguments: str, offered: frozenset[str]) -> bool:
        """Record a denial for a call that no tool will receive: unknown, not offered, malformed. False if it is fine.

        Frameworks answer such calls by themselves and never reach `call`; the record must not be lost with them.
        """
        step = current_step()
        args, wrong = _parsed(arguments)
        if tool_name in offered:
            tool = self.warrant.authority.tools.get(tool_name)
            if tool is None:
                return False  # one of the framework's own, such as delegation
            wrong = wrong or argument_problems(tool, args)
            if not wrong:
                return False
            decision = Decision("deny", "args.schema", f"'{tool_name}': {wrong}")
        else:
            decision = decide(self._calls.without_facts(step, role, tool_name, args), self.warrant)
            if decision.verdict != "deny":
                decision = Decision("deny", "step.tools", f"'{tool_name}' was not offered here")
        with self._lock:
            named = self._calls.named(step, role, tool_name, args)
            self._calls.number(named)
            self._record_decision(named, decision)
        return True

    def _decided(self, step: str, role: str, tool: str, args: Mapping[str, Any]) -> tuple[Call, Decision, Body]:
        with self._lock:
            missed: Body = {}
            try:
                call = self._looked_at(step, role, tool, args)
                decision = decide(call, self.warrant)
            except Exception as error:  # a gate that cannot decide has decided
                call = self._calls.without_facts(step, role, tool, args)
                decision = Decision("deny", "gate.error", f"the gate failed on '{tool}': {_why(error)}")
                missed = _missed(error)
            named = self._calls.named(step, role, tool, args) | missed
            decision = self._as_before(named, decision)
            if decision.verdict != "deny":
                self._calls.count(named)
            named["labels"] = {name: vars(label) for name, label in call.labels.items()}
            if decision.verdict == "deny" or not self._is_new_and_foreign(named):
                return call, self._recorded(call, named, decision), named
        # whoever offers the tool is asked, so other calls must not wait for it
        refused = self._provenance.changed(tool, self.world)
        with self._lock:
            if refused:
                self._calls.count(named, times=-1)
            return call, self._recorded(call, named, refused or decision), named

    def _looked_at(self, step: str, role: str, tool: str, args: Mapping[str, Any]) -> Call:
        """The call with all that it is decided on; a system that does not answer is asked again."""
        call: Call = patient(sleep=self._carrying.sleep)(self._calls.call, step, role, tool, args)
        return call

    def _as_before(self, named: Body, decision: Decision) -> Decision:
        """What was decided on a call that has an outcome: a day's cap or an end that came since does not undo it."""
        if decision.verdict != "deny" or self.journal.outcome(Key.of(named)) is None:
            return decision
        before = self.journal.decision(Key.of(named))
        return Decision(before["verdict"], before["rule"], before["reason"]) if before else decision

    def _is_new_and_foreign(self, named: Body) -> bool:
        tool = self.warrant.authority.tools[named["tool"]]
        return tool.check is not None and self.journal.outcome(Key.of(named)) is None

    def _recorded(self, call: Call, named: Body, decision: Decision) -> Decision:
        """Record the decision, and return it; another one if others have used up a day's cap since it was made."""
        self._calls.number(named)
        within = self._holding(call, decision, named) if decision.verdict == "allow" else None
        try:
            self._record_decision(named, decision, within)
        except Overtaken as late:
            self._record_decision(named, late.decision)
            if late.decision.verdict == "deny":
                self._calls.count(named, times=-1)
            return late.decision
        return decision

    def _record_decision(self, named: Body, decision: Decision, within: Within | None = None) -> None:
        """Record the decision, unless the journal has it."""
        before = self.journal.decision(Key.of(named))
        if before is None or before["rule"] != decision.rule:
            said = {"verdict": decision.verdict, "rule": decision.rule, "reason": decision.reason}
            said |= {"instead": decision.instead} if decision.instead else {}
            self.ledger.append(self.run, "call.decided", named | said, within=within)

    def _holding(self, call: Call, decision: Decision, named: Body) -> Within | None:
        return self.days.holding(call, decision, self.warrant, named["call"]) if self.days else None

    def _asked(self, call: Call, decision: Decision, named: Body, counted: Body | None = None) -> Body | Outcome:
        """The call that a person allowed, or what the model is told while nobody has, or somebody did not.

        `counted` is the call that stands among the uses, if it is another one than `named`.
        """
        bound = digest_of(self.run, named, decision)
        answer = self.approvals.standing(
            bound, named["tool"], decision.rule, self.clock.now(), self.terms.asked_of(decision)
        )
        if answer.standing == "approved":
            return self._approved(call, decision, named, answer, counted or named)
        if answer.standing == "edited":
            return self._edited(call, decision, named, answer, counted or named)
        if answer.standing in ("denied", "expired"):
            why = answer.reason if answer.standing == "denied" else "nobody answered in time"
            return Outcome(f"Denied (a person): {why}.", done=False, tried=False)
        if answer.standing == "none":
            preview = previewed(self._tool(call), named["args"], self.world)
            body = requested(self.run, named, decision, self.clock.now(), self.terms, preview)
            self.ledger.append(self.run, "approval.requested", body)
            self.approvals.request(body)
        self.on_wait(named["step"])
        return Outcome("This waits for a person's approval.", done=False, tried=False)

    def _approved(self, call: Call, decision: Decision, named: Body, answer: Answer, counted: Body) -> Body | Outcome:
        """The call that a person said yes to, unless others have used up a day's cap since it was decided."""
        used = {"approval": answer.approval, "call": named["call"]}
        try:
            self.ledger.append(self.run, "approval.used", used, within=self._holding(call, decision, named))
        except Overtaken as late:
            return self._otherwise(call, late.decision, named, counted)
        self._counted_as(counted, named)
        return named

    def _otherwise(self, call: Call, decision: Decision, named: Body, counted: Body) -> Body | Outcome:
        """What comes of a call that is not what a person said yes to, or no longer."""
        self._record_decision(named, decision)
        return _denied(decision) if decision.verdict == "deny" else self._asked(call, decision, named, counted)

    def _edited(self, call: Call, asked: Decision, named: Body, answer: Answer, counted: Body) -> Body | Outcome:
        """What becomes of a call that a person wrote anew: it is decided anew, as the other call that it is.

        Their yes is good for what they alone were asked: under another rule, of other people or of several, the new
        call is asked like any other.
        """
        edited = {**named, "args": dict(answer.args or {})}
        edited["key"] = {"hash": digest([named["key"], answer.approval, edited["args"]]), "nth": 1}
        with self._lock:
            self._calls.count(counted, times=-1)
            call, decision = self._decided_anew(call, edited["args"])
            self._calls.count(counted)
        edited["labels"] = {name: vars(label) for name, label in call.labels.items()}
        alike = (decision.rule, decision.approvers) == (asked.rule, asked.approvers) and decision.people == 1
        if decision.verdict == "deny" or (decision.verdict == "ask" and not alike):
            return self._otherwise(call, decision, edited, counted)
        if self.journal.decision(Key.of(edited)) is None:
            rule = Decision("allow", "approval.given", "a person wrote it so, and may")
            self._record_decision(edited, rule if decision.verdict == "ask" else decision)
            return self._approved(call, decision, edited, answer, counted)
        self._counted_as(counted, edited)
        return edited

    def _decided_anew(self, call: Call, args: Body) -> tuple[Call, Decision]:
        """A person's own arguments, decided on: bound by no pin, trusted in what they name, seen in what they say."""
        written = frozenset(name for name, value in args.items() if value != call.args.get(name))
        try:
            anew = self._looked_at(call.step, call.role, call.tool, args)
            severe = self.warrant.authority.on_finding
            bad = [one for one in anew.findings if severe(one.kind, one.severity) == "deny"]
            labels = {name: _WRITTEN if name in written else call.labels[name] for name in anew.labels}
            anew = replace(anew, labels=labels, findings=tuple(bad), written=written)
            return anew, decide(anew, self.warrant)
        except Exception as error:  # a gate that cannot decide has decided
            why = f"the gate failed on '{call.tool}': {_why(error)}"
            return replace(call, args=args), Decision("deny", "gate.error", why)

    def _counted_as(self, counted: Body, made: Body) -> None:
        """Have the call that is made stand among the uses, in place of the one that stood there for it."""
        if made is not counted:
            with self._lock:
                self._calls.count(counted, times=-1)
                self._calls.count(made)

    def _tool(self, call: Call) -> Tool:
        return self.warrant.authority.tools[call.tool]


def _denied(decision: Decision) -> Outcome:
    return Outcome(f"Denied ({decision.rule}): {decision.reason}.", done=False, tried=False)


def _why(error: Exception) -> str:
    return error.problem if isinstance(error, DeputyError) else type(error).__name__


def _missed(error: Exception) -> Body:
    """What the record says of a call that could not be decided on because a system did not answer."""
    if not is_transient(error):
        return {}
    problem, remedy = words_of(error)
    return {"away": True, "error": problem, "remedy": remedy}


def _parsed(arguments: str) -> tuple[Body, str]:
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        return {"malformed": arguments}, "the arguments are not JSON"
    return (value, "") if isinstance(value, dict) else ({"malformed": value}, "the arguments are not an object")
