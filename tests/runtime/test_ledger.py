"""The ledger keeps what it is given, in order, and notices what was done to it behind its back."""

import sqlite3
import threading
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import event

from runtime.database import open_database
from runtime.errors import LedgerError, UsageError
from runtime.ledger import Ledger
from runtime.records import Record

KEY = b"k" * 32


def ledger_at(folder: Path) -> Ledger:
    return Ledger(open_database(f"sqlite:///{folder / 'ledger.sqlite'}"), KEY)


def begun(ledger: Ledger, run: str = "r1", records: int = 5) -> None:
    ledger.append(run, "run.started", {"goal": "a goal", "scenario": "demo"})
    for number in range(records):
        ledger.append(run, "step.done", {"step": f"s{number}", "role": "researcher", "output": "né 🙂"})


def tampered(folder: Path, *statements: str) -> None:
    with sqlite3.connect(folder / "ledger.sqlite") as connection:
        for trigger in ("record_is_never_changed", "record_is_never_deleted"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_opening_a_ledger_that_is_there_asks_what_is_there_once(tmp_path: Path) -> None:
    ledger_at(tmp_path).close()
    engine, asked = open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}"), list[str]()
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    Ledger(engine, KEY)

    assert len(asked) == 2
    assert len(set(asked)) == 2


def test_records_come_back_as_they_were_given(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    begun(ledger)

    records = ledger.records("r1")

    assert [record.seq for record in records] == [1, 2, 3, 4, 5, 6]
    assert records[1].body == {"step": "s0", "role": "researcher", "output": "né 🙂"}
    assert ledger.verify("r1") == 6


def test_one_record_of_a_run_is_read_without_the_others(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    begun(ledger, records=3)
    records = ledger.records("r1")
    tampered(tmp_path, "UPDATE record SET body = 'no JSON' WHERE seq IN (2, 3)")

    assert ledger.first("r1") == records[0]
    assert ledger.latest("r1", "step.done", "run.started") == records[3]
    assert ledger.latest("r1", "plan.accepted") is None
    with pytest.raises(ValueError, match="Expecting value"):
        ledger.records("r1")


def test_a_run_without_its_first_record_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="run r1: its first record is not there"):
        ledger_at(tmp_path).first("r1")


def test_the_state_of_a_run_follows_its_records(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    begun(ledger)
    assert ledger.find("r1").state == "running"

    ledger.append("r1", "run.done", {"summary": "well"})

    assert (ledger.find("r1").state, ledger.find("r1").goal) == ("done", "a goal")


def test_a_run_begins_with_run_started_and_only_once(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    with pytest.raises(LedgerError, match="cannot be its first record"):
        ledger.append("r1", "step.done", {})
    begun(ledger)
    with pytest.raises(LedgerError, match="cannot be its next record"):
        ledger.append("r1", "run.started", {"goal": "again"})
    assert ledger.verify("r1") == 6


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET body = replace(body, 's1', 's9') WHERE seq = 3",
        "UPDATE record SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 3",
        "UPDATE record SET kind = 'step.failed' WHERE seq = 3",
        "DELETE FROM record WHERE seq = 3",
        "DELETE FROM record WHERE seq = 6",
        "DELETE FROM record",
        "UPDATE record SET seq = 30 WHERE seq = 3",
    ],
)
def test_a_changed_ledger_does_not_verify(tmp_path: Path, statement: str) -> None:
    begun(ledger_at(tmp_path))
    tampered(tmp_path, statement)

    with pytest.raises(LedgerError, match="r1"):
        ledger_at(tmp_path).verify("r1")


def test_another_key_does_not_verify(tmp_path: Path) -> None:
    begun(ledger_at(tmp_path))
    other = Ledger(open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}"), b"o" * 32)

    with pytest.raises(LedgerError, match="record 1"):
        other.verify("r1")


def test_the_database_itself_refuses_to_change_a_record(tmp_path: Path) -> None:
    begun(ledger_at(tmp_path))

    with (
        sqlite3.connect(tmp_path / "ledger.sqlite") as connection,
        pytest.raises(sqlite3.IntegrityError, match="append"),
    ):
        connection.execute("DELETE FROM record WHERE seq = 1")
    connection.close()


def append_many(folder: str, count: int) -> None:
    ledger = ledger_at(Path(folder))
    for _ in range(count):
        ledger.append("r1", "step.done", {"step": "s", "role": "r", "output": ""})


def test_writers_in_several_processes_and_threads_lose_nothing(tmp_path: Path) -> None:
    begun(ledger_at(tmp_path), records=0)
    spawn, work = get_context("spawn"), (str(tmp_path), 40)
    writers = [make(target=append_many, args=work) for make in (spawn.Process, threading.Thread) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert ledger_at(tmp_path).verify("r1") == 1 + 4 * 40


def test_listeners_hear_each_record_after_it_is_written(tmp_path: Path) -> None:
    ledger, heard = ledger_at(tmp_path), list[Record]()
    ledger.listen(heard.append)
    begun(ledger, records=1)

    assert heard == ledger.records("r1")


def test_a_run_is_found_by_the_start_of_its_id(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for run in ("261122-aa", "261122-ab", "261123-aa"):
        begun(ledger, run, records=0)

    assert ledger.find("261123").run == "261123-aa"
    assert ledger.find(None).run in {"261122-aa", "261122-ab", "261123-aa"}
    with pytest.raises(UsageError, match="more than one run"):
        ledger.find("261122")
    with pytest.raises(UsageError, match="does not hold a run"):
        ledger.find("2%")
