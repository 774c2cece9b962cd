"""A thousand runs wait, two people approve all of them at once: `python -m benchmarks.approving`.

    --runs N                      how many runs
    --workers N                   how many `deputy worker` processes, each with one run at a time
    --on sqlite|postgres          where the ledger is

Each run plans one step that mails one person, and is asked about it. Two processes then answer the same requests at the
same time, each trying every one, while workers stand by. What came of it is counted by the mail server that received,
and in the ledger.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from testkit.crashplay import environment
from testkit.fleet import Account, Answers, account, race, states, working
from testkit.postgres import Postgres
from testkit.posting import Posting
from testkit.waiting import until

PEOPLE = ("user:ana", "user:ben")


@dataclass(frozen=True)
class Approved:
    """Seconds for each part, what each person's answers came to, and what the ledger and the mail server say."""

    queued: float
    asked: float
    answered: float
    ended: float
    answers: list[Answers]
    account: Account
    received: Counter[str]
    wanted: Counter[str]


def approved(folder: Path, runs: int, workers: int = 2, database: Postgres | None = None) -> Approved:
    """Start so many runs, let both people answer all of them, and wait until the workers are through."""
    with ExitStack() as opened:
        post = opened.enter_context(Posting(folder, asked=True, database=database))
        opened.enter_context(environment(post.environ))
        queued = timed(lambda: post.start(runs))
        for number in range(workers):
            opened.enter_context(working(post.project, folder / f"worker-{number}.log", "-n", "1"))
        asked = timed(lambda: until(lambda: states(post.project) == {"waiting": runs}, 3600, every=0.2))
        began = time.monotonic()
        answers = race(post.project, PEOPLE)
        answered = time.monotonic() - began
        until(lambda: states(post.project) == {"done": runs}, 3600, every=0.2)
        ended = time.monotonic() - began
        opened.pop_all().close()
        with environment(post.environ):
            told = account(post.project)
        return Approved(queued, asked, answered, ended, answers, told, post.received(), post.wanted(range(runs)))


def timed(act: Callable[[], object]) -> float:
    """How many seconds it takes."""
    began = time.monotonic()
    act()
    return time.monotonic() - began


def main() -> None:
    """Run it, and print what it took and what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.approving", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000, metavar="N")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("--on", choices=("sqlite", "postgres"), default="sqlite")
    options = parser.parse_args()
    with ExitStack() as opened, tempfile.TemporaryDirectory() as folder:
        database = opened.enter_context(Postgres(durable=True)) if options.on == "postgres" else None
        show(approved(Path(folder), options.runs, options.workers, database), options)


def show(found: Approved, options: argparse.Namespace) -> None:
    """The tables."""
    runs = options.runs
    print(f"{runs:,} runs, ledger on {options.on}, {options.workers} workers of one run each\n")
    print(f"{'':<44}{'seconds':>9}{'ms a run':>10}{'runs/s':>8}")
    rows = {
        "queued, one process": found.queued,
        "carried on until each waits": found.asked,
        "each answered, by two people racing": found.answered,
        "ended, from the first answer on": found.ended,
    }
    for name, seconds in rows.items():
        print(f"{name:<44}{seconds:>9.1f}{seconds / runs * 1e3:>10.0f}{runs / seconds:>8.1f}")
    print(f"\n{'':<44}{'taken':>9}{'too late':>10}")
    for one in found.answers:
        print(f"{one.by:<44}{one.taken:>9}{one.late:>10}")
    print(f"{'':<44}{sum(one.taken for one in found.answers):>9}")
    print()
    told, lost, more = found.account, found.wanted - found.received, found.received - found.wanted
    for name, value in {
        "runs done": told.states["done"],
        "runs that moved on exactly once after it": told.segments[2],
        "effects begun": told.intended,
        "outcomes recorded": told.done,
        "answers and outcomes recorded twice": told.twice,
        "mails received": found.received.total(),
        "mails lost": lost.total(),
        "mails doubled": more.total(),
    }.items():
        print(f"{name:<44}{value:>9,}")


if __name__ == "__main__":
    main()
