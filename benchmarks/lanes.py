"""Trials side by side: each lane is a process with a scene, servers and a database of its own, and plays its share.

Lanes are given points in turns, and what they made is taken in turns, so that trials come in the order of the points.
"""

import argparse
import multiprocessing
import multiprocessing.util
import os
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from runtime.errors import DeputyError
from testkit.crashkit import AT_RANDOM, Carry, Scene, Trial, Whole, every_point, random_kills, uninterrupted
from testkit.crashplay import by_processes, warm
from testkit.crashscenes import ServedRecruiting
from testkit.crashtrades import trade
from testkit.postgres import Postgres

_MEMORY = Path("/dev/shm")
_SPAWN = multiprocessing.get_context("spawn")


def whole_run(options: argparse.Namespace) -> Whole:
    """The uninterrupted run, played for as long as nothing else is."""
    with _set(options) as (scene, carry):
        return uninterrupted(scene, carry)


def trials(options: argparse.Namespace, whole: Whole, kept: Sequence[Trial]) -> Generator[Trial, None, None]:
    """The trials that are still to be made. Raises DeputyError if a lane fell."""
    lanes = [_begun(options, whole, kept, lane) for lane in range(options.jobs)]
    try:
        yield from _in_turns(lanes)
    finally:
        for results, _ in lanes:
            results.close()  # a lane that is still at it ends with the trial it makes
        for _, process in lanes:
            process.join()


def _begun(
    options: argparse.Namespace, whole: Whole, kept: Sequence[Trial], lane: int
) -> tuple[Connection, SpawnProcess]:
    results, theirs = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_played, args=(options, whole, kept, lane, theirs))
    process.start()
    theirs.close()
    return results, process


def _in_turns(lanes: list[tuple[Connection, SpawnProcess]]) -> Iterator[Trial]:
    at_it = [*lanes]
    while at_it:
        for one in [*at_it]:
            results, process = one
            try:
                yield results.recv()
            except EOFError:
                at_it.remove(one)
                process.join()
                if process.exitcode:  # to go on with the others' would leave a gap in what is kept
                    raise DeputyError("a lane has fallen", remedy="see what it said above") from None


def _played(options: argparse.Namespace, whole: Whole, kept: Sequence[Trial], lane: int, results: Connection) -> None:
    """In a process of its own: one lane's share, until there is none left or nobody listens."""
    with suppress(BrokenPipeError), _set(options) as (scene, carry):
        warm()
        for one in _share(options, scene, carry, whole, kept, lane):
            results.send(one)


def _share(
    options: argparse.Namespace, scene: Scene, carry: Carry, whole: Whole, kept: Sequence[Trial], lane: int
) -> Iterator[Trial]:
    random = [one for one in kept if one.point == AT_RANDOM]
    if options.every:
        first = options.skip + options.every * (len(kept) - len(random) + lane)
        yield from every_point(scene, range(first, len(whole.points), options.every * options.jobs), whole, carry)
    left = options.random - sum(one.kills for one in random)
    mine = left // options.jobs + (lane < left % options.jobs)
    if mine > 0:
        if options.jobs > 1:  # beside others a run takes longer, and moments are chosen in all of it
            whole = replace(whole, seconds=uninterrupted(scene, carry).seconds)
        yield from random_kills(scene, mine, whole=whole, seed=options.seed + len(random) + lane, carry=carry)


@contextmanager
def _set(options: argparse.Namespace) -> Iterator[tuple[Scene, Carry]]:
    """A scene and who plays it, in a folder of their own."""
    with ExitStack() as opened:
        folder = opened.enter_context(playground(options.folder))
        yield _scene(options, folder, opened), _carry(options, opened)


@contextmanager
def playground(given: Path | None) -> Iterator[Path]:
    """An empty folder, in memory where there is room; what killed processes leave in the folder for temporary files
    goes with it."""
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    multiprocessing.util.get_temp_dir()  # made before, as it outlives the folder
    before = os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(dir=given or memory, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # servers and cells run as others
        (folder / "tmp").mkdir()
        (folder / "tmp").chmod(0o1777)
        os.environ["TMPDIR"], tempfile.tempdir = str(folder / "tmp"), None
        try:
            yield folder
        finally:
            tempfile.tempdir = None
            os.environ.pop("TMPDIR") if before is None else os.environ.update(TMPDIR=before)


def database(options: argparse.Namespace, opened: ExitStack) -> Postgres | None:
    """The server that the ledger is on; None for a file."""
    return opened.enter_context(Postgres()) if options.on != "sqlite" else None


def _scene(options: argparse.Namespace, folder: Path, opened: ExitStack) -> Scene:
    server = database(options, opened)
    if options.scenario == "recruiting":
        return ServedRecruiting(folder, opened, resumes=options.resumes, database=server)
    return trade(options.scenario, folder, database=server)


def _carry(options: argparse.Namespace, opened: ExitStack) -> Carry:
    if options.on != "celery":
        return by_processes
    from testkit.crashcelery import ByCelery
    from testkit.rabbitmq import RabbitMQ
    from testkit.redis import Redis

    broker: Redis | RabbitMQ = RabbitMQ() if options.broker == "rabbitmq" else Redis()
    opened.enter_context(broker)
    return ByCelery(broker)
