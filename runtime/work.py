"""Which runs should move on, and when: one row per run, kept beside the ledger and changed in its transactions.

    due      when somebody should look at the run, in seconds since 1970; none: not before it is rung
    worker   who carries it on; while `due` lies ahead nobody else may
    rung     it was rung while somebody carried it on, and is looked at again as soon as they are through
    lost     how often in a row whoever carried it on went away without a word

    entered -> due -> claimed (due = end of the lease, moved along by renewals) -> resting (due later, or not at all)
                ^         |                                                           |
                +-- lease over, or rung while claimed                    rung --------+

The row is a note to workers; what a run is stands in its records. A lost note is written again by whoever looks at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as insert_if_absent

from runtime.clock import SystemClock
from runtime.database import read, write
from runtime.tables import SCHEDULE, WORK


@dataclass(frozen=True)
class Ticket:
    """What the queue has to know of a run: whose it is, how urgent, and which key it was started under, if any."""

    tenant: str = "house"
    crew: str = ""
    priority: int = 0
    key: str | None = None


class AlreadyStarted(Exception):
    """A run with that key is there already."""

    def __init__(self, run: str) -> None:
        self.run = run
        super().__init__(run)


class Note(NamedTuple):
    """A run's row, as it stands."""

    run: str
    tenant: str
    crew: str
    priority: int
    due: float | None
    worker: str
    lost: int
    cancel: str


def moment(connection: Connection) -> float:
    """Now, by the one clock that all workers share: the database server's, or this machine's for a file."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())
    return SystemClock().now().timestamp()


def enter(connection: Connection, run: str, ticket: Ticket, *, due: float | None, worker: str = "") -> None:
    """Note a run that begins in this transaction. Raises AlreadyStarted if its key is taken."""
    values = {
        "run": run,
        "key": ticket.key,
        "tenant": ticket.tenant,
        "crew": ticket.crew,
        "priority": ticket.priority,
        "due": due,
        "worker": worker,
    }
    if ticket.key is None:
        connection.execute(insert(WORK).values(values))
        return
    if connection.dialect.name == "postgresql":  # waits for whoever enters the same key at this moment
        entered = insert_if_absent(WORK).values(values).on_conflict_do_nothing(index_elements=["key"])
        if connection.execute(entered.returning(WORK.c.run)).first() is not None:
            return
    elif started_under(connection, ticket.key) is None:  # there is one writer at a time
        connection.execute(insert(WORK).values(values))
        return
    raise AlreadyStarted(started_under(connection, ticket.key) or "")


def started_under(connection: Connection, key: str) -> str | None:
    """The run that was started under that key."""
    found = connection.execute(select(WORK.c.run).where(WORK.c.key == key)).scalar_one_or_none()
    return None if found is None else str(found)


def run_of_key(engine: Engine, key: str) -> str | None:
    """The run that was started under that key, if there is one."""
    with read(engine) as connection:
        return started_under(connection, key)


def ring(connection: Connection, run: str, *, at: float | None = None) -> None:
    """Have the run looked at now, or `at` that time: as soon as whoever carries it on is through."""
    now = moment(connection)
    if connection.execute(select(WORK.c.run).where(WORK.c.run == run)).first() is None:
        enter(connection, run, Ticket(), due=now if at is None else at)
        return
    held = (WORK.c.run == run) & (WORK.c.worker != "") & (WORK.c.due > now)
    if at is None and connection.execute(update(WORK).where(held).values(rung=1)).rowcount:
        return
    connection.execute(update(WORK).where(WORK.c.run == run, ~held).values(due=now if at is None else at))


def rest(connection: Connection, run: str, *, until: float | None, lost: bool = False) -> None:
    """Put the run down `until` then (None: until it is rung), or for now if it was rung meanwhile."""
    now = moment(connection)
    row = connection.execute(select(WORK.c.rung, WORK.c.lost).where(WORK.c.run == run)).first()
    if row is None:
        return
    due = now if row.rung else until
    counted = row.lost + 1 if lost else 0
    connection.execute(
        update(WORK).where(WORK.c.run == run).values(due=due, worker="", rung=0, lost=counted, cancel="")
    )


def ask_to_cancel(engine: Engine, run: str, by: str) -> bool:
    """Leave word that the run is to stop. Whether somebody carries it on, who will hear of it."""
    with write(engine) as connection:
        now = moment(connection)
        held = (WORK.c.run == run) & (WORK.c.worker != "") & (WORK.c.due > now)
        return bool(connection.execute(update(WORK).where(held).values(cancel=by)).rowcount)


def note_of(engine: Engine, run: str) -> Note | None:
    """The run's row."""
    with read(engine) as connection:
        row = connection.execute(select(*_NOTED).where(WORK.c.run == run)).first()
        return Note(*row) if row else None


def seen_of_schedule(engine: Engine, name: str, now: float) -> float:
    """Up to when the schedule's occurrences were started; for a new one, from `now` on."""
    this = SCHEDULE.c.name == name
    with read(engine) as connection:
        seen = connection.execute(select(SCHEDULE.c.seen).where(this)).scalar_one_or_none()
    if seen is None:
        look_at_schedule(engine, name, now)
    return now if seen is None else float(seen)


def look_at_schedule(engine: Engine, name: str, until: float) -> None:
    """Note that the schedule's occurrences up to `until` were started; it never goes back."""
    this = SCHEDULE.c.name == name
    with write(engine) as connection:
        if connection.execute(select(SCHEDULE.c.name).where(this).with_for_update()).first() is not None:
            connection.execute(update(SCHEDULE).where(this, SCHEDULE.c.seen < until).values(seen=until))
        elif connection.dialect.name == "postgresql":
            entered = insert_if_absent(SCHEDULE).values(name=name, seen=until)
            connection.execute(entered.on_conflict_do_nothing(index_elements=["name"]))
        else:
            connection.execute(insert(SCHEDULE).values(name=name, seen=until))


def cancelled_of(engine: Engine, workers: Sequence[str]) -> list[Note]:
    """Of these workers' runs those that somebody wants stopped."""
    if not workers:
        return []
    with read(engine) as connection:
        query = select(*_NOTED).where(WORK.c.worker.in_(workers), WORK.c.cancel != "")
        return [Note(*row) for row in connection.execute(query)]


def due_runs(engine: Engine, limit: int = 1000) -> Sequence[str]:
    """Runs that should move and that nobody carries on, the longest overdue first: what a sweep rings for again."""
    with read(engine) as connection:
        query = select(WORK.c.run).where(WORK.c.due <= moment(connection)).order_by(WORK.c.due).limit(limit)
        return [str(run) for run in connection.execute(query).scalars()]


def any_due(connection: Connection) -> bool:
    """Whether anything should move."""
    query = select(literal(1)).select_from(WORK).where(WORK.c.due <= moment(connection)).limit(1)
    return connection.execute(query).first() is not None


_NOTED = [WORK.c[name] for name in Note._fields]
