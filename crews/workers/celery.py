"""Workers on Celery, for those who run it already: a task is one look into the ledger, and one segment of what is due.

The broker says only that there is something to do. Which run, who may have it, and what it has done so far stand in the
ledger, as they do without a broker; so a message may be lost, come twice, or come after everything is done.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from typing import Any

from crews.segment import ledger_of, segment
from crews.stop import draining
from crews.workers.hand import Say, Terms, ending
from crews.workers.standing import is_kept_up_by, kept_up
from runtime.bell import TASK, broker, celery_app, ring_out
from runtime.claims import claim_next, worker_name
from runtime.database import DATABASE_ERRORS
from runtime.errors import ConfigError, LedgerError
from runtime.ledger import Ledger
from runtime.work import due_runs

SWEEP = 1.0
"""Seconds between two rings for what is due and was not claimed."""

MOST_RINGS = 100

DRAIN = signal.SIGUSR2
"""Tells a process of the worker to put its run down at the next call."""


def serve(terms: Terms, size: int, say: Say, tick: Callable[[], None], grace: float = 25.0) -> None:
    """A Celery worker with `size` processes, and the sweep beside it, until SIGTERM. Then runs under way may come to
    their next call for `grace` seconds.

    One that ends by itself is begun again.
    """
    if not broker():
        raise ConfigError("no broker is named", remedy="set DEPUTY_BROKER to redis://HOST or amqp://HOST")
    from celery.signals import worker_process_init

    import crews.workers.loaded  # noqa: F401  # once, before Celery forks

    app = celery_app(broker())
    worker_process_init.connect(partial(_listen, grace), weak=False)
    logging.getLogger("celery.worker.request").addFilter(_without_trace)

    def advance() -> None:
        _segment(terms, say)

    app.task(name=TASK)(advance)
    app.steps["worker"].add(_sweeping(Sweep(terms, tick), say))
    options = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING"]
    sizes = [f"--concurrency={size}", f"--max-tasks-per-child={terms.segments}"]
    most = f"--max-memory-per-child={terms.megabytes * 1000}"
    kept_up(lambda: app.worker_main(["--quiet", "worker", *sizes, most, *options]), say)


class Sweep:
    """Rings for each run that should move and that nobody has, and starts what comes round, each time it is called."""

    def __init__(self, terms: Terms, tick: Callable[[], None]) -> None:
        self._terms = terms
        self._tick = tick
        self._ledger: Ledger | None = None
        self._keeper = os.getpid()

    def __call__(self) -> None:
        """One round. A ledger that cannot be reached is looked at again in the next one.

        A worker that nobody keeps up any more ends, as if it were told to.
        """
        if not is_kept_up_by(self._keeper):
            os.kill(os.getpid(), signal.SIGTERM)
            return
        with suppress(LedgerError, *DATABASE_ERRORS):
            self._ledger = self._ledger or ledger_of(self._terms.project)
            self._tick()
            for _ in due_runs(self._ledger.engine, MOST_RINGS):
                if not ring_out():
                    break


def _sweeping(sweep: Sweep, say: Say) -> type:
    """The part of a Celery worker that sweeps: by the worker's own timer, and in no thread. At the end it drains.

    Celery forks its processes whenever one is missing. What another thread holds at that moment, such as the lock of a
    module that it imports, is held in the new process for ever.
    """
    from celery.bootsteps import StartStopStep

    class Sweeping(StartStopStep):  # type: ignore[misc]  # Celery has no types
        requires = ("celery.worker.components:Timer",)

        def start(self, worker: Any) -> None:
            worker.timer.call_repeatedly(SWEEP, sweep)

        def close(self, worker: Any) -> None:
            for process in worker.pool.info["processes"]:
                with suppress(ProcessLookupError):
                    os.kill(process, DRAIN)
            say("draining")

    return Sweeping


def _listen(grace: float, **_signal: Any) -> None:
    """Make this process of the worker one that drains; one that cannot is ended after `grace` seconds."""

    def drain(_number: int, _frame: Any) -> None:
        draining.set()
        late = threading.Timer(grace, os._exit, [0])
        late.daemon = True
        late.start()

    signal.signal(DRAIN, drain)


def _without_trace(record: logging.LogRecord) -> bool:
    """Log that a process was lost in one line: where Celery has noticed it, and in what, tells nobody anything."""
    from celery.exceptions import WorkerLostError

    if isinstance(record.args, tuple) and any(isinstance(one, WorkerLostError) for one in record.args):
        record.exc_info = None
    return True


def _segment(terms: Terms, say: Say) -> None:
    name = worker_name()
    with closing(ledger_of(terms.project)) as ledger:
        held = claim_next(ledger.engine, name, terms.lease, terms.limits)
    if held is None:
        return
    say("claimed", run=held.run, worker=name, fence=held.fence)
    outcome = segment(terms.project, held, end=ending(held, say), alone=True)
    say("put down", run=held.run, worker=name, state=outcome.state if outcome else "due again")
