"""What durability costs: `python -m benchmarks.durability`.

    a step       one record, then three records (decided, intended, done), against doing the same without a ledger
    a crew       420 calls of a crew, as a run and in bare CrewAI; and resumed behind all of them
    segments     claim, one step, put down: by 1, 2 and 4 processes at once
    resume       a run of 200 recorded steps read, verified and keyed again
    waiting      100,000 runs that wait: what a look for work costs, and what they take on the disk

Everything on this machine: SQLite in a folder, PostgreSQL on a socket, both syncing to disk. But for the crew's calls,
no model and no tool is in it.
"""

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from benchmarks.lengthy import CALLS, lengthy
from runtime.claims import claim_next
from runtime.database import open_database, read, write
from runtime.journal import Journal
from runtime.ledger import Ledger
from runtime.tables import HEAD, WORK
from runtime.work import Ticket, any_due, enter, moment, rest
from testkit.postgres import Postgres

KEY = b"k" * 32
_NO_HASTE = 3600.0
STEP = {"step": "invite", "role": "notifier", "call": "invite-1", "tool": "send_invitation", "effect": "send"}
ARGS = {"interview": "3fa9c21b04de", "to": "ann@mail.example", "note": "We look forward to it. " * 10}


def body(number: int) -> dict[str, Any]:
    """A tool's record of ordinary size."""
    return {**STEP, "args": ARGS, "key": {"hash": f"{number:064x}", "nth": 1}}


def main() -> None:
    """Measure, and print a table for each question."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=True) as server:
        urls = {"sqlite": lambda: f"sqlite:///{Path(folder) / f'{time.monotonic_ns()}.sqlite'}"}
        urls["postgres"] = server.database
        _steps(urls)
        _crew(urls, options.rounds)
        _segments(urls, options.runs)
        _resume(urls)
        _waiting(urls, options.waiting)


Urls = dict[str, Callable[[], str]]


@contextmanager
def _ledger(url: str) -> Iterator[Ledger]:
    made = Ledger(open_database(url), KEY)
    yield made
    made.close()


def _best(act: Callable[[], object], times: int) -> float:
    """Seconds for one, of the best of three rounds."""
    rounds = []
    for _ in range(3):
        began = time.perf_counter()
        for _ in range(times):
            act()
        rounds.append((time.perf_counter() - began) / times)
    return min(rounds)


def _steps(urls: Urls) -> None:
    print("a step, one process               ms a record   ms an effect (3 records)   records/s")
    for name, url in urls.items():
        with _ledger(url()) as ledger:
            ledger.append("r1", "run.started", {"goal": "measure"})
            one = _best(lambda: ledger.append("r1", "tool.done", body(1)), 200)
            three = _best(lambda: _effect(ledger, "r1", 1), 100)
        print(f"  {name:<30} {one * 1e3:>13.2f} {three * 1e3:>26.2f} {1 / one:>11.0f}")


def _effect(ledger: Ledger, run: str, number: int) -> None:
    ledger.append(run, "call.decided", {**body(number), "verdict": "allow", "rule": "warrant", "reason": "granted"})
    ledger.append(run, "tool.intended", body(number))
    ledger.append(run, "tool.done", {**body(number), "result": {"sent": True}, "ms": 1})


def _crew(urls: Urls, rounds: int) -> None:
    print(f"\na crew of {CALLS} calls, seconds          bare CrewAI     as a run   more for a call      resumed")
    for name, url in urls.items():
        found = lengthy(url())
        for _ in range(rounds - 1):
            found = found.or_quicker(lengthy(url()))
        for how, at in (("by the clock", 0), ("processor", 1)):
            bare, run, resumed = (one[at] for one in found)
            print(f"  {f'{name}, {how}':<30} {bare:>13.2f} {run:>12.2f} {found.more()[at]:>14.2f} ms {resumed:>12.2f}")


def _segments(urls: Urls, runs: int) -> None:
    print(f"\nsegments of 6 effects, {runs} runs     workers    runs/s   effects/s   against one")
    for name, url in urls.items():
        first = 0.0
        for workers in (1, 2, 4):
            there = url()
            with _ledger(there) as ledger:
                _queue(ledger, runs)
            seconds = _worked(there, workers)
            first = first or seconds
            rate = runs / seconds
            print(f"  {name:<30} {workers:>10} {rate:>9.1f} {rate * 6:>11.1f} {first / seconds:>12.2f}x")


def _queue(ledger: Ledger, runs: int, mark: str = "r") -> None:
    for number in range(runs):
        run = f"{mark}{number:05}"
        ledger.append(
            run,
            "run.started",
            {"goal": "measure"},
            within=lambda connection, run=run: enter(connection, run, Ticket(), due=moment(connection)),  # type: ignore[misc]
        )


def _worked(url: str, workers: int) -> float:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["runtime.claims", "runtime.ledger"])
    ready, go = context.Semaphore(0), context.Event()
    processes = [context.Process(target=_work, args=(url, f"w{number}", ready, go)) for number in range(workers)]
    for one in processes:
        one.start()
    for _ in processes:
        ready.acquire()
    began = time.perf_counter()
    go.set()
    for one in processes:
        one.join()
    return time.perf_counter() - began


def _work(url: str, worker: str, ready: Any, go: Any) -> None:
    with _ledger(url) as ledger:
        with read(ledger.engine) as connection:
            any_due(connection)
        ready.release()
        go.wait()
        while held := claim_next(ledger.engine, worker, _NO_HASTE):
            ledger.hold(held.run, held.fence)
            for number in range(6):
                _effect(ledger, held.run, number)
            ledger.append(held.run, "run.done", {}, within=lambda c, run=held.run: rest(c, run, until=None))  # type: ignore[misc]


def _resume(urls: Urls) -> None:
    print("\na run of 200 effects again         records   read, keyed ms   verified ms")
    for name, url in urls.items():
        with _ledger(url()) as ledger:
            ledger.append("r1", "run.started", {"goal": "measure"})
            for number in range(200):
                _effect(ledger, "r1", number)
            again = _best(lambda: Journal(ledger.records("r1")), 5)
            proved = _best(lambda: ledger.verify("r1"), 5)
            count = len(ledger.records("r1"))
        print(f"  {name:<30} {count:>9} {again * 1e3:>16.1f} {proved * 1e3:>13.1f}")


def _waiting(urls: Urls, waiting: int) -> None:
    print(f"\n{waiting:,} runs wait                bytes a run   a look ms   a claim ms   claims before ms")
    for name, url in urls.items():
        with _ledger(url()) as ledger:
            before = _claims(ledger, "a")
            size = _size(ledger)
            _wait_for_ever(ledger, waiting)
            _looked_over(ledger)
            each = (_size(ledger) - size) / waiting
            look = _best(lambda: _look(ledger), 50)
            after = _claims(ledger, "b")
        print(f"  {name:<30} {each:>13.0f} {look * 1e3:>11.2f} {after * 1e3:>12.2f} {before * 1e3:>18.2f}")


def _look(ledger: Ledger) -> None:
    with read(ledger.engine) as connection:
        any_due(connection)


def _claims(ledger: Ledger, mark: str) -> float:
    _queue(ledger, 50, mark)
    began = time.perf_counter()
    for _ in range(50):
        assert claim_next(ledger.engine, "w")
    return (time.perf_counter() - began) / 50


def _wait_for_ever(ledger: Ledger, waiting: int) -> None:
    """Rows as runs that wait for a person have them: the newest record's head, and a due time tomorrow."""
    at, seal = "2027-03-08T09:00:00.000Z", "0" * 64
    with write(ledger.engine) as connection:
        tomorrow = moment(connection) + 86_400
        for start in range(0, waiting, 5_000):
            names = [f"w{number:07}" for number in range(start, min(start + 5_000, waiting))]
            proofs = {"digest": seal, "mac": seal, "tip": seal}
            head = {"seq": 20, "state": "waiting", "started": at, "updated": at, **proofs}
            connection.execute(
                insert(HEAD), [{"run": one, "goal": "wait", "scenario": "", "fence": 1, **head} for one in names]
            )
            connection.execute(
                insert(WORK), [{"run": one, "tenant": "house", "crew": "desk", "due": tomorrow} for one in names]
            )


def _looked_over(ledger: Ledger) -> None:
    """Let PostgreSQL count its rows, as it does by itself within a minute; it plans by what it has counted."""
    if ledger.engine.dialect.name == "postgresql":
        with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def _size(ledger: Ledger) -> int:
    with read(ledger.engine) as connection:
        if connection.dialect.name == "sqlite":
            pages, size = (
                connection.exec_driver_sql(f"PRAGMA {one}").scalar_one() for one in ("page_count", "page_size")
            )
            return int(pages) * int(size)
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.durability", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=60, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--waiting", type=int, default=100_000, metavar="N")
    return parser.parse_args()


if __name__ == "__main__":
    main()
