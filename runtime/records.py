"""What the ledger holds: one record per decision, and the kinds of records there are.

    kind             body
    run.started      goal, scenario, crew, process, principal, tenant, inputs, world, left_out (files of erased people),
                     mode, models, meant (what the goal's own words came to), facts (of the inputs), config (digest),
                     budget (limits), wish (what was asked for, as it was), replays {run, step} (if by another's)
    run.queued       tenant, priority
    plan.proposed    plan, role, model
    plan.accepted    plan (digest), by, reason, supersedes (the digest of the plan before, if the run was revised)
    step.started     step, role, task
    model.called     step, role, model, key {hash, nth}, request, reply {text, calls}, usage {prompt, completion},
                     usd, ms, spent (what the run has used by then)
    model.failed     step, role, model, key, error, again, spent, and usage and usd if it cost something
    replay.diverged  step, role, where (the part of the request), diff (lines), accepted
    call.decided     step, role, call, tool, effect, args, key {hash, nth}, verdict, rule, reason, instead (what would
                     have been allowed)
    approval.requested   approval (id), digest, step, role, call, tool, effect, args, labels, rule, reason, instead,
                     preview (what it would do), people, approvers, expires, then (who is asked after that),
                     then_expires
    approval.notified    approvals (ids), to, by (mail or apprise), told (pairs of approval and person), error
    approval.answered    approval, verdict (approved or denied), by, role, reason, args (if edited), scope (call or
                     tool), token (its nonce, if one was used)
    approval.used    approval, call
    tool.intended    step, role, call, tool, effect, args, key     (effects only, durable before the effect)
    tool.retried     step, role, call, tool, key, error, attempt, seconds (until the next one)
    tool.unknown     step, role, call, tool, effect, args, key, reason     (nobody can know whether it happened)
    tool.settled     step, role, call, tool, effect, args, key, verdict (done, redo or skip), by, reason
    tool.done        step, role, call, tool, effect, args, key, result, ms; probed or settled if it was found so, late
                     if it took longer than the tool says
    tool.failed      step, role, call, tool, effect, args, key, error, remedy, again; refused if the tool said no
                     and did nothing; away if its system did not answer
    backend.opened   backend, failures, seconds (until it is tried again), error
    step.done        step, role, output
    step.failed      step, role, error
    report.written   markdown, html
    run.waiting      reason, until (if it goes on by itself then), and remedy and exit_code if it waits for no answer
                     but a larger budget
    run.resumed      by, usd (if it was given another cap)
    run.done         summary
    run.failed       error, remedy, exit_code
    run.cancelled    reason
    tool.pinned      tool, source, hash, before (the hash that it had, if it had one), by
    answer.doubted   claims [{claim, why}]: what an answer says that does not stand on what was read
    proposal.made    to (crew or person), goal, why, scenario, crew, effects (tool to effect), usd (at most), last_usd
                     (of the scenario's last run), transcript (who, said)
    proposal.accepted    by
    subject.erased   subject (its reference, never its name), by, reason, erased (how much of what)

A record that was taken over from an earlier run says so in `copied` {run, seq}.

`call` names a tool call within its run, `<step>-<number>`. Money is in US dollars, and left out where no price is
known; `ms` are milliseconds.
"""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "run.started",
    "run.queued",
    "plan.proposed",
    "plan.accepted",
    "step.started",
    "model.called",
    "model.failed",
    "replay.diverged",
    "call.decided",
    "approval.requested",
    "approval.notified",
    "approval.answered",
    "approval.used",
    "tool.intended",
    "tool.retried",
    "tool.unknown",
    "tool.settled",
    "tool.done",
    "tool.failed",
    "backend.opened",
    "step.done",
    "step.failed",
    "report.written",
    "run.waiting",
    "run.resumed",
    "run.done",
    "run.failed",
    "run.cancelled",
    "tool.pinned",
    "answer.doubted",
    "proposal.made",
    "proposal.accepted",
    "subject.erased",
]

State = Literal["queued", "running", "waiting", "done", "failed", "cancelled"]

ENDED: tuple[State, ...] = ("done", "failed", "cancelled")
"""Where a run stands that does nothing more by itself."""

ORDERS_MARK = "Orders: "
"""Where a task tells a playbook's step, as JSON on its last line, what people are not shown."""

STATE_AFTER: dict[str, State] = {
    "run.started": "running",
    "run.queued": "queued",
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
