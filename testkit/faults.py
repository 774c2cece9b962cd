"""What goes wrong around a process, on request: it freezes, its lease runs out under it.

    frozen(pid, file)  it stands still within the block, and wakes up at its end: a zombie, if its run was taken over
    lease_over(ledger) every lease is over at once, as when clocks jump or a machine loses its power
    dropped(broker)    the doorbell was rung and nobody will hear it
    doubled(n, url)    it rings so many times more

Servers fail by their own test kits: `Postgres.restart(crash=True)`, `Redis.kill`, `RabbitMQ.kill`, `SmtpServer.drop`.
"""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import update

from runtime.bell import TASK, celery_app
from runtime.database import write
from runtime.ledger import Ledger
from runtime.tables import WORK


class Broker(Protocol):
    """A message broker that can fail: `testkit.redis.Redis`, `testkit.rabbitmq.RabbitMQ`."""

    @property
    def url(self) -> str:
        """Where it listens."""
        ...

    def start(self) -> None:
        """Start it, empty, at the same address."""
        ...

    def kill(self) -> None:
        """Kill it as a power cut would."""
        ...

    def wipe(self) -> None:
        """Throw away all that it holds."""
        ...


@contextmanager
def frozen(pid: int, file: Path) -> Iterator[None]:
    """Within the block the process stands still; afterwards it goes on, and does not know that time has passed.

    It is frozen outside of its transactions on the SQLite file: inside, it would hold up everybody who writes there.
    """
    os.kill(pid, signal.SIGSTOP)
    while not _writable(file):
        os.kill(pid, signal.SIGCONT)
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _writable(file: Path) -> bool:
    with closing(sqlite3.connect(file, timeout=0.3, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        return True


def lease_over(ledger: Ledger) -> None:
    """Let every lease be over. Whoever holds a run is not told; others may claim it."""
    with write(ledger.engine) as connection:
        connection.execute(update(WORK).where(WORK.c.worker != "").values(due=0.0))


def dropped(broker: Broker) -> None:
    """Let the broker forget every ring that nobody has heard yet."""
    broker.wipe()


def doubled(times: int, url: str) -> None:
    """Ring so many times more, as a broker does that delivers twice."""
    for _ in range(times):
        celery_app(url).send_task(TASK, ignore_result=True)
