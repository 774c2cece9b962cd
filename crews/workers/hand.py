"""A hand: one process that claims one run after the other and carries each on for a segment.

idle --claim--> carrying on --ended, waiting, put down--> idle ... until drained, or due to be replaced
"""

import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crews.segment import ledger_of, segment
from crews.stop import draining
from crews.wish import Outcome
from runtime.claims import LEASE, Claim, claim_next
from runtime.database import DATABASE_ERRORS
from runtime.errors import LedgerError
from runtime.limits import Limits

Say = Callable[..., None]
"""Is told what happens: an event's name, and what belongs to it."""


@dataclass(frozen=True)
class Terms:
    """How hands work. Recycled after so many segments, or above so many megabytes, whichever comes first."""

    project: Path
    lease: float = LEASE
    poll: float = 0.25
    segments: int = 200
    megabytes: int = 1024
    until_idle: bool = False
    limits: Limits = field(default_factory=Limits)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)


def work(terms: Terms, name: str, say: Say) -> None:
    """Carry runs on until drained or due to be replaced. SIGTERM drains: the run in hand stops at its next call."""
    os.environ.clear()  # it was forked from a process that may have been started in another environment
    os.environ.update(terms.environ)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: draining.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the pool decides what it means
    done, parent = 0, os.getppid()
    while not draining.is_set() and done < terms.segments and megabytes() < terms.megabytes:
        held = _next(terms, name)
        if held is None:
            if terms.until_idle or draining.wait(terms.poll) or os.getppid() != parent:  # the pool is gone
                return
            continue
        say("claimed", run=held.run, worker=name, fence=held.fence)
        began = time.monotonic()
        outcome = segment(terms.project, held, end=ending(held, say))
        done += 1
        say("put down", run=held.run, worker=name, **_told(outcome), seconds=round(time.monotonic() - began, 2))


def ending(held: Claim, say: Say) -> Callable[[int], None]:
    """What ends this process with an exit code, whatever hangs in it, and says whose run it takes along."""

    def end(code: int) -> None:
        say("cut off", run=held.run, worker=held.worker, exit_code=code)
        os._exit(code)

    return end


def megabytes() -> float:
    """How much memory this process holds at this moment."""
    with suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _next(terms: Terms, name: str) -> Claim | None:
    """The next run; None if there is none, or the ledger cannot be reached at this moment."""
    global _ledger
    try:
        if _ledger is None:
            _ledger = ledger_of(terms.project)
        return claim_next(_ledger.engine, name, terms.lease, terms.limits)
    except (LedgerError, *DATABASE_ERRORS):
        return None


_ledger: Any = None


def _told(outcome: Outcome | None) -> dict[str, str]:
    if outcome is None:
        return {"state": "due again"}
    return {"state": outcome.state, "summary": outcome.summary[:120]}
