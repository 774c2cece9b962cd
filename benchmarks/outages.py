"""Servers fail in the middle of many runs: `python -m benchmarks.outages`.

    --runs N                      how many runs
    --only postgres|broker        only one of the two

    postgres     PostgreSQL, which has the ledger, crashes and starts again, twice
    broker       Redis, which rings for Celery workers, is wiped once, and later killed and started again, empty

Each run mails one person. What came of it is counted by the mail server that received, and in the ledger.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from runtime.database import DATABASE_ERRORS
from runtime.errors import LedgerError
from testkit.crashplay import environment
from testkit.fleet import Account, account, states, working
from testkit.postgres import Postgres
from testkit.posting import Posting
from testkit.redis import Redis
from testkit.waiting import until

OUTAGES = ("postgres", "broker")


@dataclass(frozen=True)
class Outlasted:
    """What came of it: how many runs had ended at each failure, and what the ledger and the mail server say."""

    at: list[int]
    seconds: float
    account: Account
    received: Counter[str]
    wanted: Counter[str]


def postgres_restarts(folder: Path, runs: int) -> Outlasted:
    """Two workers, each with two runs at once, while the ledger's server crashes twice."""
    with Postgres(durable=True) as server, Posting(folder, database=server) as post:
        return _outlasted(post, folder, runs, [lambda: server.restart(crash=True)] * 2, ["-n", "2"])


def broker_fails(folder: Path, runs: int) -> Outlasted:
    """Two Celery workers, each with two processes, while the broker forgets everything, and later dies."""
    with Redis() as broker, Posting(folder) as post:
        post.environ["DEPUTY_BROKER"] = broker.url

        def restart() -> None:
            broker.kill()
            broker.start()

        return _outlasted(post, folder, runs, [broker.wipe, restart], ["--celery", "-n", "2"])


def _outlasted(
    post: Posting, folder: Path, runs: int, failures: list[Callable[[], None]], options: list[str]
) -> Outlasted:
    began, at = time.monotonic(), []
    with ExitStack() as opened:
        opened.enter_context(environment(post.environ))
        post.start(runs)
        for number in range(2):
            opened.enter_context(working(post.project, folder / f"worker-{number}.log", *options))
        for number, fail in enumerate(failures, start=1):
            wanted = runs * number // (len(failures) + 1)
            at.append(until(lambda wanted=wanted: _ended(post, wanted), 1800, every=0.05))  # type: ignore[misc]
            fail()
        until(lambda: _ended(post, runs), 1800, every=0.1)
        seconds = time.monotonic() - began
    with environment(post.environ):
        return Outlasted(at, seconds, account(post.project), post.received(), post.wanted(range(runs)))


def _ended(post: Posting, wanted: int) -> int:
    """How many runs are done, once it is so many; 0 before, and while the ledger cannot be reached."""
    try:
        found = states(post.project)["done"]
    except (LedgerError, *DATABASE_ERRORS):
        return 0
    return found if found >= wanted else 0


def main() -> None:
    """Let both fail, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outages", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=50, metavar="N")
    parser.add_argument("--only", choices=OUTAGES)
    options = parser.parse_args()
    acts = {"postgres": postgres_restarts, "broker": broker_fails}
    found = {}
    for name in [options.only] if options.only else OUTAGES:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = acts[name](Path(folder), options.runs)
    show(found, options.runs)


def show(found: dict[str, Outlasted], runs: int) -> None:
    """A column for each failure."""
    print(f"{f'{runs} runs, four at once':<32}" + "".join(f"{name:>14}" for name in found))
    for name, told in ROWS.items():
        print(f"{name:<32}" + "".join(f"{told(one):>14}" for one in found.values()))


ROWS: dict[str, Callable[[Outlasted], object]] = {
    "runs done at each failure": lambda one: ", ".join(str(number) for number in one.at),
    "seconds, all in all": lambda one: f"{one.seconds:.1f}",
    "runs done": lambda one: one.account.states["done"],
    "runs that took a second segment": lambda one: sum(n for many, n in one.account.segments.items() if many > 1),
    "effects begun": lambda one: one.account.intended,
    "outcomes recorded": lambda one: one.account.done,
    "outcomes recorded twice": lambda one: one.account.twice,
    "mails received": lambda one: one.received.total(),
    "mails lost": lambda one: (one.wanted - one.received).total(),
    "mails doubled": lambda one: (one.received - one.wanted).total(),
}


if __name__ == "__main__":
    main()
