"""The ledger's tables, and how they are read: as one moment, row by row, whatever was done to the file.

record   every record of every run; the database refuses to change or delete one
head     per run its newest record and what proves that it is, what `deputy runs` shows of it, and its fence: how
         often it was claimed
census   how many runs were begun, in one row, and what proves it (see runtime.census)
work     per run when it should move on, and who moves it (see runtime.work)
tenant   per tenant when one of its runs was last claimed
schedule per schedule up to when its occurrences were started
slot     per limited thing the calls under way; bucket: how many may begin at once (see runtime.pace)
used     per call its day, and what its numbers came to (see runtime.tally)
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    inspect,
    literal_column,
    or_,
    select,
    text,
)

from runtime.chain import Head, Row
from runtime.database import making, read
from runtime.errors import LedgerError

_METADATA = MetaData()

RECORD = Table(
    "record",
    _METADATA,
    Column("run", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("key", Integer, nullable=False),
    Column("mac", String(64), nullable=False),
)
HEAD = Table(
    "head",
    _METADATA,
    Column("run", String(32), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("mac", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("started", String(32), nullable=False),
    Column("updated", String(32), nullable=False),
    Column("goal", Text, nullable=False),
    Column("scenario", String(64), nullable=False),
    Column("tip", String(64), nullable=False),
    Column("fence", Integer, nullable=False, server_default="0"),
)
CENSUS = Table(
    "census",
    _METADATA,
    Column("runs", Integer, primary_key=True),
    Column("tip", String(64), nullable=False),
)
WORK = Table(
    "work",
    _METADATA,
    Column("run", String(32), primary_key=True),
    Column("key", String(200), unique=True),
    Column("tenant", String(64), nullable=False),
    Column("crew", String(64), nullable=False),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("due", Float(53)),
    Column("worker", String(80), nullable=False, server_default=""),
    Column("rung", Integer, nullable=False, server_default="0"),
    Column("lost", Integer, nullable=False, server_default="0"),
    Column("cancel", String(80), nullable=False, server_default=""),
)
IS_HELD = WORK.c.worker != literal_column("''")
"""Written out, so that a database sees that the index of what is held answers it."""
_IS_DUE = WORK.c.due.is_not(None)
Index("work_due", WORK.c.due, sqlite_where=_IS_DUE, postgresql_where=_IS_DUE)
Index("work_tenant", WORK.c.tenant, WORK.c.priority.desc(), WORK.c.due, sqlite_where=_IS_DUE, postgresql_where=_IS_DUE)
Index("work_held", WORK.c.worker, sqlite_where=IS_HELD, postgresql_where=IS_HELD)
TENANT = Table(
    "tenant",
    _METADATA,
    Column("tenant", String(64), primary_key=True),
    Column("served", Float(53), nullable=False),
)
SCHEDULE = Table(
    "schedule",
    _METADATA,
    Column("name", String(64), primary_key=True),
    Column("seen", Float(53), nullable=False),
)
SLOT = Table(
    "slot",
    _METADATA,
    Column("name", String(64), primary_key=True),
    Column("holder", String(32), primary_key=True),
    Column("until", Float(53), nullable=False),
)
BUCKET = Table(
    "bucket",
    _METADATA,
    Column("name", String(64), primary_key=True),
    Column("level", Float(53), nullable=False),
    Column("at", Float(53), nullable=False),
)
USED = Table(
    "used",
    _METADATA,
    Column("run", String(32), primary_key=True),
    Column("call", String(128), primary_key=True),
    Column("argument", String(128), primary_key=True),
    Column("tool", String(128), nullable=False),
    Column("day", String(10), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("amount", Float, nullable=False),
    Index("used_by_day", "day", "tool", "argument"),
)
_REFUSED = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
_APPEND_ONLY = (
    f"CREATE TRIGGER IF NOT EXISTS record_is_never_changed BEFORE UPDATE ON record {_REFUSED}",
    f"CREATE TRIGGER IF NOT EXISTS record_is_never_deleted BEFORE DELETE ON record {_REFUSED}",
)
_AT_ONCE = 1000


class Mark(NamedTuple):
    """What a checkpoint says of a run: how far it had come, and with what."""

    run: str
    seq: int
    digest: str
    mac: str


class Proof(NamedTuple):
    """What a run's head says of its chain, and the keys that its records were written with."""

    run: str
    seq: int
    digest: str
    mac: str
    keys: tuple[int, ...]


def make_ledger(engine: Engine) -> None:
    """Make the tables where they are not there yet. Raises LedgerError for those of a version before heads had tips."""
    tables, columns = _there(engine)
    if set(_METADATA.tables) - tables or "fence" not in columns:
        _make(engine)
        _, columns = _there(engine)
    if "tip" not in columns:
        raise LedgerError(
            f"the ledger '{engine.url.database}' was written by an earlier version",
            remedy="move the file aside to keep it; a new ledger is begun",
        )


def _there(engine: Engine) -> tuple[set[str], set[str]]:
    """The tables that are there, and the columns of `head`. Two questions, which every process asks when it begins."""
    with read(engine) as connection:
        found = inspect(connection)
        tables = set(found.get_table_names())
        return tables, {one["name"] for one in found.get_columns("head")} if "head" in tables else set()


def _make(engine: Engine) -> None:
    """Make what is missing, one process at a time."""
    with making(engine, _METADATA) as connection:
        if "fence" not in {column["name"] for column in inspect(connection).get_columns("head")}:
            connection.execute(text("ALTER TABLE head ADD COLUMN fence INTEGER NOT NULL DEFAULT 0"))
        for trigger in _APPEND_ONLY if engine.dialect.name == "sqlite" else ():
            connection.exec_driver_sql(trigger)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the ledger as it was at one moment, also while others write to it.

    Text that is no UTF-8 is read as something that cannot have been written, instead of breaking off.
    """
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            yield connection
        return
    with read(engine) as connection:
        driver: Any = connection.connection.driver_connection
        driver.text_factory = _decoded
        connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            connection.exec_driver_sql("ROLLBACK")
            driver.text_factory = str


def rows(connection: Connection, run: str | None = None) -> Iterator[Row]:
    """The records in order of run and number, a few at a time in memory."""
    names = [RECORD.c[name] for name in Row._fields]
    query = select(*names).order_by(RECORD.c.run, RECORD.c.seq)
    if run is not None:
        query = query.where(RECORD.c.run == run)
    result = connection.execution_options(yield_per=_AT_ONCE).execute(query)
    for some in result.partitions():
        yield from map(Row._make, some)


def head_of(connection: Connection, run: str) -> Head | None:
    """The head of a run, as it is stored."""
    row = connection.execute(select(*(HEAD.c[name] for name in Head._fields)).where(HEAD.c.run == run)).first()
    return Head(*row) if row is not None else None


def runs_without_records(connection: Connection, run: str | None = None) -> list[str]:
    """The runs whose head is there and whose first record is not."""
    first = (RECORD.c.run == HEAD.c.run) & (RECORD.c.seq >= 1)
    query = select(HEAD.c.run).where(~select(RECORD.c.run).where(first).exists()).order_by(HEAD.c.run)
    if run is not None:
        query = query.where(HEAD.c.run == run)
    return [str(name) for name in connection.execute(query).scalars()]


def runs_holding(engine: Engine, texts: Iterable[str]) -> dict[str, int]:
    """The runs with records whose stored body holds one of the texts, each with how many. Reads the whole table."""
    wanted = [RECORD.c.body.contains(one, autoescape=True) for one in texts]
    if not wanted:
        return {}
    query = select(RECORD.c.run, func.count()).where(or_(*wanted)).group_by(RECORD.c.run).order_by(RECORD.c.run)
    with read(engine) as connection:
        return {str(run): int(number) for run, number in connection.execute(query)}


def marks(connection: Connection) -> list[Mark]:
    """How far each run has come."""
    query = select(*(HEAD.c[name] for name in Mark._fields)).order_by(HEAD.c.run)
    return [Mark(*row) for row in connection.execute(query)]


def proof_of(engine: Engine, run: str) -> Proof:
    """What proves a run that is there."""
    with snapshot(engine) as connection:
        mark = connection.execute(select(*(HEAD.c[name] for name in Mark._fields)).where(HEAD.c.run == run)).one()
        keys = select(RECORD.c.key).where(RECORD.c.run == run).distinct().order_by(RECORD.c.key)
        return Proof(mark.run, mark.seq, mark.digest, mark.mac, tuple(connection.execute(keys).scalars()))


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
