"""A database is opened by many at once, also in the instant in which its file is new."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier, Thread, Timer

import pytest
from sqlalchemy import Column, Index, MetaData, String, Table, inspect, text

from runtime import crowded
from runtime.crowded import is_full
from runtime.database import DATABASE_ERRORS, make_tables, open_database, write
from runtime.errors import ConfigError, LedgerError
from runtime.ledger import Ledger
from testkit.postgres import Postgres


def test_whoever_opens_a_file_while_another_first_writes_to_it_waits(tmp_path: Path) -> None:
    """SQLite itself does not wait here: switching to WAL fails at once while another holds the write lock."""
    file = tmp_path / "new.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = Timer(0.2, lambda: other.execute("COMMIT"))
    done.start()

    engine = open_database(f"sqlite:///{file}")
    with write(engine) as connection:
        connection.execute(text("CREATE TABLE thing (id INTEGER)"))
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()

    assert mode == "wal"
    done.join()
    other.close()
    engine.dispose()


def test_tables_are_made_once_however_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    for number in range(5):
        assert made_at_once(f"sqlite:///{tmp_path / str(number)}.sqlite") == []


def test_tables_are_made_once_however_many_open_a_new_postgresql_database_at_once(postgres: Postgres) -> None:
    assert made_at_once(postgres.database()) == []


def made_at_once(url: str) -> list[Exception]:
    """What went wrong while eight made the same tables in the same instant."""
    tables = MetaData()
    for number in range(8):
        name = f"thing{number}"
        Table(name, tables, Column("id", String(8), primary_key=True), Index(f"{name}_by_id", "id"))
    wrong: list[Exception] = []
    together = Barrier(8)

    def make() -> None:
        engine = open_database(url)
        together.wait()
        try:
            make_tables(engine, tables)
            assert set(inspect(engine).get_table_names()) == set(tables.tables)
        except Exception as error:
            wrong.append(error)
        engine.dispose()

    makers = [Thread(target=make) for _ in range(8)]
    for one in makers:
        one.start()
    for one in makers:
        one.join()
    return wrong


@pytest.fixture(scope="module")
def small() -> Iterator[Postgres]:
    """A server that takes four connections."""
    try:
        server = Postgres(connections=4)
    except ConfigError as error:
        pytest.skip(error.problem)
    with server:
        yield server


def test_whoever_finds_no_room_on_a_server_waits_until_another_lets_go(small: Postgres) -> None:
    url = small.database()
    engine = open_database(url)
    with ExitStack() as others:
        taken_up(url, others)
        Timer(0.2, others.pop_all().close).start()

        with write(engine) as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1

    engine.dispose()


def test_a_server_that_stays_full_is_said_with_the_way_out(small: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowded, "PATIENCE", 0.1)
    url = small.database()
    ledger = Ledger(open_database(url), b"k" * 32)
    ledger.close()
    with ExitStack() as others:
        taken_up(url, others)

        with pytest.raises(DATABASE_ERRORS) as refused, write(ledger.engine):
            pass
        with pytest.raises(LedgerError, match="max_connections"):
            ledger.append("r1", "run.started", {"goal": "measure"})

    assert is_full(refused.value)
    ledger.append("r1", "run.started", {"goal": "measure"})
    ledger.close()


def taken_up(url: str, others: ExitStack) -> None:
    """All of the server's connections, until `others` is closed."""
    engine = open_database(url)
    others.callback(engine.dispose)
    for _ in range(4):
        others.enter_context(engine.connect())
