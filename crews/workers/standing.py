"""Keeping a worker up: a process that ends by itself is begun again.

Celery's own process ends when its Redis goes away while it holds messages (kombu's transport raises AttributeError on
the closed connection). What it was at stands in the ledger, so all there is to do is to begin it again.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from crews.workers.hand import Say

PAUSE = 1.0
"""Seconds before a process that ended is begun again."""


def kept_up(work: Callable[[], None], say: Say) -> None:
    """Do `work` in a process of its own, and again whenever that ends by itself, until SIGTERM or SIGINT comes here.

    No other thread may run here: the process is forked, with all that is loaded. SIGTERM is passed on; Ctrl-C reaches
    both by itself.
    """
    told = threading.Event()
    process = _forked(work)

    def end(number: int, _frame: Any) -> None:
        told.set()
        if number == signal.SIGTERM:
            process.terminate()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, end)
    while True:
        process.start()
        if told.is_set():
            process.terminate()
        process.join()
        if told.is_set():
            return
        say("ended by itself", code=process.exitcode)
        told.wait(PAUSE)
        process = _forked(work)


def is_kept_up_by(keeper: int) -> bool:
    """Whether the process that keeps this one up is still there."""
    return os.getppid() == keeper


def _forked(work: Callable[[], None]) -> Any:
    return multiprocessing.get_context("fork").Process(target=_alone, args=(work,))


def _alone(work: Callable[[], None]) -> None:
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_DFL)
    work()
