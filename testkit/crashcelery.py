"""Playing a scene by Celery workers behind a real broker: killed at a point, replaced, rung too often and not at all.

    carry = ByCelery(redis)                       # or a RabbitMQ
    trials = every_point(scene, whole=uninterrupted(scene, carry), carry=carry)

Each run is played by `deputy worker --celery`'s own code in a process group of its own. From one run to the next the
kit goes through what can happen: the process that carries the run on is killed alone, and Celery replaces it; or all of
the worker dies, and another one is started. The doorbell is dropped, doubled, or rung once; the broker restarts empty.
"""

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from runtime.work import note_of
from testkit.crashplay import (
    ENDED,
    Kills,
    Played,
    Stage,
    allow,
    begin,
    forked,
    ledger_of_stage,
    state_of,
    unanswered,
)
from testkit.crashpoints import Fuse, place
from testkit.faults import Broker, doubled, dropped, lease_over
from testkit.processes import lives
from testkit.waiting import until

LONGEST = 300.0
"""Seconds after which a run that has not ended is taken for lost."""

_LOOK = 0.1
_PAUSE = threading.Event()  # that nobody sets


@dataclass(frozen=True)
class Faults:
    """What goes wrong beside the kill: whether all of the worker dies, how often the bell rings, who restarts."""

    whole_worker: bool
    rings: int
    broker_restarts: bool


class ByCelery:
    """A `testkit.crashkit.Carry`: one worker after the other, each with two processes, on one broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._faults = _faults()

    def __call__(self, stage: Stage, kills: Kills, look: Callable[[], int]) -> Played:
        """Let workers play until the run has ended."""
        told = {"DEPUTY_BROKER": self._broker.url}
        run = _Run(replace(stage, environ={**stage.environ, **told}), kills, next(self._faults))
        self._broker.wipe()
        _done(begin, run.stage)
        self._ring(run)
        try:
            return self._played(run, look)
        finally:
            run.end()

    def _played(self, run: "_Run", look: Callable[[], int]) -> Played:
        run.start(kills=True)
        over, looked = time.monotonic() + LONGEST, 0
        while (state := state_of(run.stage)) not in ENDED and time.monotonic() < over:
            if run.is_killed():
                self._after_kill(run)
                looked += look()
            if state == "waiting":
                looked += look()
                _done(allow, run.stage)
            _PAUSE.wait(_LOOK)
        return Played(run.killed, run.in_flight, looked)

    def _after_kill(self, run: "_Run") -> None:
        run.in_flight = unanswered(run.stage)
        if run.faults.broker_restarts:
            self._broker.kill()
            self._broker.start()
        with closing(ledger_of_stage(run.stage)) as ledger:
            lease_over(ledger)
        if run.faults.whole_worker:
            run.start(kills=False)

    def _ring(self, run: "_Run") -> None:
        if run.faults.rings == 0:
            dropped(self._broker)
        else:
            doubled(run.faults.rings - 1, self._broker.url)


class _Run:
    """One run's worker, as it is now, and what has happened to it."""

    def __init__(self, stage: Stage, kills: Kills, faults: Faults) -> None:
        self.stage = stage
        self.faults = faults
        self.killed = self.in_flight = 0
        self._kills = kills
        self._began = time.monotonic()
        self._delays = [*itertools.accumulate(kills.after)]
        self._blown = stage.notes / "blown"
        self._worker: ForkServerProcess | None = None

    def start(self, *, kills: bool) -> None:
        """Start a worker; with `kills`, one that is killed at its point."""
        at = self._kills.at if kills else None
        self._worker = forked(_serve, self.stage, at, self._blown, self.faults.whole_worker)

    def is_killed(self) -> bool:
        """Whether somebody has been killed since it was asked last, at the point or now because it is time."""
        killed = self._fell_at_its_point() or self._falls_now()
        self.killed += killed
        return killed

    def end(self) -> None:
        """Take the worker away with all its processes: everything it did is in the ledger."""
        assert self._worker is not None
        kill_group(self._worker)

    def _fell_at_its_point(self) -> bool:
        if self.killed or not self._blown.exists():
            return False
        pid = until(self._blown.read_text)
        until(lambda: not lives(int(pid)))
        if self.faults.whole_worker:
            self.end()
        return True

    def _falls_now(self) -> bool:
        if not self._delays or time.monotonic() - self._began < self._delays[0]:
            return False
        self._delays.pop(0)
        hand = None if self.faults.whole_worker else self._hand()
        if hand is None:
            self.end()
            if not self.faults.whole_worker:
                self.start(kills=False)
            return True
        with suppress(ProcessLookupError):
            os.kill(hand, signal.SIGKILL)
        until(lambda: not lives(hand))
        return True

    def _hand(self) -> int | None:
        """The process that has the run at this moment; one that was killed before leaves its name behind."""
        with closing(ledger_of_stage(self.stage)) as ledger:
            notes = [note_of(ledger.engine, head.run) for head in ledger.runs(1)]
        pids = [int(note.worker.rsplit("-", 2)[1]) for note in notes if note and note.worker]
        return next(filter(lives, pids), None)


def _serve(stage: Stage, at: int | None, blown: Path, group: bool) -> None:
    """In a process of its own: what `deputy worker --celery` does, with the points in all its processes, until the kit
    ends it or is gone."""
    from crews.workers.celery import serve
    from crews.workers.hand import Terms

    os.setsid()
    os.environ.update(stage.environ)
    log = os.open(stage.notes / "worker.log", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(log, stream)
    place(Fuse(stage.points, at, blown=blown, group=group), stage.asked)
    parent = os.getppid()
    serve(Terms(stage.project), 2, _say, lambda: None if lives(parent) else os.killpg(0, signal.SIGKILL))


def _say(event: str, **more: Any) -> None:
    sys.stdout.write(f"{event} {more}\n")
    sys.stdout.flush()


def _done(act: Callable[[Stage], None], stage: Stage) -> None:
    """Let a process of its own do that."""
    process = forked(_acted, act, stage)
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{act.__name__} ended with exit code {process.exitcode}")


def _acted(act: Callable[[Stage], None], stage: Stage) -> None:
    os.environ.update(stage.environ)
    act(stage)


def _faults() -> Iterator[Faults]:
    """All that can happen, one combination after the other."""
    return itertools.cycle(
        Faults(whole_worker=whole, rings=rings, broker_restarts=restarts)
        for restarts, rings, whole in itertools.product((False, True), (1, 0, 6), (False, True))
    )


def kill_group(worker: ForkServerProcess) -> None:
    """Kill it with all its processes. One that has only just begun is not yet a group, and is killed alone."""
    for kill in (os.killpg, os.kill, os.killpg):  # it may become one between the first and the second
        with suppress(ProcessLookupError):
            kill(worker.pid or 0, signal.SIGKILL)
    worker.join()
