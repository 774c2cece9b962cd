"""Many runs, many workers: real `deputy worker` processes, people who answer at once, and what came of it.

with working(post.project, folder / "log", "-n", "2"):
    until(lambda: states(post.project) == {"waiting": 20})
    answers = race(post.project, ["user:ana", "user:ben"])      # each tries to answer everything
    until(lambda: states(post.project) == {"done": 20})
assert account(post.project).twice == 0
"""

import multiprocessing
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Barrier
from typing import Any

from crews.answers import answer, pending
from crews.segment import ledger_of
from runtime.database import read
from runtime.errors import UsageError
from runtime.records import Record
from runtime.tables import HEAD
from testkit.crashkit import recorded_twice
from testkit.crashplay import forked


@contextmanager
def working(project: Path, log: Path, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`deputy worker` with these options, as a process of its own; asked to end at the end of the block."""
    command = [sys.executable, "-m", "cli.main", "worker", *options, "--project", str(project)]
    with log.open("ab") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def states(project: Path) -> Counter[str]:
    """How many runs stand where."""
    from sqlalchemy import func, select

    with closing(ledger_of(project)) as ledger, read(ledger.engine) as connection:
        rows = connection.execute(select(HEAD.c.state, func.count()).group_by(HEAD.c.state))
        return Counter({str(state): int(count) for state, count in rows})


@dataclass(frozen=True)
class Answers:
    """What one person's answers came to: taken, or given already by somebody else. `seconds` from the start signal."""

    by: str
    taken: int
    late: int
    seconds: float


def race(project: Path, people: Sequence[str]) -> list[Answers]:
    """Each of these people, in a process of their own, approves everything that waits, all beginning at one moment."""
    found = at_once(_approve_all, [(project, one) for one in people])
    return sorted(found, key=lambda one: one.by)


def at_once(act: Callable[..., None], given: Sequence[tuple[Any, ...]], *, answers: int = 1) -> list[Any]:
    """What processes tell, so many answers each: all do that at one moment, each with arguments of its own.

    `act` is given a barrier to wait at, a queue for its answers, and the arguments.
    """
    context = multiprocessing.get_context("forkserver")
    start, told = context.Barrier(len(given)), context.Queue()
    processes = [forked(_told, act, start, told, *one) for one in given]
    found = []
    for _ in range(answers * len(given)):
        one = told.get(timeout=600)
        if isinstance(one, Exception):
            raise one
        found.append(one)
    for process in processes:
        process.join()
    return found


def _told(act: Callable[..., None], start: Barrier, told: "Queue[Any]", *given: Any) -> None:
    try:
        act(start, told, *given)
    except Exception as error:  # or the one who counts would wait for ever
        told.put(error)


def _approve_all(start: Barrier, told: "Queue[Answers]", project: Path, by: str) -> None:
    import time

    asked = [one.asked.approval for one in pending(project)]
    start.wait(60)
    began, taken = time.monotonic(), 0
    for approval in asked:
        try:
            answer(project, approval, "approved", by=by)
            taken += 1
        except UsageError:
            pass  # somebody else was faster
    told.put(Answers(by, taken, len(asked) - taken, time.monotonic() - began))


@dataclass(frozen=True)
class Account:
    """What the ledger says of all its runs, each chain verified.

    states    how many runs ended how
    segments  how many runs took so many segments after their first
    intended  effects begun; done: effects whose outcome is recorded
    twice     answers and outcomes that are recorded a second time
    """

    states: Counter[str]
    segments: Counter[int]
    intended: int
    done: int
    twice: int


def account(project: Path) -> Account:
    """Read every run there is."""
    states: Counter[str] = Counter()
    segments: Counter[int] = Counter()
    totals: Counter[str] = Counter()
    with closing(ledger_of(project)) as ledger:
        for head in ledger.runs(1_000_000):
            ledger.verify(head.run)
            records = ledger.records(head.run)
            kinds = Counter(one.kind for one in records)
            states[head.state] += 1
            segments[kinds["run.resumed"]] += 1
            totals.update(_effects(records))
    return Account(states, segments, totals["intended"], totals["done"], totals["twice"])


def _effects(records: list[Record]) -> dict[str, Any]:
    kinds = Counter(one.kind for one in records)
    return {"intended": kinds["tool.intended"], "done": kinds["tool.done"], "twice": recorded_twice(records)}
