"""What is lost, done twice and paid twice when processes are killed: `python -m benchmarks.crashes --random 200`.

    --on sqlite|postgres          where the ledger is
    --every N                     kill at every N-th named point, one run for each (1: all of them)
    --random N                    N kills at moments that have no name
    --minutes N                   begin no trial after so long
    --resumes N                   how many résumés the scenario has; fewer make shorter runs

Recruiting runs against a real calendar server (Radicale) and a real mail server (aiosmtpd); effects are counted in the
collections of the one and the mails the other has received. A kill is SIGKILL. The last line is the result.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from testkit.crashkit import Trial, Whole, every_point, random_kills, uninterrupted
from testkit.crashscenes import ServedRecruiting
from testkit.postgres import Postgres

_ROW = "{:<34} {:>6} {:>6} {:>5} {:>7} {:>6} {:>7} {:>8} {:>7}"
_HEAD = ("killed", "trials", "kills", "lost", "doubled", "asked", "written", "looked", "median")
_UNDER = ("", "", "", "", "", "again", "twice", "for", "s")


def main() -> None:
    """Play, kill, compare, and print a line for each kind of point."""
    options = _options()
    with ExitStack() as opened, tempfile.TemporaryDirectory() as folder:
        database = opened.enter_context(Postgres()) if options.on != "sqlite" else None
        scene = ServedRecruiting(Path(folder), opened, resumes=options.resumes, database=database)
        whole = uninterrupted(scene)
        print(f"recruiting, {options.resumes} résumés, ledger on {options.on}: {len(whole.points)} points, ", end="")
        print(f"{whole.effects.total()} effects received, {whole.asked.total()} questions to the model", flush=True)
        trials = [*_counted(_trials(scene, whole, options), options.minutes)]
    _table(trials)


def _trials(scene: ServedRecruiting, whole: Whole, options: argparse.Namespace) -> Iterator[Trial]:
    if options.every:
        yield from every_point(scene, range(options.skip, len(whole.points), options.every), whole)
    if options.random:
        yield from random_kills(scene, options.random, whole=whole, seed=options.seed)


def _counted(trials: Iterator[Trial], minutes: float) -> Iterator[Trial]:
    """The trials, with a sign of life for each that went wrong and each twentieth."""
    began = time.monotonic()
    for number, one in enumerate(trials, start=1):
        if one.wrong:
            print(f"  WRONG: {one}", flush=True)
        if number % 20 == 0:
            print(f"  {number} trials in {time.monotonic() - began:.0f} s", flush=True)
        yield one
        if time.monotonic() - began > minutes * 60:
            print(f"  time is up after {number} trials", flush=True)
            return


def _table(trials: list[Trial]) -> None:
    print(_ROW.format(*_HEAD))
    print(_ROW.format(*_UNDER))
    kinds = sorted({_kind(one) for one in trials})
    for kind in kinds:
        print(_line(kind, [one for one in trials if _kind(one) == kind]))
    print(_line("all", trials))
    print(f"wrong: {sum(one.wrong for one in trials)} of {len(trials)}; worlds unequal: ", end="")
    print(sum(not one.equal for one in trials))


def _kind(trial: Trial) -> str:
    when, what, *_ = [*trial.point.split(), ""]
    return f"{when} {what}"


def _line(kind: str, trials: list[Trial]) -> str:
    sums = [sum(getattr(one, name) for one in trials) for name in ("kills", "lost", "doubled", "asked_again")]
    rest = [sum(getattr(one, name) for one in trials) for name in ("recorded_twice", "looked")]
    seconds = sorted(one.seconds for one in trials)
    median = f"{seconds[len(seconds) // 2]:.1f}" if seconds else "-"
    return _ROW.format(kind, len(trials), *sums, *rest, median)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crashes", description=__doc__.splitlines()[0])
    parser.add_argument("--on", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--every", type=int, default=0, metavar="N")
    parser.add_argument("--skip", type=int, default=0, metavar="N", help="begin at this point")
    parser.add_argument("--random", type=int, default=0, metavar="N")
    parser.add_argument("--minutes", type=float, default=600.0, metavar="N")
    parser.add_argument("--resumes", type=int, default=2, metavar="N")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
