"""Money that all runs share: what their models may cost in a day, held before it is spent.

    hold     worst case of one call, until it is settled or its time is over
    total    what a principal of a tenant has spent on a day

One table in the ledger's database holds both. Holding looks at the caps and inserts in one transaction, one at a time
over all processes, so that a cap is not exceeded however many runs there are. A process that dies leaves its holds
behind; they count until they expire, or until their run is carried on.

Money is kept in millionths of a US dollar, rounded up. A day is one of UTC.
"""

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    MetaData,
    String,
    Table,
    case,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from runtime.clock import Clock, SystemClock
from runtime.database import alone, make_tables, write
from runtime.errors import BudgetExceeded

LASTS = 900.0
"""Seconds for which a hold counts if nobody settles it: longer than a model takes for an answer."""

PATIENCE = 60.0
"""Seconds for which a call waits for money that other calls only hold."""

_MICRO = 1_000_000
_RANDOM = secrets.SystemRandom()

_METADATA = MetaData()
SPENDING = Table(
    "spending",
    _METADATA,
    Column("id", String(400), primary_key=True),
    Column("day", String(10), nullable=False, index=True),
    Column("tenant", String(128), nullable=False),
    Column("principal", String(256), nullable=False),
    Column("run", String(32), nullable=False),
    Column("micro", BigInteger, nullable=False),
    Column("until", Float(53)),
)


@dataclass(frozen=True)
class Caps:
    """What models may cost in a day, in US dollars: for one principal, for one tenant, for all. None is no limit."""

    per_principal_day: float | None = None
    per_tenant_day: float | None = None
    day: float | None = None

    def any(self) -> bool:
        """Whether there is a limit at all."""
        return any(one is not None for one in vars(self).values())


@dataclass(frozen=True)
class Hold:
    """Money that is held for one call."""

    id: str
    day: str


@dataclass
class Purse:
    """One run's way to the money that it shares with others. Safe to use from several threads.

    `check` raises if the run has to end while it waits.
    """

    engine: Engine
    run: str
    principal: str
    tenant: str
    caps: Caps
    clock: Clock = field(default_factory=SystemClock)
    check: Callable[[], None] = lambda: None
    sleep: Callable[[float], None] = time.sleep
    patience: float = PATIENCE

    def __post_init__(self) -> None:
        make_tables(self.engine, _METADATA)

    def hold(self, usd: float) -> Hold:
        """Hold at most `usd` for one call. Raises BudgetExceeded, by the name of the cap, if it could be exceeded.

        Money that other calls only hold is waited for: most cost far less than their worst case.
        """
        waited = 0.0
        while True:
            held = self._try(usd, last=waited >= self.patience)
            if held is not None:
                return held
            pause = _RANDOM.uniform(0.05, 0.25)  # so that many who wait do not all come at once
            self.check()
            self.sleep(pause)
            waited += pause

    def settle(self, held: Hold, usd: float) -> None:
        """Put what the call really cost in place of what was held; also for a hold that has expired meanwhile."""
        with write(self.engine) as connection:
            alone(connection, "spending")
            connection.execute(delete(SPENDING).where(SPENDING.c.id == held.id))
            if usd > 0:
                self._add(connection, held.day, _micro(usd))

    def reclaim(self) -> int:
        """Let go of what this run held in a process that is gone; how many holds there were."""
        with write(self.engine) as connection:
            mine = (SPENDING.c.run == self.run) & SPENDING.c.until.is_not(None)
            return int(connection.execute(delete(SPENDING).where(mine)).rowcount)

    def _try(self, usd: float, *, last: bool) -> Hold | None:
        """A hold, or None while others hold the money. Raises BudgetExceeded if it is spent, or on the last try."""
        now, micro = self.clock.now(), _micro(usd)
        held = Hold(secrets.token_hex(16), now.date().isoformat())
        with write(self.engine) as connection:
            alone(connection, "spending")
            connection.execute(delete(SPENDING).where(SPENDING.c.until <= now.timestamp()))
            for name, cap, spent, on_hold in self._standing(connection, held.day):
                if spent + on_hold + micro > _micro(cap):
                    if last or spent + micro > _micro(cap):
                        raise self._too_dear(name, cap, spent, on_hold, usd)
                    return None
            until = now.timestamp() + LASTS
            row = {"id": held.id, "day": held.day, "run": self.run, "micro": micro, "until": until}
            connection.execute(insert(SPENDING).values(**row, tenant=self.tenant, principal=self.principal))
        return held

    def _standing(self, connection: Connection, day: str) -> list[tuple[str, float, int, int]]:
        """For each cap there is: its name and limit, what is spent of it and what is held."""
        mine: dict[str, Any] = {
            "per_principal_day": (SPENDING.c.tenant == self.tenant) & (SPENDING.c.principal == self.principal),
            "per_tenant_day": SPENDING.c.tenant == self.tenant,
            "day": SPENDING.c.day == day,
        }
        caps = {name: cap for name, cap in vars(self.caps).items() if cap is not None}
        sums = [
            func.coalesce(func.sum(case((mine[name] & which, SPENDING.c.micro), else_=0)), 0)
            for name in caps
            for which in (SPENDING.c.until.is_(None), SPENDING.c.until.is_not(None))
        ]
        if not sums:
            return []
        row = [int(one) for one in connection.execute(select(*sums).where(SPENDING.c.day == day)).one()]
        return [(name, cap, row[2 * n], row[2 * n + 1]) for n, (name, cap) in enumerate(caps.items())]

    def _add(self, connection: Connection, day: str, micro: int) -> None:
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        row = {"id": f"{day}/{self.tenant}/{self.principal}", "day": day, "run": "", "micro": micro, "until": None}
        fresh = make(SPENDING).values(**row, tenant=self.tenant, principal=self.principal)
        more = {"micro": SPENDING.c.micro + fresh.excluded.micro}
        connection.execute(fresh.on_conflict_do_update(index_elements=[SPENDING.c.id], set_=more))

    def _too_dear(self, name: str, cap: float, spent: int, on_hold: int, usd: float) -> BudgetExceeded:
        whose = {"per_principal_day": f" of '{self.principal}'", "per_tenant_day": f" of tenant '{self.tenant}'"}
        held = f", ${on_hold / _MICRO:.2f} are held by calls under way" if on_hold else ""
        problem = (
            f"the day's money{whose.get(name, '')} does not cover the next model call: "
            f"${spent / _MICRO:.2f} of ${cap:.2f} are used{held}, and the call may cost up to ${usd:.2f}"
        )
        return BudgetExceeded(
            problem, remedy=f"go on tomorrow, or raise '{name}' under 'budget' in config/policies.yaml"
        )


def _micro(usd: float) -> int:
    return math.ceil(round(usd * _MICRO, 3))
