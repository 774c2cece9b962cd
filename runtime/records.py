"""What the ledger holds: one record per decision, and the kinds of records there are.

    kind             body
    run.started      goal, scenario, crew, process, principal, inputs, world, left_out (files of erased people), mode,
                     models, meant (what the goal's own words came to), config (digest), budget (limits), wish (what
                     was asked for, as it was)
    plan.proposed    plan, role, model
    plan.accepted    plan (digest), by, reason
    step.started     step, role, task
    model.called     step, role, model, key {hash, nth}, request, reply {text, calls}, usage {prompt, completion},
                     usd, ms, spent (what the run has used by then)
    model.failed     step, role, model, key, error, again, spent, and usage and usd if it cost something
    call.decided     step, role, call, tool, effect, args, key {hash, nth}, verdict, rule, reason
    approval.requested   approval (id), digest, step, role, call, tool, effect, args, rule, reason, people, approvers,
                     expires
    approval.answered    approval, verdict (approved or denied), by, reason, args (if edited), scope (call or tool)
    approval.used    approval, call
    tool.intended    step, role, call, tool, effect, args, key     (effects only, durable before the effect)
    tool.done        step, role, call, tool, effect, args, key, result, ms
    tool.failed      step, role, call, tool, effect, args, key, error, remedy, again
    step.done        step, role, output
    step.failed      step, role, error
    report.written   markdown, html
    run.waiting      reason
    run.resumed      by
    run.done         summary
    run.failed       error, remedy, exit_code
    run.cancelled    reason
    tool.pinned      tool, source, hash, before (the hash that it had, if it had one), by
    subject.erased   subject (its reference, never its name), by
    subject.erased   subject (its reference, never its name), by, reason, erased (how much of what)

`call` names a tool call within its run, `<step>-<number>`. Money is in US dollars, and left out where no price is
known; `ms` are milliseconds.
"""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "run.started",
    "plan.proposed",
    "plan.accepted",
    "step.started",
    "model.called",
    "model.failed",
    "call.decided",
    "approval.requested",
    "approval.answered",
    "approval.used",
    "tool.intended",
    "tool.done",
    "tool.failed",
    "step.done",
    "step.failed",
    "report.written",
    "run.waiting",
    "run.resumed",
    "run.done",
    "run.failed",
    "run.cancelled",
    "tool.pinned",
    "subject.erased",
]

State = Literal["running", "waiting", "done", "failed", "cancelled"]

STATE_AFTER: dict[str, State] = {
    "run.started": "running",
    "run.waiting": "waiting",
    "run.resumed": "running",
    "run.done": "done",
    "run.failed": "failed",
    "run.cancelled": "cancelled",
}


@dataclass(frozen=True)
class Record:
    """One entry of the ledger. `seq` counts from 1 within its run; `at` is UTC; `mac` closes the chain up to here."""

    run: str
    seq: int
    at: str
    kind: Kind
    body: dict[str, Any]
    mac: str


@dataclass(frozen=True)
class RunHead:
    """Where a run stands: its newest record and what that makes of its state."""

    run: str
    seq: int
    mac: str
    state: State
    started: str
    updated: str
    goal: str
    scenario: str
