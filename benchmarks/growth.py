"""What a run costs with many others in the ledger: `python -m benchmarks.growth`.

    --runs N,N,...                how many ended runs are there already
    --on sqlite|postgres          where the ledger is
    --times N                     how many runs are measured

A run that has ended is copied row by row, with a line in the checkpoint file for each segment that it took. Then more
runs are begun, carried on until each waits for a person, answered, and carried on to their end, all in this process.
Copies have the seals of the run that they were copied from: nothing that is measured here walks their chains.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Table, insert, select

from crews.answers import answer, pending
from crews.segment import ledger_of, segment
from runtime.checkpoints import read_checkpoints, signed_line
from runtime.claims import claim_next
from runtime.database import read, write
from runtime.home import Home
from runtime.tables import HEAD, RECORD, WORK, Mark
from testkit.crashplay import environment
from testkit.postgres import Postgres
from testkit.posting import Posting

PARTS = ("begun", "until it waits", "listed", "answered", "to its end")
_AT_ONCE = 500
T = TypeVar("T")


def main() -> None:
    """Measure beside so many runs, and print a row for each."""
    options = _options()
    with ExitStack() as opened:
        server = opened.enter_context(Postgres(durable=True)) if options.on == "postgres" else None
        print(f"ms for one run, the quickest of {options.times}, ledger on {options.on}\n")
        print(f"{'runs beside it':<16}" + "".join(f"{name:>16}" for name in PARTS))
        for beside in options.runs:
            with _house(server) as post:
                crowd(post, beside)
                found = [lived(post, number) for number in range(1, options.times + 1)]
            quickest = [min(part) for part in zip(*found, strict=True)]
            print(f"{beside:<16,}" + "".join(f"{seconds * 1e3:>16.1f}" for seconds in quickest), flush=True)


@contextmanager
def _house(server: Postgres | None) -> Iterator[Posting]:
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        post = opened.enter_context(Posting(folder, asked=True, database=server))
        opened.enter_context(environment(post.environ))
        lived(post, 0)  # what is loaded once
        yield post


def lived(post: Posting, number: int) -> list[float]:
    """Seconds for each part of a run's life; see PARTS."""
    found: list[float] = []
    _timed(found, lambda: post.begin(number))
    _timed(found, lambda: _moved(post.project))
    [waiting] = _timed(found, lambda: pending(post.project))
    _timed(found, lambda: answer(post.project, waiting.asked.approval, "approved", by="user:ana"))
    _timed(found, lambda: _moved(post.project))
    return found


def _timed(found: list[float], act: Callable[[], T]) -> T:
    began = time.perf_counter()
    came = act()
    found.append(time.perf_counter() - began)
    return came


def _moved(project: Path) -> None:
    with closing(ledger_of(project)) as ledger:
        held = claim_next(ledger.engine, "worker")
    assert held is not None
    outcome = segment(project, held)
    assert outcome is not None
    assert outcome.state in ("waiting", "done")


def crowd(post: Posting, runs: int) -> None:
    """Copy the run that is there so many times, as if each had been carried on here in two segments."""
    with closing(ledger_of(post.project)) as ledger:
        with read(ledger.engine) as connection:
            rows = {
                one: [dict(row._mapping) for row in connection.execute(select(one))] for one in (RECORD, HEAD, WORK)
            }
        for start in range(0, runs, _AT_ONCE):
            names = [f"250101-0900{number:09}" for number in range(start, min(start + _AT_ONCE, runs))]
            with write(ledger.engine) as connection:
                for table, found in rows.items():
                    connection.execute(insert(table), _copies(table, found, names))
        [head] = rows[HEAD]
        marks = [Mark(f"250101-0900{number:09}", head["seq"], head["digest"], head["mac"]) for number in range(runs)]
        _signed(Home.here(post.project), marks)


def _signed(home: Home, marks: list[Mark]) -> None:
    """Append checkpoints as those runs would have left them, two for each."""
    last, signer = read_checkpoints(home.checkpoints)[-1], home.signer()
    number, previous = last.number, last.digest
    with home.checkpoints.open("ab") as file:
        for mark in marks:
            for seq in (mark.seq - 5, mark.seq):
                number += 1
                body = {"checkpoint": number, "at": last.at, "previous": previous, "key": last.key, "total": number}
                line = signed_line(signer, body | {"runs": [mark._replace(seq=seq)]})
                file.write(line + b"\n")
                previous = sha256(line).hexdigest()


def _copies(table: Table, rows: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    """The rows under other runs' names; what they are asked about has an id of its own."""
    fresh = []
    for name in names:
        for row in rows:
            own = {**row, "run": name}
            if table is RECORD:
                own["body"] = row["body"].replace('"approval":"', f'"approval":"{name[-6:]}')
            fresh.append(own)
    return fresh


def numbers(text: str) -> list[int]:
    """Numbers between commas."""
    return [int(one) for one in text.split(",")]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=numbers, default=[10, 1000, 5000], metavar="N,N,...")
    parser.add_argument("--on", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--times", type=int, default=9, metavar="N")
    return parser.parse_args()


if __name__ == "__main__":
    main()
