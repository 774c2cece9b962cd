"""Killed at any moment, or out of space: what was acknowledged is there, and everything verifies."""

import os
import random
import resource
import signal
import threading
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from runtime.checkpoints import checkpoint
from runtime.errors import LedgerError
from runtime.forgetting import Forgetting, forget
from runtime.home import Home
from tests.runtime.bench import flaws, home_with_runs, ledger_of, play, seen

KILLS = 16


@pytest.fixture(scope="module")
def fresh() -> ForkServerContext:
    """Processes that start at once, because what they need is loaded already."""
    context = get_context("forkserver")
    context.set_forkserver_preload(
        ["tests.runtime.bench", "runtime.subjects", "cryptography.hazmat.primitives.ciphers.aead"]
    )
    return context


def write_until_killed(root: Path, run: str, acknowledge: Connection) -> None:
    """Append, sign and forget, in turns; tell what is done after each."""
    home = Home(root)
    ledger, vault = ledger_of(home), home.vault()
    ledger.append(run, "run.started", {"goal": "live"})
    for number in range(2, 10_000):
        ledger.append(run, "step.done", {"output": vault.seal(f"{run}-{number // 5}", "x" * 500)})
        acknowledge.send(("record", number))
        if number % 3 == 0:
            acknowledge.send(("checkpoint", checkpoint(ledger, home).number))
        if number % 5 == 4:
            forget(ledger, vault, f"{run}-{number // 5}", whole=Forgetting(f"{run}-f{number}", "test"))


def test_killed_at_any_moment_nothing_acknowledged_is_lost_and_everything_verifies(
    tmp_path: Path, fresh: ForkServerContext
) -> None:
    home, chance = home_with_runs(tmp_path, runs=1), random.Random(7)
    for attempt in range(KILLS):
        told, telling = fresh.Pipe(duplex=False)
        writer = fresh.Process(target=write_until_killed, args=(home.root, f"k{attempt}", telling))
        writer.start()
        telling.close()
        acknowledged = [told.recv()]
        threading.Timer(chance.uniform(0, 0.06), os.kill, (writer.pid, signal.SIGKILL)).start()
        while True:
            try:
                acknowledged.append(told.recv())
            except EOFError:
                break
        writer.join()
        assert writer.exitcode == -signal.SIGKILL

        ledger = ledger_of(home)
        written = max(number for what, number in acknowledged if what == "record")
        signed = max((number for what, number in acknowledged if what == "checkpoint"), default=0)
        assert written <= ledger.verify(f"k{attempt}") <= written + 1
        assert signed <= seen(home)[-1].number
        assert flaws(home) == {}
    checkpoint(ledger_of(home), home)
    play(ledger_of(home), "after")
    assert flaws(home) == {}


def write_until_full(root: Path, size: int, told: Connection) -> None:
    """Append while no file may grow over `size`; tell how many were acknowledged, and what was raised."""
    home = Home(root)
    ledger = ledger_of(home)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    number = 0
    try:
        for number in range(1, 10_000):  # noqa: B007  # it is told after the loop has ended
            ledger.append("r1", "step.done", {"output": "x" * 2000})
    except LedgerError as error:
        told.send((number - 1, error.problem))


def sign_until_full(root: Path, size: int, told: Connection) -> None:
    """Sign while no file may grow over `size`."""
    home = Home(root)
    ledger = ledger_of(home)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        for number in range(10_000):
            checkpoint(ledger, home)
            told.send((number, ""))
    except LedgerError as error:
        told.send((-1, error.problem))


def test_a_full_disk_is_said_and_loses_nothing_that_was_acknowledged(tmp_path: Path, fresh: ForkServerContext) -> None:
    home = home_with_runs(tmp_path, runs=1, checkpoints=False)
    there, telling = fresh.Pipe(duplex=False)
    writer = fresh.Process(target=write_until_full, args=(home.root, 400_000, telling))
    writer.start()
    acknowledged, problem = there.recv()
    writer.join()

    assert problem.startswith("cannot write to the ledger")
    assert acknowledged > 10
    assert ledger_of(home).verify("r1") == 10 + acknowledged
    ledger_of(home).append("r1", "step.done", {"output": "there is space again"})
    assert flaws(home) == {}


def test_a_checkpoint_that_did_not_fit_is_said_and_the_next_one_follows(
    tmp_path: Path, fresh: ForkServerContext
) -> None:
    home = home_with_runs(tmp_path, runs=1)
    size = home.checkpoints.stat().st_size
    there, telling = fresh.Pipe(duplex=False)
    limit = max(path.stat().st_size for path in home.root.iterdir() if path.is_file()) + 2 * size
    with home.checkpoints.open("ab") as file:  # lines that were cut off, until there is hardly room
        file.write(b"x" * (limit - size - 1000) + b"\n")
    writer = fresh.Process(target=sign_until_full, args=(home.root, limit, telling))
    writer.start()
    told = [there.recv()]
    while told[-1][0] >= 0:
        told.append(there.recv())
    writer.join()

    assert "cannot be written" in told[-1][1]
    before = len(seen(home))
    assert before == len(told)
    assert checkpoint(ledger_of(home), home).number == before + 1
    assert flaws(home) == {}
