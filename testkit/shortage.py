"""Playing a scene of the crash kit where the disk fills, or the clock jumps, in the middle of the run.

    every_point(scene, points, whole, carry=full_disk)      # full from that point on; the next process has room again
    every_point(scene, points, whole, carry=wrong_clock)    # from that point on a day ahead, right, a day behind, ...

Points, worlds and counts are those of `testkit.crashkit`; nothing is killed.
"""

import itertools
import os
import resource
import signal
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from runtime.clock import SystemClock
from runtime.home import LEDGER_FILE
from testkit.crashplay import (
    ENDED,
    Kills,
    Played,
    Stage,
    by_processes,
    forked,
    ledger_of_stage,
    play,
    state_of,
    unanswered,
)
from testkit.crashpoints import place
from testkit.faults import lease_over

_NOTES = 30_000
"""Bytes that each of the kit's own notes may have on a disk that is full."""

_EVERY = 20
"""Points between two jumps of the clock."""

_JUMPS = (1, 0, -1, 0)
"""Days by which the clock is wrong, in turns."""


def full_disk(stage: Stage, kills: Kills, look: Callable[[], int]) -> Played:
    """Let a process play whose ledger cannot grow from that point on; then others, as soon as there is room again."""
    forked(_on_a_full_disk, stage, kills.at).join()
    in_flight = 0
    if state_of(stage) in ENDED:
        raise RuntimeError("the run ended before its disk was full")
    if state_of(stage) != "not begun":
        in_flight = unanswered(stage)
        with closing(ledger_of_stage(stage)) as ledger:
            lease_over(ledger)
    after = by_processes(stage, Kills(), look)
    return Played(after.kills, in_flight, after.looked)


def wrong_clock(stage: Stage, kills: Kills, look: Callable[[], int]) -> Played:
    """Let a process play whose clock jumps again and again from that point on; then others, by the right one."""
    forked(_by_a_wrong_clock, stage, kills.at).join()
    return by_processes(stage, Kills(), look)


def _on_a_full_disk(stage: Stage, at: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    journal = Path(stage.environ["DEPUTY_HOME"]) / f"{LEDGER_FILE}-wal"

    def fill(number: int) -> None:
        if number == at:
            size = max(_NOTES, journal.stat().st_size if journal.exists() else 0)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    _playing(stage, fill)


def _by_a_wrong_clock(stage: Stage, at: int) -> None:
    right, wrong = SystemClock.now, timedelta()

    def jump(number: int) -> None:
        nonlocal wrong
        if number >= at:
            wrong = timedelta(days=_JUMPS[(number - at) // _EVERY % len(_JUMPS)])

    def now(self: SystemClock) -> datetime:
        return right(self) + wrong

    SystemClock.now = now  # type: ignore[method-assign]  # for good: this process does nothing else
    _playing(stage, jump)


def _playing(stage: Stage, reach: Callable[[int], None]) -> None:
    """Play, and say of each point the how manieth it is."""
    count, lock = itertools.count(1), threading.Lock()

    def reached(_name: str) -> None:
        with lock:
            number = next(count)
        reach(number)

    place(reached, Path(os.devnull))
    play(stage, None)
