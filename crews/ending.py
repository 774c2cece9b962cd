"""How a run ends, or is put down: its report, its last record, and the outcome that its caller gets."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from crews.checking import checked
from crews.lessons import learn
from crews.notices import House, notify
from crews.opened import Opened
from crews.outages import explained, undone
from crews.report import Section
from crews.retention import kept_until
from crews.wish import Outcome
from crews.worlds import export_world
from guard.approvals import Approvals
from guard.carrying import patient
from runtime.clock import SystemClock, stamp
from runtime.errors import BudgetExceeded, Cancelled, DeputyError, Drained, LedgerError, TakenOver, Waiting
from tasks.templates import fill


def done(opened: Opened) -> Outcome:
    """The end of a run whose steps are all done: reported, checked, and failed after all if something was not done."""
    records = opened.ledger.records(opened.run)
    answered = next((one.body["output"] for one in reversed(records) if one.kind == "step.done"), "")
    came = checked(opened, answered, records)
    try:
        markdown, html = patient()(_reported, opened)
    except OSError as error:
        unwritten = DeputyError(f"the report cannot be written: {error}", remedy="free space, then run again")
        return failed(opened, unwritten)
    except DeputyError as error:  # a system that is not there now
        return failed(opened, undone(records) or error)
    opened.record("report.written", markdown=str(markdown), html=str(html))
    if missed := undone(records):
        return failed(opened, missed)
    learn(opened, records)
    opened.record("run.done", summary=came.text)
    return Outcome(opened.run, "done", 0, came.text, opened.folder)


def stopped(opened: Opened, cause: DeputyError) -> Outcome:
    """The end of a run that was brought to a stop. What another worker carries on is not for this one to record."""
    if isinstance(cause, Waiting | BudgetExceeded):
        return _waiting(opened, cause)
    if isinstance(cause, LedgerError):
        raise cause  # what cannot be written cannot be said there either; the run stays where its records end
    if isinstance(cause, TakenOver | Drained):
        return Outcome(opened.run, "running", cause.exit_code, cause.problem, opened.folder, cause)
    if isinstance(cause, Cancelled):
        opened.record("run.cancelled", reason=cause.problem)
        return Outcome(opened.run, "cancelled", cause.exit_code, cause.problem, opened.folder, cause)
    return failed(opened, cause)


def _waiting(opened: Opened, cause: DeputyError) -> Outcome:
    """Put the run down until it is rung, or until the first moment at which it can go on by itself."""
    expiries = [one.expires for one in Approvals(opened.ledger.records(opened.run)).pending(SystemClock().now())]
    times = [*opened.stop.times, *(datetime.fromisoformat(one).timestamp() for one in expiries)]
    until = min(times, default=None)
    told = {"until": stamp(datetime.fromtimestamp(until, UTC))} if until is not None else {}
    house = House(opened.home, opened.config.settings, opened.config.policies, opened.environ)
    notify(house, opened.ledger, opened.run)
    short = {"remedy": cause.remedy, "exit_code": cause.exit_code} if isinstance(cause, BudgetExceeded) else {}
    opened.record("run.waiting", due=until, reason=cause.problem, **told, **short)
    with suppress(OSError, DeputyError):  # what waits is more important than the page that tells of it
        _reported(opened)
    return Outcome(opened.run, "waiting", cause.exit_code, cause.problem, opened.folder, cause)


def failed(opened: Opened, error: DeputyError) -> Outcome:
    """The end of a run that cannot be carried on, with the error as a person can use it."""
    error = explained(error, opened.ledger.records(opened.run))
    opened.record("run.failed", error=error.problem, remedy=error.remedy, exit_code=error.exit_code)
    return Outcome(opened.run, "failed", error.exit_code, error.problem, opened.folder, error)


def _reported(opened: Opened) -> tuple[Path, Path]:
    """The report on what the run has done so far, in Markdown and HTML. Raises OSError if it cannot be written."""
    from crews.report import write_report
    from crews.report.names import Names

    records = opened.ledger.records(opened.run)
    sections = [*opened.scene.sections(records, opened.world), *_kept_until(opened)]
    export_world(opened.world, opened.folder, records)
    title, names = fill(opened.title, opened.words), Names(opened.world.ats.candidate)
    return write_report(records, opened.folder, title=title, sections=sections, names=names)


def _kept_until(opened: Opened) -> list[Section]:
    vault = opened.ledger.vault
    return kept_until(vault, opened.config, opened.wish.scenario or "", opened.world) if vault else []
