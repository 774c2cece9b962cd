"""What the ledger holds: one record per decision, and the kinds of records there are.

    kind             body
    run.started      goal, scenario, crew, process, principal, inputs, world, mode, models, config
    plan.proposed    plan, role, model
    plan.accepted    plan (digest), by, reason
    step.started     step, role, task
    model.called     step, role, model, key {hash, nth}, request, reply {text, calls}, usage {prompt, completion},
                     usd, ms
    model.failed     step, role, model, key, error, again, and usage and usd if it cost something
    call.decided     step, role, call, tool, effect, args, verdict, rule, reason
    tool.intended    step, role, call, tool, effect, args          (effects only, durable before the effect)
    tool.done        step, role, call, tool, effect, args, result, ms
    tool.failed      step, role, call, tool, effect, args, error, again
    step.done        step, role, output
    step.failed      step, role, error
    report.written   markdown, html
    run.waiting      reason
    run.done         summary
    run.failed       error, remedy, exit_code
    run.cancelled    reason

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
    "tool.intended",
    "tool.done",
    "tool.failed",
    "step.done",
    "step.failed",
    "report.written",
    "run.waiting",
    "run.done",
    "run.failed",
    "run.cancelled",
]

State = Literal["running", "waiting", "done", "failed", "cancelled"]

STATE_AFTER: dict[str, State] = {
    "run.started": "running",
    "run.waiting": "waiting",
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
