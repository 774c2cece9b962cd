"""The gate without CrewAI and without a project: check a call, carry it out yourself, show what came back.

    open_run -> check -> allow -> (the caller acts) -> observe, or failed
                      -> ask   -> approve or deny -> check again
                      -> deny

A call counts as the same one as long as step, tool and arguments are equal and it was not allowed: so a person's yes
lets it through once, and the next equal call is a new one. Any error inside of `check` decides `deny`. The record of
an `allow` is durable before `check` returns: it stands for the intent, and one without an outcome was cut off.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from guard.approvals import Answer, Approvals, Terms, digest_of, requested
from guard.approvers import Roster
from guard.budget import Budget
from guard.checks import Checked, Labelled, answered, printable, said
from guard.content import Finding, findings
from guard.days import Days, Overtaken, Within
from guard.decision import Call, Decision, decide
from guard.declarations import Declared
from guard.labels import Origins, leaves
from guard.marks import Marks
from guard.uses import Uses, counted, effect_of
from guard.warrant import Warrant
from runtime.canonical import canonical, digest, plain
from runtime.clock import Clock
from runtime.errors import BudgetExceeded, UsageError
from runtime.problems import did_you_mean
from runtime.uses import Today

if TYPE_CHECKING:
    from runtime.ledger import Ledger

__all__ = ["Checked", "Labelled", "Run"]

Body = dict[str, Any]
Slot = tuple[str, str, str, int]
"""One use of a tool: the step, the tool, the call's digest, and which of its equal calls it is."""

LONGEST_MESSAGE = 5_000
"""Characters that the content of one call may have before a person is asked."""

_STEPS: ContextVar[Mapping[str, str]] = ContextVar("steps")


class Run:
    """One run: what is allowed in it, what it trusts, and its records. Safe to use from several threads."""

    def __init__(
        self,
        run: str,
        *,
        principal: str,
        warrant: Warrant,
        tools: Mapping[str, Declared],
        ledger: "Ledger",
        clock: Clock,
        origins: Origins,
        budget: Budget | None = None,
        days: Days | None = None,
        terms: Terms | None = None,
        roster: Roster | None = None,
        step: str,
    ) -> None:
        self.id = run
        self.principal = principal
        self.warrant = warrant
        self.ledger = ledger
        self._tools = tools
        self._origins = origins
        self._hosts: frozenset[str] | None = None
        self._budget = budget
        self._days = days
        self._terms = terms or Terms()
        self._roster = roster or Roster()
        self._step = step
        self._clock = clock
        self._approvals = Approvals()
        self._slots: set[Slot] = set()
        self._uses = Uses()
        self._allowed: Counter[tuple[str, str, str]] = Counter()
        self._open: dict[str, tuple[Checked, Body, float]] = {}
        self._calls = 0
        self._marks = Marks()
        self._lock = threading.RLock()
        self._closed = False

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the run. What a file holds of it stays; a ledger in memory is gone."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self.ledger.append(self.id, "run.done", {"summary": f"{self._calls} calls were checked"})
                self.ledger.close()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Be in a step of the plan within a block, in this thread or task. Raises UsageError if there is none."""
        self._must_be_open()
        step = self.warrant.step(name)
        if step is None:
            raise UsageError(
                f"there is no step '{name}'", remedy=did_you_mean(name, [s.id for s in self.warrant.order])
            )
        self.ledger.append(self.id, "step.started", {"step": step.id, "role": step.role, "task": step.task})
        token = _STEPS.set({**_STEPS.get({}), self.id: name})
        try:
            yield
        finally:
            _STEPS.reset(token)

    def check(self, tool: str, args: Mapping[str, Any]) -> Checked:
        """Whether a call may be made now. An `allow` is for this one call; keep the decision for `observe`."""
        with self._lock:
            self._must_be_open()
            self._calls += 1
            call = f"{_STEPS.get({}).get(self.id, self._step) or 'none'}-{self._calls}"
            try:
                return self._checked(call, tool, args)
            except Exception as error:  # a gate that cannot decide has decided
                why = f"the gate failed on this call: {type(error).__name__}"
                broken = Checked("deny", "gate.error", why, call=call)
                with suppress(Exception):  # a ledger that cannot be written may be the error itself
                    named = {"step": "", "role": "", "call": call, "tool": printable(tool), "effect": "unknown"}
                    key = {"hash": "", "nth": self._calls}
                    self._record("call.decided", named | {"args": {}, "key": key} | said(broken))
                return broken

    def observe(self, call: Checked, result: Any) -> Labelled:
        """The result of an allowed call with its labels. What its tool declares trusted is so from here on."""
        with self._lock:
            named, declared, spent = self._taken(call)
            try:
                value = plain(result)
                canonical(value)
            except (ValueError, TypeError, RecursionError) as error:
                raise UsageError(
                    f"the result of '{named['tool']}' is not plain data", remedy="give JSON types"
                ) from error
            kept = self._marks.on(value, declared.spec.secret_results)
            self._record("tool.done", named | {"result": kept, "ms": spent})
            del self._open[call.call]
            self._hosts = None
            declared.learn(call.call, value, self._origins)
            return Labelled(value, {".".join(path): self._origins.label(leaf) for path, leaf in leaves(value)})

    def failed(self, call: Checked, error: str) -> None:
        """Record that an allowed call failed. Nothing that the error says becomes trusted."""
        with self._lock:
            named, _, _ = self._taken(call)
            self._record("tool.failed", named | {"error": error, "remedy": "", "again": False})
            del self._open[call.call]

    def approve(self, approval: str, *, by: str) -> None:
        """Allow the call that waits for this approval, once. Raises UsageError if none does, Denied if `by` may not."""
        self._answer(approval, {"verdict": "approved", "by": by, "reason": ""})

    def deny(self, approval: str, *, by: str, reason: str) -> None:
        """Refuse the call that waits for this approval. The reason is what the next check of it says."""
        self._answer(approval, {"verdict": "denied", "by": by, "reason": reason})

    def _checked(self, call: str, name: str, args: Mapping[str, Any]) -> Checked:
        step = _STEPS.get({}).get(self.id, self._step)
        given = plain(dict(args)) if isinstance(args, Mapping) else {"malformed": plain(args)}
        found, declared = self.warrant.step(step), self._tools.get(name)
        role = found.role if found else ""
        kept = self._marks.clean(self._masked_args(declared, given))
        key = digest([role, kept])
        slot = (step, name, key, self._allowed[step, name, key] + 1)
        labels = {one: declared.label(one, given, self._origins) for one in declared.tool.targets} if declared else {}
        tool = declared.tool if declared else None
        effect = effect_of(tool, kept)
        again = slot in self._slots  # an ask that was counted when it was made
        sums = self._uses.sums_without(name, kept if again else {})
        today = self._days.seen(tool) if self._days else Today()
        used_in, totals = counted(name, self._uses.in_run(name) - again, sums, today)
        facts = Call(
            step=step,
            role=role,
            tool=name,
            args=given,
            used=self._uses.of_grant(step, name, effect) - (again and not effect),
            labels=labels,
            findings=self._findings(declared, given) if declared and declared.tool.effect != "read" else (),
            used_in=used_in,
            sums=totals,
            at=self._clock.now(),
        )
        named = {
            "step": step,
            "role": role,
            "call": call,
            "tool": name,
            "effect": declared.tool.effect if declared else "unknown",
            "args": kept,
            "key": {"hash": key, "nth": slot[3]},
            "labels": {one: vars(label) for one, label in labels.items()},
        }
        try:
            return self._decided(facts, named, slot, decide(facts, self.warrant))
        except Overtaken as late:  # others have used up what was left of a day
            if self._budget is not None:
                self._budget.give_back_tool()
            return self._decided(facts, named, slot, late.decision)

    def _decided(self, facts: Call, named: Body, slot: Slot, decision: Decision) -> Checked:
        """What becomes of a decision once people's answers and the budget have had their say; recorded."""
        checked = Checked(**vars(decision), call=named["call"])
        answer = Answer("none")
        if decision.verdict == "ask":
            bound = digest_of(self.id, named, decision)
            answer = self._approvals.standing(
                bound, named["tool"], decision.rule, self._clock.now(), self._terms.asked_of(decision)
            )
            checked = answered(checked, answer)
        if checked.verdict == "allow":
            checked = self._within_budget(checked)
        if checked.verdict == "ask" and answer.standing == "none":
            body = requested(self.id, named, decision, self._clock.now(), self._terms)
            checked = replace(checked, approval=body["approval"])
            self._record("call.decided", named | said(checked))
            self._record("approval.requested", body)
            self._approvals.request(body)
        else:
            self._record("call.decided", named | said(checked), self._holding(checked, facts, decision))
        if checked.verdict != "deny" and slot not in self._slots:
            self._slots.add(slot)
            declared = self._tools[named["tool"]]
            self._uses.add(named["step"], named["tool"], effect_of(declared.tool, named["args"]), named["args"])
        if checked.verdict == "allow":
            self._let_through(checked, named, slot, answer)
        return checked

    def _let_through(self, checked: Checked, named: Body, slot: Slot, answer: Answer) -> None:
        if answer.approval:
            self._record("approval.used", {"approval": answer.approval, "call": named["call"]})
        self._allowed[slot[:3]] += 1
        self._open[checked.call] = (checked, named, time.monotonic())

    def _within_budget(self, checked: Checked) -> Checked:
        try:
            if self._budget is not None:
                self._budget.use_tool()
        except BudgetExceeded as error:
            return replace(checked, verdict="deny", rule="gate.budget", reason=error.problem)
        return checked

    def _answer(self, approval: str, answer: Body) -> None:
        with self._lock:
            self._must_be_open()
            if not answer["by"]:
                raise UsageError("an answer needs a person", remedy="say who answers with 'by'")
            if not approval:
                raise UsageError("an answer needs the id of an approval", remedy="take it from the decision")
            asked = self._approvals.find(approval)
            tool = self._tools[asked.tool].tool
            now = self._clock.now()
            who = {"by": answer["by"], "principal": self.principal, "roster": self._roster}
            role = self._approvals.checked(asked, now=now, tool=tool, **who)
            answer |= {"by": self._roster.name(answer["by"]), "role": role, "args": None, "scope": "call"}
            self._record("approval.answered", answer | {"approval": asked.approval})
            self._approvals = Approvals(self.ledger.records(self.id))

    def _taken(self, call: Checked) -> tuple[Body, Declared, int]:
        """What is known of an allowed call whose result is to come, and its milliseconds. Else raises UsageError."""
        self._must_be_open()
        held = self._open.get(call.call) if isinstance(call, Checked) else None
        if held is None or held[0] is not call:
            problem = "this is no allowed call of this run whose result is still to come"
            raise UsageError(problem, remedy="give what 'check' returned for it, once, and only if it said allow")
        return held[1], self._tools[held[1]["tool"]], round((time.monotonic() - held[2]) * 1000)

    def _findings(self, declared: Declared, args: Body) -> tuple[Finding, ...]:
        """What is to be said of the content: of all but targets and secrets. Secrets that were seen must not leave."""
        apart = {*declared.tool.targets, *declared.spec.secret}
        return findings(
            {name: value for name, value in args.items() if name not in apart},
            parties={str(leaf) for name in declared.tool.targets for _, leaf in leaves(args.get(name))},
            trusted_hosts=self._trusted_hosts(),
            secrets=self._marks.texts,
            others=(),
            limit=LONGEST_MESSAGE,
        )

    def _trusted_hosts(self) -> frozenset[str]:
        """The hosts of trusted links; looked up again only after a result, which alone can bring new ones."""
        if self._hosts is None:
            self._hosts = self._origins.hosts()
        return self._hosts

    def _masked_args(self, declared: Declared | None, args: Body) -> Body:
        """The arguments as they are recorded. Of a tool with secrets, what it does not know may be one misspelt."""
        if declared is None or not declared.spec.secret:
            return args
        unknown = set(args) - set(declared.spec.arguments)
        return {
            name: self._marks.on(value, ("*",)) if name in unknown or name in declared.spec.secret else value
            for name, value in args.items()
        }

    def _record(self, kind: Any, body: Body, within: Within | None = None) -> None:
        self.ledger.append(self.id, kind, self._marks.clean(body) if self._marks.texts else body, within=within)

    def _holding(self, checked: Checked, facts: Call, decision: Decision) -> Within | None:
        if self._days is None or checked.verdict != "allow":
            return None
        return self._days.holding(facts, decision, self.warrant, checked.call)

    def _must_be_open(self) -> None:
        if self._closed:
            raise UsageError(f"run {self.id} is closed", remedy="open another one")
