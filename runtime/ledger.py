"""The ledger: one append-only, chained table of everything that happens.

Each run has a chain of its own: mac = HMAC-SHA256(key, previous mac + canonical JSON of (run, seq, at, kind, body)),
with the key kept outside the database. The head of a run moves in the same transaction that appends, under the
database's write lock, so that two writers never build on the same head.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, Text, insert, select, update

from runtime.canonical import canonical, plain
from runtime.clock import Clock, SystemClock, stamp
from runtime.database import DATABASE_ERRORS, read, write
from runtime.errors import LedgerError, UsageError
from runtime.records import STATE_AFTER, Kind, Record, RunHead

_METADATA = MetaData()
_RECORD = Table(
    "record",
    _METADATA,
    Column("run", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("mac", String(64), nullable=False),
)
_HEAD = Table(
    "head",
    _METADATA,
    Column("run", String(32), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("mac", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("started", String(32), nullable=False),
    Column("updated", String(32), nullable=False),
    Column("goal", Text, nullable=False),
    Column("scenario", String(64), nullable=False),
)
_REFUSED = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
_APPEND_ONLY = (
    f"CREATE TRIGGER IF NOT EXISTS record_is_never_changed BEFORE UPDATE ON record {_REFUSED}",
    f"CREATE TRIGGER IF NOT EXISTS record_is_never_deleted BEFORE DELETE ON record {_REFUSED}",
)
_GENESIS = "0" * 64
_RESTORE = "restore the ledger from a copy"

Listener = Callable[[Record], None]


class Ledger:
    """The table and its chains. Safe to use from several threads and processes."""

    def __init__(self, engine: Engine, key: bytes, clock: Clock | None = None) -> None:
        self._engine = engine
        self._key = key
        self._clock = clock or SystemClock()
        self._listeners: list[Listener] = []
        _METADATA.create_all(engine)
        if engine.dialect.name == "sqlite":
            with engine.connect() as connection:
                for trigger in _APPEND_ONLY:
                    connection.exec_driver_sql(trigger)

    def close(self) -> None:
        """Let go of the database's connections. The ledger can still be used, and connects again."""
        self._engine.dispose()

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each record after it is durable, in the thread that appended it."""
        self._listeners.append(listener)

    def append(self, run: str, kind: Kind, body: dict[str, Any]) -> Record:
        """Add one record to the run's chain and return it, durable. A run begins with `run.started`."""
        body = plain(body)
        try:
            with write(self._engine) as connection:
                record = self._append(connection, run, kind, body)
        except DATABASE_ERRORS as error:
            raise LedgerError(f"cannot write to the ledger: {error}", remedy="free space or fix its folder") from error
        for listener in self._listeners:
            listener(record)
        return record

    def records(self, run: str) -> list[Record]:
        """The run's records in order; empty if there is no such run."""
        query = select(_RECORD).where(_RECORD.c.run == run).order_by(_RECORD.c.seq)
        with read(self._engine) as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    def runs(self, limit: int = 50) -> list[RunHead]:
        """The newest runs first."""
        query = select(_HEAD).order_by(_HEAD.c.started.desc(), _HEAD.c.run.desc()).limit(limit)
        with read(self._engine) as connection:
            return [RunHead(**dict(row)) for row in connection.execute(query).mappings()]

    def find(self, prefix: str | None) -> RunHead:
        """The run whose id starts with `prefix`, or the newest run if there is none. Raises UsageError otherwise."""
        query = select(_HEAD).order_by(_HEAD.c.started.desc(), _HEAD.c.run.desc())
        if prefix:
            query = query.where(_HEAD.c.run.startswith(prefix, autoescape=True))
        with read(self._engine) as connection:
            found = [RunHead(**dict(row)) for row in connection.execute(query.limit(2)).mappings()]
        if not found:
            wanted = f"a run that starts with '{prefix}'" if prefix else "any run"
            raise UsageError(f"the ledger does not hold {wanted}", remedy="see 'deputy runs'")
        if prefix and len(found) > 1 and found[0].run != prefix:
            raise UsageError(f"more than one run starts with '{prefix}'", remedy="give more of its id")
        return found[0]

    def verify(self, run: str) -> int:
        """Recompute the run's chain: how many records it has. Raises LedgerError at the first that differs."""
        previous, count = _GENESIS, 0
        for count, record in enumerate(self.records(run), start=1):
            if record.seq != count or not hmac.compare_digest(record.mac, self._mac(previous, record)):
                raise LedgerError(f"run {run}: record {count} is not what was written", remedy=_RESTORE)
            previous = record.mac
        with read(self._engine) as connection:
            head = connection.execute(select(_HEAD.c.seq, _HEAD.c.mac).where(_HEAD.c.run == run)).one_or_none()
        if head is None or (head.seq, head.mac) != (count, previous):
            raise LedgerError(f"run {run}: records are missing at its end", remedy=_RESTORE)
        return count

    def _append(self, connection: Connection, run: str, kind: Kind, body: dict[str, Any]) -> Record:
        head = connection.execute(select(_HEAD).where(_HEAD.c.run == run).with_for_update()).mappings().one_or_none()
        if (head is None) != (kind == "run.started"):
            raise LedgerError(f"run {run}: '{kind}' cannot be its {'first' if head is None else 'next'} record")
        at = stamp(self._clock.now())
        seq, previous = (head["seq"] + 1, head["mac"]) if head else (1, _GENESIS)
        open_record = Record(run, seq, at, kind, body, mac="")
        record = Record(run, seq, at, kind, body, mac=self._mac(previous, open_record))
        connection.execute(insert(_RECORD).values(**{**vars(record), "body": canonical(body).decode()}))
        moved = {"seq": seq, "mac": record.mac, "updated": at}
        if kind in STATE_AFTER:
            moved["state"] = STATE_AFTER[kind]
        if head is None:
            moved |= {"run": run, "started": at, "goal": body["goal"], "scenario": body.get("scenario") or ""}
            connection.execute(insert(_HEAD).values(**moved))
        else:
            connection.execute(update(_HEAD).where(_HEAD.c.run == run).values(**moved))
        return record

    def _mac(self, previous: str, record: Record) -> str:
        content = canonical([record.run, record.seq, record.at, record.kind, record.body])
        return hmac.new(self._key, previous.encode() + content, hashlib.sha256).hexdigest()


def _record(row: Any) -> Record:
    return Record(row["run"], row["seq"], row["at"], cast(Kind, row["kind"]), json.loads(row["body"]), row["mac"])
