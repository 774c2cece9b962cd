"""Who may carry a run on: claims with a fence and a lease, renewed by a heartbeat.

A claim moves the run's fence. Each record of the run is written only if the fence is where the claim has put it, in the
transaction that writes; so whoever lost a claim without noticing can write nothing and begin no effect. The lease only
says when others may claim; a clock that is wrong costs a takeover, and never an effect.
"""

import os
import secrets
import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sqlalchemy import Connection, Engine, exists, select, update

from runtime.database import DATABASE_ERRORS, alone, read, write
from runtime.errors import ConfigError
from runtime.limits import Limits
from runtime.tables import HEAD, IS_HELD, TENANT, WORK
from runtime.work import Ticket, any_due, enter, moment, rest

LEASE = 10.0
"""Seconds without a sign of life after which a run may be claimed by another worker."""

LOOK = 0.2
"""Seconds between two looks at whether the claim still stands and nobody has cancelled."""


@dataclass(frozen=True)
class Claim:
    """One worker's right to carry a run on. `lost` counts the workers before it that went away without a word."""

    run: str
    worker: str
    fence: int
    lease: float = LEASE
    lost: int = 0


class Found(NamedTuple):
    """What a look at a claim found: whether it stands, and who wants the run cancelled."""

    stands: bool
    cancel: str


def worker_name() -> str:
    """A name that no other worker has: the machine, the process, and something random."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(3)}"


def lease_of(environ: Mapping[str, str] = os.environ) -> float:
    """The lease that DEPUTY_LEASE names, in seconds. Raises ConfigError for one that cannot be meant."""
    given = environ.get("DEPUTY_LEASE", "").strip() or str(LEASE)
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise ConfigError(f"DEPUTY_LEASE is '{given}'", remedy="give seconds from 1 to 3600, or leave it out")
    return seconds


def claim(engine: Engine, run: str, worker: str, lease: float = LEASE) -> Claim | str:
    """The claim on a run, due or not; the name of the worker that has it, if one does."""
    with write(engine) as connection:
        return _claimed(connection, run, worker, lease, moment(connection))


def claim_next(engine: Engine, worker: str, lease: float = LEASE, limits: Limits | None = None) -> Claim | None:
    """The claim on the run whose turn it is; None if nothing may move.

    Tenants take turns, those with fewer runs under way first; within a tenant the more urgent run goes first, then the
    one that is due for longer. So no tenant gets ahead of another by calling its own runs urgent.
    """
    with read(engine) as connection:
        if not any_due(connection):
            return None
    with write(engine) as connection:
        alone(connection, "claiming runs")
        now = moment(connection)
        for tenant, run in _whose_turn(connection, now, limits or Limits()):
            made = _claimed(connection, run, worker, lease, now)
            if isinstance(made, Claim):
                _served(connection, tenant, now)
                return made
    return None


def renew(engine: Engine, held: Claim) -> bool:
    """Move the lease along. False if the claim has been lost."""
    mine = (WORK.c.run == held.run) & (WORK.c.worker == held.worker)
    fenced = exists().where(HEAD.c.run == held.run, HEAD.c.fence == held.fence)
    with write(engine) as connection:
        later = moment(connection) + held.lease
        return bool(connection.execute(update(WORK).where(mine, fenced).values(due=later)).rowcount)


def look(engine: Engine, held: Claim) -> Found:
    """How the claim stands."""
    both = select(HEAD.c.fence, WORK.c.worker, WORK.c.cancel).join(WORK, WORK.c.run == HEAD.c.run)
    with read(engine) as connection:
        row = connection.execute(both.where(HEAD.c.run == held.run)).first()
    if row is None:
        return Found(False, "")
    return Found((row.fence, row.worker) == (held.fence, held.worker), row.cancel)


def free(engine: Engine, held: Claim, *, later: float = 0.0, lost: bool = False) -> None:
    """Give a claim back, with the run due again in `later` seconds. One that was lost or given back changes nothing."""
    with write(engine) as connection:
        row = connection.execute(select(WORK.c.worker).where(WORK.c.run == held.run)).first()
        if row is not None and row.worker == held.worker:
            rest(connection, held.run, until=moment(connection) + later, lost=lost)


def free_all_of(engine: Engine, worker: str) -> list[str]:
    """Give back what a worker held that is known to be dead; returns the runs, which are due at once."""
    with write(engine) as connection:
        runs = [str(run) for run in connection.execute(select(WORK.c.run).where(WORK.c.worker == worker)).scalars()]
        for run in runs:
            rest(connection, run, until=moment(connection), lost=True)
    return runs


End = Literal["lost", "cancelled"]


class Heartbeat:
    """A thread that renews a claim until it is stopped, and says once if it was lost or the run is to be cancelled."""

    def __init__(
        self, engine: Engine, held: Claim, on_end: Callable[[Literal["lost", "cancelled"], str], None]
    ) -> None:
        self._engine = engine
        self._held = held
        self._on_end = on_end
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{held.run}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Renew no more. Returns when the thread has ended, unless it is the thread itself that asks."""
        self._stopped.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _beat(self) -> None:
        looks, every = 0, max(1, int(self._held.lease / 3 / LOOK))
        while not self._stopped.wait(min(LOOK, self._held.lease / 3)):
            looks += 1
            try:
                found = look(self._engine, self._held)
                if found.stands and looks % every == 0:
                    found = found._replace(stands=renew(self._engine, self._held))
            except DATABASE_ERRORS:  # it may be back before the lease is over; if not, the fence decides
                continue
            if not found.stands or found.cancel:
                if not self._stopped.is_set():
                    self._on_end("cancelled" if found.stands else "lost", found.cancel)
                return


def _claimed(connection: Connection, run: str, worker: str, lease: float, now: float) -> Claim | str:
    head = connection.execute(select(HEAD.c.fence).where(HEAD.c.run == run).with_for_update()).one()
    row = connection.execute(select(WORK).where(WORK.c.run == run)).first()
    if row is None:
        enter(connection, run, Ticket(), due=now)
    elif row.worker and row.due is not None and row.due > now:
        return str(row.worker)
    lost = row.lost + (1 if row.worker else 0) if row else 0
    moved = {"worker": worker, "due": now + lease, "rung": 0, "lost": lost, "cancel": ""}
    connection.execute(update(WORK).where(WORK.c.run == run).values(moved))
    connection.execute(update(HEAD).where(HEAD.c.run == run).values(fence=head.fence + 1))
    return Claim(run, worker, head.fence + 1, lease, lost)


def _whose_turn(connection: Connection, now: float, limits: Limits) -> list[tuple[str, str]]:
    """For each tenant that may have one more run, its most urgent run that is due; in the order of their turns."""
    held = IS_HELD, WORK.c.worker > "", WORK.c.due + 0 > now  # looked up by what is held: far more may be due later
    under_way = Counter((str(one.tenant), str(one.crew)) for one in connection.execute(select(WORK).where(*held)))
    by_crew = {crew: sum(n for (_, c), n in under_way.items() if c == crew) for crew in limits.crews}
    full = [crew for crew, most in limits.crews.items() if by_crew[crew] >= most]
    served = {str(row.tenant): float(row.served) for row in connection.execute(select(TENANT))}
    turns = []
    for tenant in _tenants(connection, now):
        running = sum(n for (t, _), n in under_way.items() if t == tenant)
        most = limits.of_tenant(tenant)
        if most is None or running < most:
            turns.append((running, served.get(tenant, 0.0), tenant))
    found = []
    for _, _, tenant in sorted(turns):
        query = select(WORK.c.run).where(WORK.c.tenant == tenant, WORK.c.due <= now, WORK.c.crew.not_in(full))
        run = connection.execute(query.order_by(WORK.c.priority.desc(), WORK.c.due).limit(1)).scalar_one_or_none()
        if run is not None:
            found.append((tenant, str(run)))
    return found


def _tenants(connection: Connection, now: float) -> list[str]:
    """The tenants that have runs which are due."""
    tenant = WORK.c.tenant + ""  # looked up by what is due, and not by the tenants of all that waits
    return [str(one) for one in connection.execute(select(tenant).where(WORK.c.due <= now).distinct()).scalars()]


def _served(connection: Connection, tenant: str, now: float) -> None:
    this = TENANT.c.tenant == tenant
    if not connection.execute(update(TENANT).where(this).values(served=now)).rowcount:
        connection.execute(TENANT.insert().values(tenant=tenant, served=now))
