"""What is lost, done twice and paid twice when processes are killed: `python -m benchmarks.crashes --random 200`.

    -s NAME                       the scenario (recruiting)
    --on sqlite|postgres|celery   where the ledger is; celery: PostgreSQL, a broker, and Celery workers that are killed
    --broker redis|rabbitmq       which broker that is (redis)
    --every N                     kill at every N-th named point, one run for each (1: all of them)
    --requests N                  let every N-th request to recruiting's servers go unanswered once, in each way
    --random N                    kill at moments that have no name, until N kills have hit
    --minutes N                   begin no trial after so long
    --keep FILE                   read the trials that were made before with the same options, add to them, and go on
    --jobs N                      so many trials at a time, each lane with servers and a database of its own (1)
    --folder FOLDER               where to play (in memory, if the machine has /dev/shm)
    --resumes N                   how many résumés recruiting has; fewer make shorter runs

Recruiting runs against a real calendar server (Radicale) and a real mail server (aiosmtpd); effects are counted in the
collections of the one and the mails the other has received. The other scenarios run on embedded systems, which are
looked into: orders, rows, the git repository, the files in the outbox. A kill is SIGKILL. The last line is the result.
"""

import argparse
import json
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path

from benchmarks.lanes import database, playground, trials, whole_run
from runtime.errors import ConfigError
from testkit.crashkit import Trial, Whole
from testkit.crashrequests import WiredRecruiting, asking, every_request
from testkit.crashtrades import SCENARIOS
from testkit.wires import FAULTS

_ROW = "{:<34} {:>6} {:>6} {:>5} {:>7} {:>6} {:>7} {:>8} {:>7}"
_HEAD = ("killed", "trials", "kills", "lost", "doubled", "asked", "written", "looked", "median")
_OPTIONS = ("scenario", "on", "broker", "every", "requests", "skip", "resumes")
_UNDER = ("", "", "", "", "", "again", "twice", "for", "s")


def main() -> None:
    """Play, kill, compare, and print a line for each kind of point."""
    options = _options()
    kept = _kept(options)
    with closing((_unanswered if options.requests else _killed)(options, tuple(kept))) as made:
        for one in _counted(made, options.minutes):
            kept.append(one)
            _keep(one, options.keep)
    _table(kept)


def _killed(options: argparse.Namespace, kept: Sequence[Trial]) -> Generator[Trial]:
    """The trials in which processes are killed."""
    whole = whole_run(options)
    _say(options, whole, f"{len(whole.points)} points")
    yield from trials(options, whole, kept)


def _unanswered(options: argparse.Namespace, kept: Sequence[Trial]) -> Generator[Trial]:
    """The trials in which requests go without an answer."""
    with ExitStack() as opened:
        folder = opened.enter_context(playground(options.folder))
        wired = WiredRecruiting(folder, opened, resumes=options.resumes, database=database(options, opened))
        asked = asking(wired)
        _say(options, asked.whole, f"{len(asked.names)} requests")
        first = options.skip + options.requests * (len(kept) // len(FAULTS))
        yield from every_request(wired, range(first, len(asked.names), options.requests), asked=asked)


def _say(options: argparse.Namespace, whole: Whole, what: str) -> None:
    print(f"{options.scenario}, ledger on {options.on}: {what}, {whole.effects.total()} effects, ", end="")
    print(f"{whole.asked.total()} questions to the model", flush=True)


def _kept(options: argparse.Namespace) -> list[Trial]:
    """The trials that the file holds. Raises ConfigError if they were made with other options."""
    file: Path | None = options.keep
    if file is None:
        return []
    made_with = {name: getattr(options, name) for name in _OPTIONS}
    if not file.exists():
        file.write_text(f"{json.dumps(made_with)}\n")
    first, *lines = file.read_text().splitlines()
    if json.loads(first) != made_with:
        raise ConfigError(
            f"{file}:1: these trials were made with {first}", remedy="give the same options, or another FILE"
        )
    return [Trial(**json.loads(line)) for line in lines]


def _keep(trial: Trial, file: Path | None) -> None:
    if file is not None:
        with file.open("a") as opened:
            opened.write(f"{json.dumps(asdict(trial))}\n")


def _counted(made: Iterator[Trial], minutes: float) -> Iterator[Trial]:
    """The trials, with a sign of life for each that went wrong and each twentieth."""
    began = time.monotonic()
    for number, one in enumerate(made, start=1):
        if one.wrong:
            print(f"  WRONG: {one}", flush=True)
        if number % 20 == 0:
            print(f"  {number} trials in {time.monotonic() - began:.0f} s", flush=True)
        yield one
        if time.monotonic() - began > minutes * 60:
            print(f"  time is up after {number} trials", flush=True)
            return


def _table(kept: list[Trial]) -> None:
    print(_ROW.format(*_HEAD))
    print(_ROW.format(*_UNDER))
    kinds = sorted({_kind(one) for one in kept})
    for kind in kinds:
        print(_line(kind, [one for one in kept if _kind(one) == kind]))
    print(_line("all", kept))
    print(f"wrong: {sum(one.wrong for one in kept)} of {len(kept)}; worlds unequal: ", end="")
    print(sum(not one.equal for one in kept))


def _kind(trial: Trial) -> str:
    when, what, *_ = [*trial.point.split(), ""]
    return f"{when} {what}"


def _line(kind: str, kept: list[Trial]) -> str:
    sums = [sum(getattr(one, name) for one in kept) for name in ("kills", "lost", "doubled", "asked_again")]
    rest = [sum(getattr(one, name) for one in kept) for name in ("recorded_twice", "looked")]
    seconds = sorted(one.seconds for one in kept)
    median = f"{seconds[len(seconds) // 2]:.1f}" if seconds else "-"
    return _ROW.format(kind, len(kept), *sums, *rest, median)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crashes", description=__doc__.splitlines()[0])
    parser.add_argument("-s", "--scenario", choices=SCENARIOS, default="recruiting")
    parser.add_argument("--on", choices=("sqlite", "postgres", "celery"), default="sqlite")
    parser.add_argument("--broker", choices=("redis", "rabbitmq"), default="redis")
    parser.add_argument("--every", type=int, default=0, metavar="N")
    parser.add_argument("--requests", type=int, default=0, metavar="N")
    parser.add_argument("--skip", type=int, default=0, metavar="N", help="begin at this point")
    parser.add_argument("--random", type=int, default=0, metavar="N")
    parser.add_argument("--minutes", type=float, default=600.0, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="FILE")
    parser.add_argument("--jobs", type=int, default=1, metavar="N")
    parser.add_argument("--folder", type=Path, metavar="FOLDER")
    parser.add_argument("--resumes", type=int, default=2, metavar="N")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if options.requests and (options.scenario != "recruiting" or options.on == "celery"):
        parser.error("--requests is for recruiting, on sqlite or postgres")
    return options


if __name__ == "__main__":
    main()
