"""The runner: one goal, one run, one outcome. The command, the web and the queue all start here."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from typing import Any

from crews.answering import Answering
from crews.deadline import within_time
from crews.ending import done, failed, stopped
from crews.gates import gate_of
from crews.opened import Opened
from crews.opening import open_run
from crews.reading import needs_no_crew, only_reads, read_through
from crews.reopening import reopen_run
from crews.replanning import again, revised
from crews.undoing import carry_back, plan_of_undoing
from crews.wish import Outcome, Wish
from guard.plan import Plan
from guard.warrant import Warrant, accept
from runtime.checkpoints import checkpoint
from runtime.claims import Claim
from runtime.database import DATABASE_ERRORS
from runtime.errors import Cancelled, DeputyError, LedgerError, ModelFailure, RunStopped, UsageError, Waiting
from runtime.ledger import Listener
from runtime.quiet import quiet
from runtime.work import Ticket

OnPlan = Callable[[Warrant], Plan | None]
"""Is shown the warrant before anything is done; returns the plan to go by, or None to do nothing."""


class _Put(Exception):
    """The plan was looked at and put aside."""


def start(
    project: Path,
    wish: Wish,
    *,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    on_plan: OnPlan | None = None,
    answering: Answering | None = None,
    end: Callable[[int], object] | None = None,
    ticket: Ticket | None = None,
) -> Outcome:
    """Run `wish` to its end; with `on_plan`, by the plan that it accepts. `end` ends the process if time is over.

    If this process dies, a worker carries the run on; one whose plan a person wants to see first stays as it is.
    Raises ConfigError or UsageError before it begins, and AlreadyStarted if the ticket's key is taken; afterwards every
    end is an Outcome.
    """
    note = None if on_plan else ticket or Ticket()
    hooks: dict[str, Any] = {"on_record": on_record, "on_banner": on_banner, "answering": answering}
    with closing(open_run(project, wish, ticket=note, **hooks)) as opened:
        return _signed(opened, _run(opened, on_plan, end=end, alone=True))


def resume(
    project: Path,
    run: str | None,
    *,
    by: str,
    held: Claim | None = None,
    accept_drift: bool = False,
    usd: float | None = None,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    answering: Answering | None = None,
    end: Callable[[int], object] | None = None,
    alone: bool = True,
) -> Outcome:
    """Carry a run on where its records end: what is recorded is not asked or done again.

    `run` is the start of its id, or None for the newest. Raises UsageError for a run that is done, ConfigError if the
    configuration has changed since it began, unless `accept_drift`. `usd` is its new cap in US dollars. `end` ends the
    process if time is over, or if the run is cancelled and nobody else looks after this process (`alone`).
    """
    hooks: dict[str, Any] = {"on_record": on_record, "on_banner": on_banner, "answering": answering}
    with closing(reopen_run(project, run, by=by, held=held, accept_drift=accept_drift, usd=usd, **hooks)) as opened:
        return _signed(opened, _run(opened, end=end, alone=alone))


def _run(
    opened: Opened,
    on_plan: OnPlan | None = None,
    *,
    end: Callable[[int], object] | None = None,
    alone: bool = False,
) -> Outcome:
    try:
        with within_time(opened, end, alone=alone), _crewai(opened) if _with_crewai(opened) else nullcontext():
            copy_context().run(_carry_out, opened, on_plan)  # CrewAI leaves marks in the context of a run that unwinds
    except _Put:
        opened.record("run.cancelled", reason="the plan was looked at and nothing was done")
        return Outcome(opened.run, "cancelled", 0, "nothing was done", opened.folder)
    except KeyboardInterrupt:
        opened.record("run.cancelled", reason="interrupted at the keyboard")
        cancelled = UsageError("the run was cancelled")
        return Outcome(opened.run, "cancelled", Cancelled.exit_code, "cancelled", opened.folder, cancelled)
    except (RunStopped, DeputyError) as error:
        return stopped(opened, error.cause if isinstance(error, RunStopped) else error)
    except DATABASE_ERRORS as error:
        raise LedgerError(f"cannot reach the ledger: {error}", remedy="see that its database runs") from error
    except Exception as error:
        return failed(opened, ModelFailure(f"the crew broke: {type(error).__name__}: {error}"))
    return done(opened)


def _signed(opened: Opened, outcome: Outcome) -> Outcome:
    """The outcome, with a checkpoint over what the run has recorded. A ledger that was tampered with is told of."""
    try:
        checkpoint(opened.ledger, opened.home)
    except LedgerError as error:
        return outcome if outcome.error else replace(outcome, exit_code=error.exit_code, error=error)
    return outcome


def _carry_out(opened: Opened, on_plan: OnPlan | None) -> None:
    warrant = _accepted(opened) or _planned(opened, on_plan)
    failure: BaseException | None = None
    try:
        copy_context().run(_work, opened, warrant)
    except (RunStopped, Exception) as error:
        if not isinstance(getattr(error, "cause", error), ModelFailure):
            raise  # it waits for a person, or its budget is used up: another plan is no way out
        failure = error
    new = None if opened.wish.undoes else revised(opened, warrant)
    if new is not None:
        copy_context().run(_work, again(opened, warrant, new), new)
    elif failure is not None:
        raise failure


def _work(opened: Opened, warrant: Warrant) -> None:
    """Let the crew carry the warrant out, over what the run has recorded."""
    gate = gate_of(opened, warrant)
    if opened.wish.undoes:
        carry_back(opened, warrant, gate, _recorder(opened, warrant))
        return
    if only_reads(opened, warrant):
        read_through(opened, warrant, gate, _recorder(opened, warrant))
        return
    from crews.builder import Builder

    context = opened.answering.context
    builder = Builder(warrant, gate, opened.config.roles, opened.gateway, _recorder(opened, warrant), context)
    spec = opened.config.crews[opened.crew]
    crew, tasks = builder.crew(spec.process, spec.manager)
    try:
        crew.kickoff()
    except BaseException as error:
        reason = "it was cancelled" if isinstance(error, KeyboardInterrupt) else str(error)
        cause = error.cause if isinstance(error, RunStopped) else UsageError(f"the run has ended: {reason}")
        if not isinstance(cause, Waiting):  # steps side by side go on while one of them waits
            opened.stop.set(RunStopped(cause))
        raise
    finally:
        for task in tasks:
            task.wait()
        opened.stop.note(one.cause for task in tasks if isinstance(one := task.error(), RunStopped))


def _with_crewai(opened: Opened) -> bool:
    return not opened.wish.undoes and not needs_no_crew(opened)


def _accepted(opened: Opened) -> Warrant | None:
    """The warrant that the run has been given already, if it is carried on."""
    accepted = [one.body["plan"] for one in opened.records if one.kind == "plan.accepted"]
    for record in opened.records:
        if record.kind == "plan.proposed" and accepted:
            warrant = accept(Plan.model_validate(record.body["plan"]), opened.authority)
            if warrant.digest == accepted[-1]:
                return warrant
    return None


def _planned(opened: Opened, on_plan: OnPlan | None) -> Warrant:
    warrant = _warrant(opened)
    by, reason = "policy", "within the roles' tools and the policies"
    if on_plan is not None:
        plan = on_plan(warrant)
        if plan is None:
            raise _Put
        by, reason = opened.wish.principal, "read before it began"
        if plan != warrant.plan:
            warrant = accept(plan, opened.authority)
            opened.record("plan.proposed", plan=plan, role="", model=by)
    opened.record("plan.accepted", plan=warrant.digest, by=by, reason=reason)
    return warrant


def _warrant(opened: Opened) -> Warrant:
    if opened.wish.undoes:
        plan = plan_of_undoing(opened)
        opened.record("plan.proposed", plan=plan, role="", model="receipts")
        return accept(plan, opened.authority)
    from crews.briefing import brief_of
    from tasks.steps import plan_of

    brief, spec = brief_of(opened), opened.config.crews[opened.crew]
    manager = spec.manager
    if manager and (spec.process == "planned" or not spec.tasks):
        from crews.planner import Planner

        card = opened.config.roles[manager]
        planner = Planner(opened.run, opened.ledger, opened.gateway(manager), manager, card, opened.authority)
        return planner.warrant(brief)
    plan = plan_of(brief.tasks, opened.scene.pins(opened.facts))
    opened.record("plan.proposed", plan=plan, role="", model="tasks.yaml")
    return accept(plan, opened.authority)


def _recorder(opened: Opened, warrant: Warrant) -> Callable[[str, str, dict[str, Any]], None]:
    def record(kind: str, step: str, body: dict[str, Any]) -> None:
        if not opened.journal.has(kind, step):
            opened.record(kind, step=step, role=warrant.plan.step(step).role, **body)

    return record


@contextmanager
def _crewai(opened: Opened) -> Iterator[None]:
    """CrewAI, imported quietly: its storage below our home, and the caller's signal handlers put back."""
    quiet()
    os.environ["CREWAI_STORAGE_DIR"] = str(opened.home.root / "crewai")
    kept = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    import crewai  # noqa: F401

    for one, handler in kept.items():
        signal.signal(one, handler)
    from crews.fence import fenced
    from crews.muted import muted

    with fenced(), muted():
        yield
