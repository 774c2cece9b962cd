"""What the tests of proof share: a home with some runs, ways to tamper with it, and what a look at it finds."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.audit import verify
from runtime.checkpoints import Checkpoint, checkpoint, read_checkpoints
from runtime.clock import Clock
from runtime.database import open_database
from runtime.home import Home
from runtime.ledger import Ledger

TRIGGERS = ("record_is_never_changed", "record_is_never_deleted")


def ledger_of(home: Home, clock: Clock | None = None) -> Ledger:
    """The ledger of a home, with its vault."""
    return Ledger(open_database(home.ledger_url), home.ledger_key(), clock, vault=home.vault())


def play(ledger: Ledger, run: str, records: int = 10) -> None:
    """A run of so many records, the last of which ends it."""
    ledger.append(run, "run.started", {"goal": f"the goal of {run}", "scenario": "demo"})
    for number in range(2, records):
        ledger.append(run, "step.done", {"step": f"s{number}", "role": "researcher", "output": "né"})
    ledger.append(run, "run.done", {"summary": "well"})


def home_with_runs(folder: Path, runs: int = 2, *, checkpoints: bool = True) -> Home:
    """A home in which runs r1, r2 … were played, each followed by a checkpoint."""
    home = Home(folder / "var")
    ledger = ledger_of(home)
    for number in range(1, runs + 1):
        play(ledger, f"r{number}")
        if checkpoints:
            checkpoint(ledger, home)
    ledger.close()
    return home


@contextmanager
def behind_its_back(home: Home) -> Iterator[sqlite3.Connection]:
    """The ledger's file as an attacker has it, without the triggers."""
    connection = sqlite3.connect(home.root / "ledger.sqlite")
    for trigger in TRIGGERS:
        connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    yield connection
    connection.commit()
    connection.close()


def seen(home: Home) -> list[Checkpoint]:
    """The home's checkpoints, signatures checked."""
    return read_checkpoints(home.checkpoints, home.signer().public)


def flaws(home: Home, *, checkpoints: bool = True, keys: bool = True) -> dict[str, tuple[str, int]]:
    """What a look at the ledger finds: by kind the run and the record."""
    ledger = ledger_of(home)
    found = verify(ledger.engine, ledger.keys if keys else None, None, seen(home) if checkpoints else ())
    ledger.close()
    return {flaw.kind: (flaw.run, flaw.seq) for flaw in found.flaws}
