"""What was changed in the cloud, when, and what it was expected to save, in a table of the world."""

from typing import Any

from sqlalchemy import Column, Engine, Float, Integer, MetaData, String, Table, insert, select, update

from runtime.clock import Clock, stamp
from runtime.database import make_tables, read, write
from tools.backends.changes import Action, Change, State

_METADATA = MetaData()
_CHANGE = Table(
    "change",
    _METADATA,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("thing", String(64), nullable=False, index=True),
    Column("action", String(8), nullable=False),
    Column("before", String(64), nullable=False),
    Column("after", String(64), nullable=False),
    Column("owner", String(255), nullable=False),
    Column("saving", Float),
    Column("currency", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("at", String(32), nullable=False),
)


class ChangeLog:
    """All changes of a world, oldest first."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        make_tables(engine, _METADATA)

    def all(self) -> list[Change]:
        """Every change, in the order they were begun."""
        with read(self._engine) as connection:
            return [Change(**row._mapping) for row in connection.execute(select(_CHANGE).order_by(_CHANGE.c.n))]

    def last(self, thing: str, action: Action) -> Change | None:
        """The newest change of that kind that was not undone."""
        found = [one for one in self.all() if (one.thing, one.action) == (thing, action) and one.state != "undone"]
        return found[-1] if found else None

    def begin(self, thing: str, action: Action, before: str, after: str, **more: Any) -> Change:
        """Keep what is about to be changed; one that was begun and cut off is gone on with, with what it found then."""
        known = self.last(thing, action)
        if known is None or known.state == "done" or known.after != after:
            row = {"thing": thing, "action": action, "before": before, "after": after, "state": "begun", **more}
            with write(self._engine) as connection:
                connection.execute(insert(_CHANGE).values(**row, at=stamp(self._clock.now())))
            known = self.last(thing, action)
        assert known is not None
        return known

    def settle(self, change: Change, state: State) -> None:
        """Keep that it is done, or was taken back."""
        with write(self._engine) as connection:
            connection.execute(update(_CHANGE).where(_CHANGE.c.n == change.n).values(state=state))
