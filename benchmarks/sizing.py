"""What a worker takes, for those who size its pods: `python -m benchmarks.sizing`. Linux only.

    --runs N                      how many runs it carries on
    --at-once N,N,...             `deputy worker -n` of this many

Memory is what the worker's processes hold together, shared pages counted once (PSS); connections are those that the
ledger's PostgreSQL has open; both sampled four times a second. Processor time is that of all its processes. A run plans
one step and mails once; its records, and what they add to the database with all indexes, are counted at the end.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from benchmarks.growth import numbers
from runtime.database import Engine, open_database, read
from testkit.crashplay import environment
from testkit.fleet import states, working
from testkit.postgres import Postgres
from testkit.posting import Posting
from testkit.processes import descendants
from testkit.waiting import until

_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@dataclass
class Taken:
    """Megabytes and connections while nothing is due and at most while runs are carried on; seconds for all of them."""

    idle: float = 0.0
    busy: float = 0.0
    connections: list[int] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    records: int = 0
    kilobytes: float = 0.0


def taken(server: Postgres, folder: Path, runs: int, at_once: int) -> Taken:
    """Let one worker carry on so many runs, and look at it meanwhile."""
    found = Taken()
    with Posting(folder, database=server) as post, environment(post.environ), ExitStack() as opened:
        engine = open_database(post.environ["DATABASE_URL"])
        opened.callback(engine.dispose)
        worker = opened.enter_context(working(post.project, folder / "log", "-n", str(at_once)))
        until(lambda: len(descendants(worker.pid)) >= at_once + 1)
        found.idle = max(_sampled(worker.pid, 5.0))
        size, before, began = _kilobytes(engine), processor(worker.pid), time.monotonic()
        post.start(runs)

        def ended() -> bool:
            found.busy = max(found.busy, megabytes(worker.pid))
            found.connections.append(_number(engine, _OTHERS))
            return states(post.project)["done"] == runs

        until(ended, 1800, every=0.25)
        found.seconds = time.monotonic() - began
        found.processor = processor(worker.pid) - before
        found.kilobytes = _kilobytes(engine) - size
        found.records = _number(engine, "SELECT count(*) FROM record")
    return found


def _sampled(worker: int, seconds: float) -> Iterator[float]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield megabytes(worker)
        time.sleep(0.25)


def megabytes(worker: int) -> float:
    """What a process and those below it hold together, shared pages counted once."""
    return sum(_pss(one) for one in (worker, *descendants(worker))) / 1e3


def _pss(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(one.split()[1]) for one in lines if one.startswith("Pss:")), 0)


def processor(worker: int) -> float:
    """Seconds of processor time of a process and those below it, and of those that have ended."""
    return sum(_processor(one) for one in (worker, *descendants(worker)))


def _processor(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(one) for one in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def _kilobytes(engine: Engine) -> float:
    return _number(engine, "SELECT pg_database_size(current_database())") / 1e3


def _number(engine: Engine, query: str) -> int:
    with read(engine) as connection:
        return int(connection.execute(text(query)).scalar_one())


def main() -> None:
    """Measure, and print a row for each size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizing", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=60, metavar="N")
    parser.add_argument("--at-once", type=numbers, default=[1, 2, 4], metavar="N,N,...")
    options = parser.parse_args()
    names = ("idle MB", "busy MB", "connections", "CPU ms a run", "runs/hour", "records", "kB a run")
    print(f"{options.runs} runs, ledger on postgres\n")
    print(f"{'deputy worker':<16}" + "".join(f"{name:>13}" for name in names))
    with Postgres(durable=True) as server:
        for at_once in options.at_once:
            with tempfile.TemporaryDirectory() as folder:
                one = taken(server, Path(folder), options.runs, at_once)
            speed = options.runs / one.seconds * 3600
            each = [value / options.runs for value in (one.processor * 1e3, one.records, one.kilobytes)]
            numbers_of = (one.idle, one.busy, max(one.connections), each[0], speed, *each[1:])
            print(f"{f'-n {at_once}':<16}" + "".join(f"{value:>13,.0f}" for value in numbers_of), flush=True)


if __name__ == "__main__":
    main()
