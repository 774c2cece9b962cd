"""Workers on Celery, for those who run it already: a task is one look into the ledger, and one segment of what is due.

The broker says only that there is something to do. Which run, who may have it, and what it has done so far stand in the
ledger, as they do without a broker; so a message may be lost, come twice, or come after everything is done.
"""

import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

from crews.segment import ledger_of, segment
from crews.workers.hand import Say, Terms
from runtime.bell import TASK, broker, celery_app, ring_out
from runtime.claims import claim_next, worker_name
from runtime.database import DATABASE_ERRORS
from runtime.errors import ConfigError, LedgerError
from runtime.work import due_runs

SWEEP = 2.0
"""Seconds between two rings for what is due and was not claimed."""

MOST_RINGS = 100


def serve(terms: Terms, size: int, say: Say, tick: Callable[[], None]) -> None:
    """A Celery worker with `size` processes, and the sweep beside it, until SIGTERM. Tasks under way end first."""
    if not broker():
        raise ConfigError("no broker is named", remedy="set DEPUTY_BROKER to redis://HOST or amqp://HOST")
    import crews.workers.loaded  # noqa: F401  # once, before Celery forks

    app = celery_app(broker())

    def advance() -> None:
        _segment(terms, say)

    app.task(name=TASK)(advance)
    stopped = threading.Event()
    sweeper = threading.Thread(target=sweep, args=(terms, stopped, tick), daemon=True)
    sweeper.start()
    options = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING"]
    try:
        app.worker_main(["worker", f"--concurrency={size}", f"--max-tasks-per-child={terms.segments}", *options])
    finally:
        stopped.set()


def sweep(terms: Terms, stopped: threading.Event, tick: Callable[[], None]) -> None:
    """Ring for each run that should move and that nobody has, again and again; and start what comes round."""
    ledger: Any = None
    while not stopped.wait(SWEEP):
        with suppress(LedgerError, *DATABASE_ERRORS):
            ledger = ledger or ledger_of(terms.project)
            tick()
            for _ in due_runs(ledger.engine, MOST_RINGS):
                if not ring_out():
                    break


def _segment(terms: Terms, say: Say) -> None:
    name = worker_name()
    with closing(ledger_of(terms.project)) as ledger:
        held = claim_next(ledger.engine, name, terms.lease, terms.limits)
    if held is None:
        return
    say("claimed", run=held.run, worker=name, fence=held.fence)
    outcome = segment(terms.project, held)
    say("put down", run=held.run, worker=name, state=outcome.state if outcome else "due again")
