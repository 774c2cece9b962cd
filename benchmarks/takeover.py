"""How soon a dead worker's run is taken over, and a cancelled run is stopped: `python -m benchmarks.takeover`.

--times N                     how many of each
--lease SECONDS               seconds without a sign of life after which a run may be claimed by another worker
--on sqlite|postgres|celery   where the ledger is; celery: PostgreSQL, and Celery workers behind a Redis

taken over     two `deputy worker` processes; one is killed with all its children while a model answers it; from the
               kill until the other has claimed the run, and until the run is done
cancelled      one worker, whose model hangs; from `cancel` until the record says so, and the process is gone
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from crews.queueing import cancel, enqueue
from crews.segment import ledger_of
from runtime.ledger import Ledger
from runtime.records import State
from runtime.work import note_of
from testkit.crashplay import environment
from testkit.desk import DESK, WISH, models_at
from testkit.endpoint import Endpoint, answer, hang
from testkit.faults import Broker
from testkit.fleet import working
from testkit.postgres import Postgres
from testkit.processes import descendants, kill_all, lives
from testkit.projects import make_project
from testkit.redis import Redis
from testkit.waiting import until

QUIET = {"schedules": "{}\n", "limits": "{}\n", "policy-tests": "cases: []\n"}
_OFTEN = 0.005


@dataclass(frozen=True)
class House:
    """A project whose model is `endpoint`, and what its workers find in their environment."""

    folder: Path
    project: Path
    endpoint: Endpoint
    ledger: Ledger
    how: Sequence[str]
    """The options of its workers."""

    def begun(self) -> str:
        """A run that has asked its model and gets no answer; the next question is answered."""
        self.endpoint.script = [hang(600), answer("Nothing is open.")]
        asked = len(self.endpoint.requests)
        run = enqueue(self.project, WISH).run
        until(lambda: len(self.endpoint.requests) > asked)
        return run

    @contextmanager
    def working(self, name: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A worker with one process, ready for its first run."""
        log = self.folder / f"{name}.log"
        with working(self.project, log, "-n", "1", *self.how) as worker:
            until(lambda: "ready" in log.read_text())
            yield worker

    def worker(self, run: str) -> str:
        """Who carries the run on; empty if nobody does."""
        note = note_of(self.ledger.engine, run)
        return note.worker if note else ""

    def is_now(self, run: str, state: State) -> bool:
        """Whether the run stands there."""
        return self.ledger.find(run).state == state


@contextmanager
def house(folder: Path, lease: float, server: Postgres | None = None, broker: Broker | None = None) -> Iterator[House]:
    """A project of one crew, and the environment that its processes are to have."""
    with ExitStack() as opened:
        endpoint = opened.enter_context(Endpoint())
        project = make_project(folder / "project", models=models_at(endpoint.url), **DESK, **QUIET)
        environ = {"DEPUTY_HOME": str(project / "var"), "HERE_KEY": "any", "DEPUTY_LEASE": f"{lease:g}"}
        environ |= {"DATABASE_URL": server.database()} if server else {}
        environ |= {"DEPUTY_BROKER": broker.url} if broker else {}
        opened.enter_context(environment(environ))
        ledger = opened.enter_context(closing(ledger_of(project)))
        yield House(folder, project, endpoint, ledger, ["--celery"] if broker else [])


def takeovers(house: House, times: int) -> Iterator[tuple[float, float]]:
    """Seconds from the kill of a worker until the other one has its run, and until that is done."""
    for number in range(times):
        with house.working(f"one-{number}") as one, house.working(f"other-{number}") as other:
            run = house.begun()
            first = house.worker(run)
            [holder] = [each for each in (one, other) if _holder_of(first) in (each.pid, *descendants(each.pid))]
            began = time.monotonic()
            kill_all(holder.pid)
            until(lambda: house.worker(run) not in ("", first), every=_OFTEN)  # noqa: B023 - used at once
            claimed = time.monotonic() - began
            until(lambda: house.is_now(run, "done"), every=_OFTEN)  # noqa: B023 - used at once
            yield claimed, time.monotonic() - began


def cancellations(house: House, times: int) -> Iterator[tuple[float, float]]:
    """Seconds from a call of `cancel` until the run's record says so, and until the process that had it is gone."""
    with house.working("cancel") as worker:
        for _ in range(times):
            run = house.begun()
            hands = descendants(worker.pid)
            began = time.monotonic()
            cancel(house.project, run, by="user:ana")
            until(lambda: house.is_now(run, "cancelled"), every=_OFTEN)  # noqa: B023 - used at once
            recorded = time.monotonic() - began
            until(lambda: not all(map(lives, hands)), every=_OFTEN)  # noqa: B023 - used at once
            yield recorded, time.monotonic() - began


def _holder_of(worker: str) -> int:
    """The process that has this name: the machine, its own number (the pool's, if it has one), something random."""
    return int(worker.rsplit("-", 2)[1])


def main() -> None:
    """Measure both, and print the middle and the worst."""
    options = _options()
    with ExitStack() as opened:
        server = opened.enter_context(Postgres(durable=True)) if options.on != "sqlite" else None
        broker = opened.enter_context(Redis()) if options.on == "celery" else None
        made = partial(house, lease=options.lease, server=server, broker=broker)
        print(f"{options.times} of each, ledger on {options.on}, lease {options.lease:g} s\n")
        print(f"{'seconds':<40}{'the middle':>12}{'the worst':>12}")
        _show(made, options.times, takeovers, ("killed until claimed by another", "killed until done"))
        _show(made, options.times, cancellations, ("cancelled until recorded", "cancelled until its process is gone"))


def _show(
    house: Callable[[Path], AbstractContextManager[House]],
    times: int,
    measure: Callable[[House, int], Iterator[tuple[float, float]]],
    names: tuple[str, str],
) -> None:
    with tempfile.TemporaryDirectory() as folder, house(Path(folder)) as made:
        found = list(measure(made, times))
    for name, seconds in zip(names, zip(*found, strict=True), strict=True):
        middle = sorted(seconds)[len(seconds) // 2]
        print(f"{name:<40}{middle:>12.2f}{max(seconds):>12.2f}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.takeover", description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20, metavar="N")
    parser.add_argument("--lease", type=float, default=5.0, metavar="SECONDS")
    parser.add_argument("--on", choices=("sqlite", "postgres", "celery"), default="sqlite")
    return parser.parse_args()


if __name__ == "__main__":
    main()
