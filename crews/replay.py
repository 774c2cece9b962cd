"""A run made anew from where an earlier one stood: what it recorded before a step is copied, the rest is done again.

A copied record says in `copied` where it comes from, and costs nothing. Approvals are not copied: they were given to
the calls of one run. The world is as it is now; an effect that is asked for again finds itself done already.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from crews.holding import entering, wish_of
from crews.opening import Hooks, new_id, open_held
from crews.reopening import refuse_erased
from crews.segment import ledger_of
from guard.plan import Plan
from runtime.claims import Claim, lease_of, worker_name
from runtime.errors import UsageError
from runtime.problems import did_you_mean
from runtime.records import Record
from runtime.work import Ticket

_PLAN = ("plan.proposed", "plan.accepted")
_CALLS = ("step.started", "model.called", "call.decided", "tool.intended", "tool.done", "tool.failed", "step.done")


def prepare_replay(project: Path, prefix: str, step: str, *, by: str) -> Claim:
    """Begin a new run with the records that an earlier one has of all steps before `step`; it is to be resumed.

    Raises UsageError if the earlier run has no accepted plan, or no such step in it.
    """
    with closing(ledger_of(project)) as ledger:
        records = ledger.records(ledger.find(prefix).run)
    refuse_erased(records[0].run, records)
    again = _from(_plan_of(records), step)
    start, wish = records[0], replace(wish_of(records), principal=by)
    held = Claim(new_id(), worker_name(), 1, lease_of())
    opened = open_held(project, wish, held, records, Hooks(None, None, None, None, os.environ))
    try:
        body = start.body | {
            "principal": by,
            "config": opened.config.digest,
            "wish": {**start.body["wish"], "principal": by},
            "replays": {"run": start.run, "step": step},
        }
        ticket = Ticket(tenant=wish.of_tenant, crew=opened.crew)
        opened.ledger.append(held.run, "run.started", body, within=entering(held, ticket))
        for record in _kept(records, again):
            opened.ledger.append(held.run, record.kind, _copy(record))
    finally:  # the claim stays, for whoever resumes the run
        opened.world.close()
        opened.ledger.close()
    return held


def _plan_of(records: Sequence[Record]) -> Plan:
    proposed = [one.body["plan"] for one in records if one.kind == "plan.proposed"]
    if not proposed or not any(one.kind == "plan.accepted" for one in records):
        raise UsageError(f"run {records[0].run} has no accepted plan", remedy="start it again with 'deputy run'")
    return Plan.model_validate(proposed[-1])


def _from(plan: Plan, step: str) -> frozenset[str]:
    """The step and every step that waits for it, however indirectly."""
    known = {one.id: one for one in plan.steps}
    if step not in known:
        raise UsageError(f"the plan has no step '{step}'", remedy=did_you_mean(step, known))
    again = {step}
    while more := {one.id for one in plan.steps if again & {*one.after}} - again:
        again |= more
    return frozenset(again)


def _kept(records: Sequence[Record], again: frozenset[str]) -> Iterator[Record]:
    for record in records:
        planning = record.kind in _PLAN or (record.kind == "model.called" and not record.body.get("step"))
        if planning or (record.kind in _CALLS and record.body.get("step") not in again):
            yield record


def _copy(record: Record) -> dict[str, Any]:
    free = {"usd": 0.0} if "usd" in record.body else {}
    return record.body | free | {"copied": {"run": record.run, "seq": record.seq}}
