"""The limiter that all workers share: never more at once, never more per minute, and nobody waits on the dead."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from runtime.database import open_database, write
from runtime.ledger import Ledger
from runtime.pace import Pace
from runtime.tables import BUCKET, SLOT


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}"), b"k" * 32)
    yield made
    made.close()


class TooLong(Exception):
    """The test has seen enough of the waiting."""


def impatient() -> None:
    raise TooLong


def test_no_more_calls_are_under_way_than_the_limit_allows(ledger: Ledger) -> None:
    pace, under_way, most = Pace(ledger.engine, "here", at_once=2), [0], [0]
    lock = threading.Lock()

    def call() -> None:
        for _ in range(5):
            with pace.turn():
                with lock:
                    under_way[0] += 1
                    most[0] = max(most[0], under_way[0])
                threading.Event().wait(0.01)
                with lock:
                    under_way[0] -= 1

    callers = [threading.Thread(target=call) for _ in range(6)]
    for one in callers:
        one.start()
    for one in callers:
        one.join()

    assert most[0] == 2


def test_a_minute_holds_so_many_calls_and_fills_again(ledger: Ledger) -> None:
    pace = Pace(ledger.engine, "here", per_minute=3)
    for _ in range(3):
        with pace.turn(check=impatient):
            pass
    with pytest.raises(TooLong), pace.turn(check=impatient):
        pass
    with write(ledger.engine) as connection:  # twenty seconds, a third of a minute, go by
        connection.execute(update(BUCKET).values(at=BUCKET.c.at - 20.5))

    with pace.turn(check=impatient):
        pass
    with pytest.raises(TooLong), pace.turn(check=impatient):
        pass


def test_a_call_whose_process_died_frees_its_place_in_time(ledger: Ledger) -> None:
    pace = Pace(ledger.engine, "here", at_once=1)
    pace._taken("somebody who died")
    with pytest.raises(TooLong), pace.turn(check=impatient):
        pass
    with write(ledger.engine) as connection:
        connection.execute(update(SLOT).values(until=datetime.now(UTC).timestamp() - 1))

    with pace.turn(check=impatient):
        pass


def test_providers_do_not_wait_for_each_other(ledger: Ledger) -> None:
    with Pace(ledger.engine, "here", at_once=1).turn(), Pace(ledger.engine, "there", at_once=1).turn(check=impatient):
        pass
