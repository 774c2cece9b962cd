"""How fast something may be asked by all workers together: calls at once, and calls per minute.

A call under way is a row that its holder renews the life of by being alive; one whose process died ends with its time.
The minute is a bucket: it fills steadily, up to a minute's worth, and each call that begins takes one out.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from runtime.database import alone, write
from runtime.tables import BUCKET, SLOT
from runtime.work import moment

LONGEST_CALL = 900.0
"""Seconds after which a call counts as ended, whatever became of its process."""

_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)


@dataclass(frozen=True)
class Pace:
    """One limited thing, by name: how many calls at once, and how many per minute; None is no limit."""

    engine: Engine
    name: str
    at_once: int | None = None
    per_minute: int | None = None

    @contextmanager
    def turn(
        self, sleep: Callable[[float], None] = time.sleep, check: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """Wait for a turn, and have it within the block. `check` is called while waiting, and may raise."""
        holder, waits = secrets.token_hex(8), 0
        while not self._taken(holder):
            check()
            time.sleep(_PAUSES[min(waits, len(_PAUSES) - 1)])
            waits += 1
        try:
            yield
        finally:
            self._given_back(holder)

    def _taken(self, holder: str) -> bool:
        with write(self.engine) as connection:
            alone(connection, f"pace {self.name}")
            now = moment(connection)
            return self._room(connection, now) and self._token(connection, now) and self._enter(connection, holder, now)

    def _room(self, connection: Connection, now: float) -> bool:
        if self.at_once is None:
            return True
        connection.execute(delete(SLOT).where(SLOT.c.name == self.name, SLOT.c.until < now))
        count = select(func.count()).select_from(SLOT).where(SLOT.c.name == self.name)
        return int(connection.execute(count).scalar_one()) < self.at_once

    def _token(self, connection: Connection, now: float) -> bool:
        if self.per_minute is None:
            return True
        this = BUCKET.c.name == self.name
        row = connection.execute(select(BUCKET.c.level, BUCKET.c.at).where(this)).first()
        if row is None:
            connection.execute(insert(BUCKET).values(name=self.name, level=self.per_minute - 1.0, at=now))
            return True
        level = min(float(self.per_minute), row.level + (now - row.at) * self.per_minute / 60)
        if level < 1:
            return False
        connection.execute(update(BUCKET).where(this).values(level=level - 1, at=now))
        return True

    def _enter(self, connection: Connection, holder: str, now: float) -> bool:
        if self.at_once is not None:
            connection.execute(insert(SLOT).values(name=self.name, holder=holder, until=now + LONGEST_CALL))
        return True

    def _given_back(self, holder: str) -> None:
        if self.at_once is not None:
            with write(self.engine) as connection:
                connection.execute(delete(SLOT).where(SLOT.c.name == self.name, SLOT.c.holder == holder))
