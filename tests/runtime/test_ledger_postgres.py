"""The ledger on PostgreSQL: the same chains, the same proofs."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from runtime.audit import verify
from runtime.checkpoints import checkpoint, read_checkpoints
from runtime.database import open_database, write
from runtime.export import export, verify_export
from runtime.home import Home
from runtime.ledger import Ledger
from testkit.postgres import Postgres
from tests.runtime.bench import play


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    return postgres.database()


def test_chains_checkpoints_rotation_and_exports_work_as_they_do_on_sqlite(url: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "var")
    ledger = Ledger(open_database(url), home.ledger_key())
    play(ledger, "r1")
    checkpoint(ledger, home)
    writers = [threading.Thread(target=play, args=(ledger, f"w{number}", 20)) for number in range(4)]
    for writer in writers:
        writer.start()
    assert ledger.rotate() == 2
    for writer in writers:
        writer.join()
    checkpoint(ledger, home)
    seen, public = read_checkpoints(home.checkpoints, home.signer().public), home.signer().public

    assert verify(ledger.engine, ledger.keys, None, seen).flaws == ()
    made = export(ledger, home.signer(), tmp_path / "all.jsonl")
    assert verify_export(made.path, public, seen).records == made.records == 90

    with write(ledger.engine) as connection:
        connection.execute(text("UPDATE record SET body = '{\"step\":\"forged\"}' WHERE run = 'w1' AND seq = 5"))
        connection.execute(text("DELETE FROM record WHERE run = 'w2' AND seq > 15"))
    found = verify(ledger.engine, ledger.keys, None, seen)
    assert {flaw.kind: (flaw.run, flaw.seq) for flaw in found.flaws} == {
        "changed": ("w1", 5),
        "head": ("w2", 15),
        "checkpoint": ("w1", 20),
        "truncated": ("w2", 20),
        "older": ("", 0),
    }
    ledger.close()
