"""A revised plan, once in a run: where steps were denied what the plan does not grant, the manager is asked again.

The manager is told trusted text only: the plan, and which tools were missing in which step, by name. A plan that only
narrows, or reads more, is taken at once; one that widens an effect is for a person to accept. Either is recorded, with
the plan that it takes the place of. Without a new plan the run ends as it would have.
"""

from collections.abc import Sequence
from dataclasses import replace

from crews.briefing import brief_of
from crews.opened import Opened
from crews.stop import ANSWER
from guard.approvals import Approvals, digest_of, requested
from guard.approvers import terms_of
from guard.changes import Changes, compare
from guard.decision import Decision
from guard.warrant import PlanRefused, Warrant
from runtime.clock import SystemClock
from runtime.errors import ModelFailure, WaitingForPerson
from runtime.journal import Journal
from runtime.records import Record

LACKS = ("step.tools", "step.times", "grant.values")
"""The rules by which a call is denied for lack of a grant."""

_STEP_KINDS = ("step.started", "step.done", "step.failed")


def revised(opened: Opened, warrant: Warrant) -> Warrant | None:
    """The warrant to go on with, if another is needed, wanted and allowed. Raises WaitingForPerson to ask for it."""
    records = opened.ledger.records(opened.run)
    lacks = lacking(records, warrant)
    spec = opened.config.crews[opened.crew]
    by_manager = spec.process == "planned" and spec.manager is not None and opened.answering.mode != "playbook"
    if not lacks or not by_manager or any(one.body.get("supersedes") for one in records if one.kind == "plan.accepted"):
        return None
    new = _proposed(opened, warrant, lacks)
    if new is None:
        return None
    changes = compare(warrant.plan, new.plan, warrant.authority.tools)
    if not changes.any:
        return None
    by = _person(opened, new, changes) if changes.wider else "policy"
    if not by:
        return None
    reason = "a person accepts what is wider" if changes.wider else "nothing is wider than before"
    opened.record("plan.accepted", plan=new.digest, by=by, reason=reason, supersedes=warrant.digest)
    return new


def lacking(records: Sequence[Record], warrant: Warrant) -> list[str]:
    """Which tools were denied in which steps for lack of a grant. Names that exist, and no other word of any call."""
    denied = [one.body for one in records if one.kind == "call.decided" and one.body["rule"] in LACKS]
    tools = warrant.authority.tools
    pairs = {(one["step"], one["tool"], one["rule"]) for one in denied if one["tool"] in tools}
    return [f"step '{step}': {tool} ({rule})" for step, tool, rule in sorted(pairs) if warrant.step(step)]


def again(opened: Opened, old: Warrant, new: Warrant) -> Opened:
    """The run, to be gone through once more over its records: steps that changed begin and end anew."""
    changed = _changed(old, new)
    for step in sorted(changed):  # what models said there before is not gone by any more
        role = new.plan.step(step).role
        opened.record("replay.diverged", step=step, role=role, where="plan", diff=[], accepted=True)
    records = opened.ledger.records(opened.run)
    kept = [one for one in records if not (one.kind in _STEP_KINDS and one.body["step"] in changed)]
    opened.stop.lower()
    journal = Journal(kept, accept_drift=opened.journal.accept_drift)
    return replace(opened, records=records, journal=journal, gateways={})


def _changed(old: Warrant, new: Warrant) -> set[str]:
    """The steps that are not as they were, and all that wait for them."""
    changed = {step.id for step in new.order if old.step(step.id) != step}
    for step in new.order:
        if changed & set(step.after):
            changed.add(step.id)
    return changed


def _proposed(opened: Opened, warrant: Warrant, lacks: Sequence[str]) -> Warrant | None:
    from crews.planner import Planner

    manager = opened.config.crews[opened.crew].manager or ""
    card = opened.config.roles[manager]
    planner = Planner(opened.run, opened.ledger, opened.gateway(manager), manager, card, opened.authority)
    try:
        return planner.warrant(brief_of(opened), before=warrant.plan, lacks=lacks)
    except (PlanRefused, ModelFailure):
        return None


def _person(opened: Opened, new: Warrant, changes: Changes) -> str:
    """Who accepted the wider plan; empty if somebody refused it. Raises WaitingForPerson while nobody has answered."""
    now, records = SystemClock().now(), opened.ledger.records(opened.run)
    args = {"wider": list(changes.wider), "narrower": list(changes.narrower), "plan": new.digest}
    key = {"hash": new.digest, "nth": 1}
    named = {"step": "plan", "role": "", "call": "plan-2", "tool": "plan", "effect": "plan", "args": args, "labels": {}}
    decision = Decision("ask", "plan.wider", "the manager wants to do more than the accepted plan grants")
    bound = digest_of(opened.run, named | {"key": key}, decision)
    terms = terms_of(opened.config.policies)
    answer = Approvals(records).standing(bound, "plan", decision.rule, now, terms.asked_of(decision))
    if answer.standing == "approved":
        answers = [one.body for one in records if one.kind == "approval.answered"]
        opened.record("approval.used", approval=answer.approval, call="plan-2")
        return next(str(one["by"]) for one in reversed(answers) if one["approval"] == answer.approval)
    if answer.standing in ("denied", "expired"):
        return ""
    if answer.standing == "none":
        opened.record("approval.requested", **requested(opened.run, named | {"key": key}, decision, now, terms))
    raise WaitingForPerson("a wider plan waits for a person", remedy=ANSWER)
