"""The runner: one goal, one run, one outcome. The command, the web and the queue all start here."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from crews.answering import Answering
from crews.opening import Opened, open_run
from crews.wish import Outcome, Wish
from crews.worlds import export_world
from guard.gate import Gate
from guard.warrant import Warrant, accept
from runtime.errors import DeputyError, ModelFailure, RunStopped, UsageError
from runtime.ledger import Listener
from runtime.quiet import quiet
from tasks.templates import fill

CANCELLED = 130


def start(
    project: Path,
    wish: Wish,
    *,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    answering: Answering | None = None,
) -> Outcome:
    """Run `wish` to its end. Raises ConfigError or UsageError before it begins; afterwards every end is an Outcome."""
    with closing(open_run(project, wish, on_record=on_record, on_banner=on_banner, answering=answering)) as opened:
        return _run(opened)


def _run(opened: Opened) -> Outcome:
    try:
        with _crewai(opened):
            _carry_out(opened)
    except KeyboardInterrupt:
        opened.record("run.cancelled", reason="interrupted at the keyboard")
        cancelled = UsageError("the run was cancelled")
        return Outcome(opened.run, "cancelled", CANCELLED, "cancelled", opened.folder, cancelled)
    except (RunStopped, DeputyError) as error:
        return _failed(opened, error.cause if isinstance(error, RunStopped) else error)
    except Exception as error:
        return _failed(opened, ModelFailure(f"the crew broke: {type(error).__name__}: {error}"))
    return _done(opened)


def _carry_out(opened: Opened) -> None:
    from crews.builder import Builder

    warrant = _warrant(opened)
    opened.record("plan.accepted", plan=warrant.digest, by="policy", reason="within the roles' tools and the policies")
    gate = Gate(opened.run, opened.ledger, warrant, opened.world, opened.budget, opened.stop.check)
    context = opened.answering.context
    builder = Builder(warrant, gate, opened.config.roles, opened.gateway, _recorder(opened, warrant), context)
    spec = opened.config.crews[opened.crew]
    crew, tasks = builder.crew(spec.process, spec.manager)
    try:
        crew.kickoff()
    except BaseException as error:
        reason = "it was cancelled" if isinstance(error, KeyboardInterrupt) else str(error)
        cause = error.cause if isinstance(error, RunStopped) else UsageError(f"the run has ended: {reason}")
        opened.stop.set(RunStopped(cause))
        raise
    finally:
        for task in tasks:
            task.wait()


def _warrant(opened: Opened) -> Warrant:
    from crews.briefing import brief_of
    from crews.planner import Planner
    from tasks.steps import plan_of

    brief, spec = brief_of(opened), opened.config.crews[opened.crew]
    manager = spec.manager
    if manager and (spec.process == "planned" or not spec.tasks):
        card = opened.config.roles[manager]
        planner = Planner(opened.run, opened.ledger, opened.gateway(manager), manager, card, opened.authority)
        return planner.warrant(brief)
    plan = plan_of(brief.tasks)
    opened.record("plan.proposed", plan=plan, role="", model="tasks.yaml")
    return accept(plan, opened.authority)


def _recorder(opened: Opened, warrant: Warrant) -> Callable[[str, str, dict[str, Any]], None]:
    def record(kind: str, step: str, body: dict[str, Any]) -> None:
        opened.record(kind, step=step, role=warrant.plan.step(step).role, **body)

    return record


def _done(opened: Opened) -> Outcome:
    from crews.report import write_report

    records = opened.ledger.records(opened.run)
    try:
        sections = opened.scene.sections(records, opened.world)
        export_world(opened.world, opened.folder)
        markdown, html = write_report(records, opened.folder, title=fill(opened.title, opened.words), sections=sections)
    except OSError as error:
        return _failed(
            opened, DeputyError(f"the report cannot be written: {error}", remedy="free space, then run again")
        )
    opened.record("report.written", markdown=str(markdown), html=str(html))
    summary = next((one.body["output"] for one in reversed(records) if one.kind == "step.done"), "")
    opened.record("run.done", summary=summary)
    return Outcome(opened.run, "done", 0, summary, opened.folder)


def _failed(opened: Opened, error: DeputyError) -> Outcome:
    opened.record("run.failed", error=error.problem, remedy=error.remedy, exit_code=error.exit_code)
    return Outcome(opened.run, "failed", error.exit_code, error.problem, opened.folder, error)


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

    with fenced():
        yield
