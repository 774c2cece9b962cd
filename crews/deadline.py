"""The deadline: a run whose time is over ends, also if it hangs in a model or a tool.

    time over --stop sign--> unwinds at the next call
              --grace-----> still not ended, and no effect under way: the process is ended
              --longest---> still an effect under way: the process is ended; the effect is in doubt, and is looked for
                            when the run is carried on

A run that somebody cancels is stopped in the same way, with a shorter grace.

Threads cannot be stopped in Python, so only a process that belongs to the run can be ended: `deputy run` and a worker
give `end`, a server does not.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from crews.opened import Opened
from crews.stop import UNWIND
from runtime.errors import BudgetExceeded, Cancelled, RunStopped

GRACE = 15.0
"""Seconds that a run has for ending by itself once its time is over."""

LONGEST = 180.0
"""Seconds that an effect under way is left to finish after that."""

_LOOK = 0.2


@contextmanager
def within_time(opened: Opened, end: Callable[[int], object] | None = None, *, alone: bool = False) -> Iterator[None]:
    """Keep the block within the run's time. `end` ends the process with an exit code, after the run's pause is
    recorded; without it, the run ends at its next call. If nobody looks after this process (`alone`), it is ended as
    well when the run is cancelled and hangs."""
    over = threading.Event()
    if end and alone:
        opened.stop.on_cancelled = partial(_cut_off, opened, over, end)
    watch = threading.Thread(target=_watch, args=(opened, over, end), name="deadline", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()


def _watch(opened: Opened, over: threading.Event, end: Callable[[int], object] | None) -> None:
    if over.wait(max(0.0, min(opened.budget.seconds_left(), threading.TIMEOUT_MAX))):
        return
    cause = BudgetExceeded(
        "the run's time is used up", remedy="carry it on with 'deputy resume', or give it more minutes"
    )
    opened.stop.set(RunStopped(cause))
    if end is None or _ends_by_itself(opened, over, GRACE):
        return
    problem = f"{cause.problem}, and it did not end by itself"
    with suppress(Exception):  # the process ends in any case
        opened.record("run.waiting", reason=problem, remedy=cause.remedy, exit_code=cause.exit_code)
    end(cause.exit_code)


def _cut_off(opened: Opened, over: threading.Event, end: Callable[[int], object], cause: Cancelled) -> None:
    """End a cancelled run with its process, unless it unwinds by itself at once."""
    if _ends_by_itself(opened, over, UNWIND):
        return
    with suppress(Exception):  # the process ends in any case
        opened.record("run.cancelled", reason=cause.problem)
    end(cause.exit_code)


def _ends_by_itself(opened: Opened, over: threading.Event, seconds: float) -> bool:
    """Whether the run has ended after so many seconds, or while an effect that was under way then was let finish."""
    if over.wait(seconds):
        return True
    left = LONGEST
    while left > 0 and any(gate.busy() for gate in opened.gates):
        if over.wait(_LOOK):
            return True
        left -= _LOOK
    return over.is_set()
