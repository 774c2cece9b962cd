"""Playing a scene by processes of the kit's own: one after the other, each forked from one that has everything loaded,
until the run has ended. Each allows what waits for a person, claims the run and carries it on for a segment."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from crews.segment import ledger_of, segment
from crews.wish import Wish
from runtime.claims import claim_next, worker_name
from runtime.ledger import Ledger
from testkit.crashpoints import Fuse, place
from testkit.faults import lease_over

KEY = "the crash kit's run"
PERSON = "user:chiara"
ENDED = ("done", "failed", "cancelled")
MOST_SEGMENTS = 20


@dataclass(frozen=True)
class Stage:
    """Where a scene is played: a project, what its processes find in their environment, and a folder for notes."""

    project: Path
    environ: Mapping[str, str]
    notes: Path
    wish: Wish

    @property
    def points(self) -> Path:
        """The file of the points that all processes have reached, a line for each."""
        return self.notes / "points"

    @property
    def asked(self) -> Path:
        """The file of the questions that all processes have put to a model, a line for each."""
        return self.notes / "asked"


@dataclass(frozen=True)
class Kills:
    """When to kill: at the point of that number, counted from 1 over all processes, or after so many seconds each."""

    at: int | None = None
    after: tuple[float, ...] = ()


@dataclass(frozen=True)
class Played:
    """How often a process was killed, how many questions were without an answer then, how often a person looked."""

    kills: int
    in_flight: int
    looked: int


def by_processes(
    stage: Stage, kills: Kills, look: Callable[[], int], act: Callable[[Stage, int | None], None] | None = None
) -> Played:
    """Let one process after the other play, until the run has ended; each does `act`, which is `play` by itself."""
    delays, killed, in_flight, looked = [*kills.after], 0, 0, 0
    for _ in range(MOST_SEGMENTS):
        process = forked(act or play, stage, None if killed else _left(stage, kills))
        if _is_killed(process, delays):
            killed += 1
            in_flight = unanswered(stage)
        if state_of(stage) in ENDED or process.exitcode not in (0, -signal.SIGKILL):
            break
        if state_of(stage) != "not begun":
            with closing(ledger_of_stage(stage)) as ledger:
                lease_over(ledger)
            looked += look()
    return Played(killed, in_flight, looked)


def warm() -> None:
    """Wait until everything is loaded that the processes are forked from."""
    forked(_nothing).join()


def forked(act: Callable[..., None], *given: Any) -> ForkServerProcess:
    """A process that does that, in today's environment, forked from one in which everything is loaded."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["testkit.crashwarm"])
    process = context.Process(target=_acted, args=({**os.environ}, act, *given))
    process.start()
    return process


def _acted(environ: dict[str, str], act: Callable[..., None], *given: Any) -> None:
    os.environ.clear()  # it was forked from a process that was started in the environment of another day
    os.environ.update(environ)
    act(*given)


def play(stage: Stage, fuse: int | None) -> None:
    """In a process of its own: begin the run if nobody has, claim it, carry it on until it ends or waits."""
    os.environ.update(stage.environ)
    place(Fuse(stage.points, fuse), stage.asked)
    begin(stage)
    allow(stage)
    with closing(ledger_of(stage.project)) as ledger:
        held = claim_next(ledger.engine, worker_name())
    if held is not None:
        segment(stage.project, held)


def begin(stage: Stage) -> None:
    """Put the run into the queue, if it is not there."""
    from crews.queueing import enqueue

    enqueue(stage.project, stage.wish, key=KEY)


def allow(stage: Stage) -> None:
    """The yes of those who may say it to all that waits."""
    from crews.answers import answer, pending

    for one in pending(stage.project):
        answer(stage.project, one.asked.approval, "approved", by=(*one.asked.approvers, PERSON)[0])


def unanswered(stage: Stage) -> int:
    """How many questions to a model have been put, in all processes so far, whose answer is not recorded."""
    with closing(ledger_of_stage(stage)) as ledger:
        records = [one for head in ledger.runs(1) for one in ledger.records(head.run)]
    return len(lines_of(stage.asked)) - sum(one.kind == "model.called" for one in records)


def state_of(stage: Stage) -> str:
    """Where the run stands."""
    with closing(ledger_of_stage(stage)) as ledger:
        heads = ledger.runs(2)
    return heads[0].state if heads else "not begun"


def ledger_of_stage(stage: Stage) -> Ledger:
    """The ledger that the stage's processes write."""
    with environment(stage.environ):
        return ledger_of(stage.project)


def lines_of(file: Path) -> list[str]:
    """The lines of a file that may not be there yet."""
    return file.read_text().splitlines() if file.exists() else []


@contextmanager
def environment(environ: Mapping[str, str]) -> Iterator[None]:
    """Within the block, the variables are set."""
    kept = {name: os.environ.get(name) for name in environ}
    os.environ.update(environ)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _left(stage: Stage, kills: Kills) -> int | None:
    """How many points on from here the kill is; the processes before this one have reached some."""
    return None if kills.at is None else kills.at - len(lines_of(stage.points))


def _is_killed(process: ForkServerProcess, delays: list[float]) -> bool:
    """Wait for the process's end, or kill it when the first delay is over. What is left of it is for the next one."""
    began = time.monotonic()
    process.join(delays[0] if delays else None)
    if process.is_alive():
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        delays.pop(0)
    elif delays:
        delays[0] = max(0.0, delays[0] - (time.monotonic() - began))
    return process.exitcode == -signal.SIGKILL


def _nothing() -> None:
    """What the first process does."""
