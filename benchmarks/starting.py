"""One start, asked for many times at once: `python -m benchmarks.starting`.

    --times N                     how often it is asked for
    --processes N                 by how many processes, all beginning at one moment
    --threads N                   by how many threads in each, all at the same moment
    --on sqlite|postgres          where the ledger is

Each process calls `deputy run --detach --key` again and again, with the same key; threads call what that command calls.
A worker then carries on what came of it, and the mail server counts.
"""

import argparse
import io
import json
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Barrier, Thread

from crews.wish import Wish
from testkit.crashplay import environment
from testkit.fleet import at_once, states, working
from testkit.postgres import Postgres
from testkit.posting import Posting
from testkit.waiting import until

KEY = "order-4711"


@dataclass(frozen=True)
class Started:
    """How often a run was new and how often it was known, where runs in the ledger stand, and what was mailed."""

    new: int
    known: int
    runs: Counter[str]
    seconds: float
    received: Counter[str]
    wanted: Counter[str]


def started(folder: Path, times: int, processes: int, database: Postgres | None = None, threads: int = 1) -> Started:
    """Ask for one start so many times, evenly by so many processes, and let a worker carry on what came of it."""
    with Posting(folder, database=database) as post, environment(post.environ):
        began = time.monotonic()
        each = times // processes
        if threads > 1:
            found = at_once(_ask_by_threads, [(post.project, post.wish(0), threads, each)] * processes, answers=each)
        else:
            found = at_once(_ask, [(_command(post), each)] * processes, answers=each)
        seconds = time.monotonic() - began
        with working(post.project, folder / "log", "-n", "1", "--until-idle") as worker:
            worker.wait(600)
        runs = states(post.project)
        until(lambda: post.received().total() >= runs.total())
        new = sum(one["new"] for one in found)
        return Started(new, len(found) - new, runs, seconds, post.received(), post.wanted(range(1)))


def _command(post: Posting) -> list[str]:
    wish = post.wish(0)
    options = {
        "--scenario": "post",
        "--world": "post",
        "--model": "playbook",
        "--input": f"report={wish.inputs['report']}",
        "--key": KEY,
        "--project": str(post.project),
    }
    return ["run", str(wish.goal), "--detach", "--json", *(word for pair in options.items() for word in pair)]


def _ask(start: Barrier, told: "Queue[dict[str, bool]]", command: list[str], times: int) -> None:
    from cli.main import deputy

    start.wait(120)
    for _ in range(times):
        with redirect_stdout(io.StringIO()) as said:
            code = deputy.main(command, standalone_mode=False)
        assert code == 0
        told.put(json.loads(said.getvalue()))


def _ask_by_threads(
    start: Barrier, told: "Queue[dict[str, bool] | Exception]", project: Path, wish: Wish, threads: int, times: int
) -> None:
    from crews.queueing import enqueue

    together = Barrier(threads)

    def ask() -> None:
        together.wait(120)
        for _ in range(times // threads):
            try:
                told.put({"new": enqueue(project, wish, key=KEY).new})
            except Exception as error:  # or the one who counts would wait for ever
                told.put(error)

    asking = [Thread(target=ask) for _ in range(threads)]
    start.wait(120)
    for one in asking:
        one.start()
    for one in asking:
        one.join()


def main() -> None:
    """Ask, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.starting", description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=200, metavar="N")
    parser.add_argument("--processes", type=int, default=8, metavar="N")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
    parser.add_argument("--on", choices=("sqlite", "postgres"), default="sqlite")
    options = parser.parse_args()
    with ExitStack() as opened, tempfile.TemporaryDirectory() as folder:
        server = opened.enter_context(Postgres(durable=True)) if options.on == "postgres" else None
        found = started(Path(folder), options.times, options.processes, server, options.threads)
    by = f"{options.processes} processes of {options.threads} threads"
    print(f"one start under one key, {by} at once, ledger on {options.on}\n")
    for name, value in {
        "asked for": found.new + found.known,
        "answered as new": found.new,
        "answered as known": found.known,
        "runs in the ledger": found.runs.total(),
        "mails received": found.received.total(),
    }.items():
        print(f"{name:<24}{value:>8,}")
    print(f"{'seconds':<24}{found.seconds:>8.1f}")


if __name__ == "__main__":
    main()
