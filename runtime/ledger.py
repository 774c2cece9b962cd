"""The ledger: one append-only, chained table of everything that happens.

Each run has a chain of its own (see runtime.chain), with keys kept outside the database. The head of a run moves in the
same transaction that appends, under the database's write lock, so that two writers never build on the same head.

Personal data may be sealed on its way in: `sealer` is given each body before it is chained, and returns it with values
replaced by `Vault.seal`; `records` and `runs` open them with `vault`.
"""

import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, cast

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy import Row as SqlRow

from runtime import audit, census
from runtime.canonical import canonical, plain
from runtime.chain import GENESIS, Keys, Row, digest_of, goal_text, is_tip, mac_of, tip_of
from runtime.clock import Clock, SystemClock, stamp
from runtime.crowded import REMEDY, is_full
from runtime.database import DATABASE_ERRORS, read, write
from runtime.errors import LedgerError, RunStopped, TakenOver, UsageError
from runtime.keys import LedgerKeys, OneKey
from runtime.records import ENDED, STATE_AFTER, Kind, Record, RunHead, State
from runtime.sealed import escaped, legible, opened
from runtime.subjects import Vault
from runtime.tables import HEAD, RECORD, make_ledger
from runtime.tally import count

Listener = Callable[[Record], None]
Sealer = Callable[[Kind, dict[str, Any]], dict[str, Any]]

_RESTORE = "see 'deputy audit verify'; restore the ledger from a copy"
_SHOWN = [HEAD.c[name] for name in RunHead.__dataclass_fields__]


class Ledger:
    """The table and its chains. Safe to use from several threads and processes."""

    def __init__(
        self,
        engine: Engine,
        key: bytes | Keys,
        clock: Clock | None = None,
        *,
        vault: Vault | None = None,
        sealer: Sealer | None = None,
    ) -> None:
        self.engine = engine
        self.keys: Keys = OneKey(key) if isinstance(key, bytes) else key
        self.clock = clock or SystemClock()
        self.vault = vault
        self.sealer = sealer
        self._listeners: list[Listener] = []
        self._fences: dict[str, int] = {}
        make_ledger(engine)

    def close(self) -> None:
        """Let go of the database's connections. The ledger can still be used, and connects again."""
        self.engine.dispose()
        if self.vault:
            self.vault.close()

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each record after it is durable, in the thread that appended it."""
        self._listeners.append(listener)

    def hold(self, run: str, fence: int) -> None:
        """From now on append to the run only as long as nobody has claimed it anew; see `append`."""
        self._fences[run] = fence

    def append(
        self, run: str, kind: Kind, body: dict[str, Any], *, within: Callable[[Connection], None] | None = None
    ) -> Record:
        """Add one record to the run's chain and return it, durable. A run begins with `run.started`.

        `within` takes part in the transaction, after the record. Raises RunStopped, and writes nothing, if the run is
        held here and was claimed by somebody else since.
        """
        body = plain(body)
        stored = self._sealed(kind, escaped(body))
        try:
            text = canonical(stored).decode()
        except ValueError as error:
            raise LedgerError(f"run {run}: '{kind}' cannot be recorded: {error}") from error
        try:
            with write(self.engine) as connection:
                row = self._append(connection, run, kind, stored, text)
                count(connection, run, row.at, kind, body)
                if within:
                    within(connection)
        except DATABASE_ERRORS as error:
            remedy = REMEDY if is_full(error) else "free space or fix its folder"
            raise LedgerError(f"cannot write to the ledger: {error}", remedy=remedy) from error
        record = Record(run, row.seq, row.at, kind, body, row.mac)
        for listener in self._listeners:
            listener(record)
        return record

    def records(self, run: str, connection: Connection | None = None) -> list[Record]:
        """The run's records in order, opened; empty if there is no such run. Lists miss what was erased from them.

        With a `connection`, they are read as its transaction sees them.
        """
        query = select(RECORD).where(RECORD.c.run == run).order_by(RECORD.c.seq)
        with nullcontext(connection) if connection is not None else read(self.engine) as reading:
            rows = reading.execute(query).all()
        return [self._record(row) for row in rows]

    def first(self, run: str) -> Record:
        """The run's first record, opened: what it was begun with. Raises LedgerError if there is none.

        Reads that record alone, however long the run is.
        """
        query = select(RECORD).where(RECORD.c.run == run).order_by(RECORD.c.seq).limit(1)
        with read(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise LedgerError(f"run {run}: its first record is not there", remedy=_RESTORE)
        return self._record(row)

    def latest(self, run: str, *kinds: Kind) -> Record | None:
        """The run's newest record of one of those kinds, opened. Reads backwards, and opens that record alone."""
        mine = (RECORD.c.run == run) & RECORD.c.kind.in_(kinds)
        query = select(RECORD).where(mine).order_by(RECORD.c.seq.desc()).limit(1)
        with read(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else self._record(row)

    def live_runs_with(self, kind: Kind, text: str) -> list[str]:
        """The runs that have not ended and have a record of that kind with that text in its body, as an approval's id.

        Records of runs that have ended are not read.
        """
        said = (RECORD.c.run == HEAD.c.run) & (RECORD.c.kind == kind) & RECORD.c.body.contains(text, autoescape=True)
        query = select(HEAD.c.run).where(HEAD.c.state.not_in(ENDED), select(RECORD.c.run).where(said).exists())
        with read(self.engine) as connection:
            return [str(run) for run in connection.execute(query.order_by(HEAD.c.run)).scalars()]

    def runs(self, limit: int = 50, *, state: State | None = None) -> list[RunHead]:
        """The newest runs first: all of them, or those that stand there."""
        query = select(*_SHOWN).order_by(HEAD.c.started.desc(), HEAD.c.run.desc()).limit(limit)
        if state is not None:
            query = query.where(HEAD.c.state == state)
        with read(self.engine) as connection:
            rows = connection.execute(query).mappings().all()
        return [self._head(dict(row)) for row in rows]

    def find(self, prefix: str | None) -> RunHead:
        """The run whose id starts with `prefix`, or the newest run if there is none. Raises UsageError otherwise."""
        query = select(*_SHOWN).order_by(HEAD.c.started.desc(), HEAD.c.run.desc())
        if prefix:
            query = query.where(HEAD.c.run.startswith(prefix, autoescape=True))
        with read(self.engine) as connection:
            rows = connection.execute(query.limit(2)).mappings().all()
        found = [self._head(dict(row)) for row in rows]
        if not found:
            wanted = f"a run that starts with '{prefix}'" if prefix else "any run"
            raise UsageError(f"the ledger does not hold {wanted}", remedy="see 'deputy runs'")
        if prefix and len(found) > 1 and found[0].run != prefix:
            raise UsageError(f"more than one run starts with '{prefix}'", remedy="give more of its id")
        return found[0]

    def state(self, run: str, connection: Connection) -> State:
        """Where a run stands that is there, as that transaction sees it."""
        return cast(State, connection.execute(select(HEAD.c.state).where(HEAD.c.run == run)).scalar_one())

    def verify(self, run: str) -> int:
        """Walk the run's chain: how many records it has. Raises LedgerError at the first that is wrong."""
        found = audit.verify(self.engine, self.keys, run)
        for flaw in found.flaws:
            raise LedgerError(f"run {run}: {flaw.text}", remedy=_RESTORE)
        if not found.records:
            raise LedgerError(f"run {run}: the ledger holds no record of it", remedy="see 'deputy runs'")
        return found.records

    def rotate(self) -> int:
        """Make a new key, with which every record from now on is written; its number."""
        if not isinstance(self.keys, LedgerKeys):
            raise UsageError("this ledger's key is not kept in a folder, and cannot be rotated")
        with write(self.engine) as connection:  # nobody writes meanwhile, so that no older key is used after it
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("LOCK TABLE head IN EXCLUSIVE MODE")
            return self.keys.rotate()

    def _sealed(self, kind: Kind, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.sealer(kind, body) if self.sealer else body
        except DATABASE_ERRORS as error:
            problem = f"personal data cannot be sealed: {error}"
            raise LedgerError(problem, remedy="free space, or fix the folder of keys") from error

    def _append(self, connection: Connection, run: str, kind: Kind, body: dict[str, Any], text: str) -> Row:
        head = connection.execute(select(HEAD).where(HEAD.c.run == run).with_for_update()).one_or_none()
        if (head is None) != (kind == "run.started"):
            raise LedgerError(f"run {run}: '{kind}' cannot be its {'first' if head is None else 'next'} record")
        self._check_fence(run, head.fence if head else None)
        if head and not is_tip(self.keys, head.digest, head.tip):
            raise LedgerError(f"run {run}: what is its last record was not the last written", remedy=_RESTORE)
        now = stamp(self.clock.now())
        at = max(now, head.updated) if head else now  # a clock that was set back does not turn the order round
        seq, previous = (head.seq + 1, head.digest) if head else (1, GENESIS)
        row, moved = self._closed(previous, Row(run, seq, at, kind, text, self.keys.current(), mac=""))
        connection.execute(insert(RECORD).values(row._asdict()))
        if head:
            connection.execute(update(HEAD).where(HEAD.c.run == run).values(moved))
            return row
        census.begin(connection, self.keys)
        shown = {"started": at, "goal": goal_text(body["goal"]), "scenario": body.get("scenario") or ""}
        connection.execute(insert(HEAD).values(moved | shown | {"run": run, "fence": self._fences.get(run, 0)}))
        return row

    def _closed(self, previous: str, row: Row) -> tuple[Row, dict[str, Any]]:
        """The record with its mac, and what its run's head says from then on."""
        key = self.keys.key(row.key)
        if key is None:
            raise LedgerError(f"the ledger's key {row.key} is not there", remedy="restore the keys from a copy")
        digest = digest_of(previous, row)
        row = row._replace(mac=mac_of(key, digest))
        moved = {"seq": row.seq, "digest": digest, "mac": row.mac, "updated": row.at, "tip": tip_of(key, digest)}
        return row, moved | ({"state": STATE_AFTER[row.kind]} if row.kind in STATE_AFTER else {})

    def _record(self, row: SqlRow[Any]) -> Record:
        body = cast("dict[str, Any]", legible(opened(json.loads(row.body), self.vault)))
        return Record(row.run, row.seq, row.at, cast(Kind, row.kind), body, row.mac)

    def _check_fence(self, run: str, fence: int | None) -> None:
        """A worker that was frozen or cut off, and whose run was given to another one, must not write any more."""
        held = self._fences.get(run)
        if held is not None and fence is not None and fence != held:
            raise RunStopped(
                TakenOver(f"run {run} was taken over by another worker", remedy=f"see 'deputy show {run}'")
            )

    def _head(self, row: dict[str, Any]) -> RunHead:
        if row["goal"].startswith('{"'):  # a sealed goal; a person's own words may begin so, too
            try:
                goal = opened(json.loads(row["goal"]), self.vault)
            except ValueError:
                goal = None
            row["goal"] = goal if isinstance(goal, str) else row["goal"]
        return RunHead(**row)
