"""The only place that opens a database: SQLite by default, PostgreSQL by URL."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from runtime.crowded import wait_for_room
from runtime.errors import ConfigError, LedgerError

__all__ = [
    "DATABASE_ERRORS",
    "Connection",
    "Engine",
    "alone",
    "make_tables",
    "making",
    "open_database",
    "read",
    "scrub",
    "write",
]

DATABASE_ERRORS = (OSError, SQLAlchemyError)
"""What a database that cannot be reached, read or written raises."""

_IDLE_MS = 10_000
"""Milliseconds that PostgreSQL lets a transaction of ours stand idle: a frozen process must not keep its locks."""

_URLS = "use sqlite:///FILE or postgresql://USER@HOST/NAME"


def open_database(url: str) -> Engine:
    """An engine for `url`; a SQLite file's folder is made, and its writers queue instead of failing.

    A PostgreSQL server that has no room for another connection is waited for, 30 seconds long.

    SQLite runs in WAL mode with full sync. Its transactions are begun by `write` and `read` below, never implicitly:
    the driver's own deferred BEGIN lets two writers read the same head and lose a record.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError("a database URL cannot be read", remedy=_URLS) from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        given: dict[str, Any] = {"connect_args": {"timeout": 30, "isolation_level": None}}
        if parsed.database in (None, "", ":memory:"):  # there is one such database per connection, so threads share it
            given = {"connect_args": given["connect_args"] | {"check_same_thread": False}, "poolclass": StaticPool}
        engine = create_engine(parsed, **given)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        options = f"-c idle_in_transaction_session_timeout={_IDLE_MS}"
        engine = create_engine(parsed, pool_pre_ping=True, connect_args={"options": options})
        wait_for_room(engine)
        return engine
    raise ConfigError(
        f"database URL starts with '{parsed.drivername}'",
        remedy=_URLS,
    )


def where(url: str) -> str:
    """The database that a URL names, without its password."""
    return make_url(url).render_as_string(hide_password=True)


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back on any error, one writer at a time on SQLite."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")
        else:
            with connection.begin():
                yield connection


def alone(connection: Connection, what: str) -> None:
    """Wait until no other transaction is at `what`, and keep others out until this one ends. SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": f"deputy {what}"})


def make_tables(engine: Engine, tables: MetaData) -> None:
    """Make the tables that are not there yet."""
    if set(tables.tables) - set(inspect(engine).get_table_names()):
        with making(engine, tables):
            pass


@contextmanager
def making(engine: Engine, tables: MetaData) -> Iterator[Connection]:
    """A transaction that writes and finds its tables made. One at a time: two that see no table would both make it."""
    with write(engine) as connection:
        alone(connection, "making tables")
        tables.create_all(connection)
        yield connection


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """A connection for reading."""
    with engine.connect() as connection:
        yield connection


def scrub(engine: Engine) -> None:
    """Write a SQLite file anew, so that nothing is left in it or in its journal of what was deleted.

    Raises LedgerError while another process reads from it.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM")
        if connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar():
            raise LedgerError(
                f"'{engine.url.database}' is in use, and its journal still holds what was deleted",
                remedy="end other commands that use it, then forget again",
            )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Wait for a new file's first switch to WAL by another connection: there SQLite fails at once, time-out or not."""
    until = time.monotonic() + 30
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
