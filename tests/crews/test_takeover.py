"""Whole workers die, with all their processes, and others go on; a cancelled run's process is gone."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.takeover import House, cancellations, house, takeovers
from crews.queueing import enqueue
from runtime.errors import ConfigError
from runtime.work import note_of
from testkit.desk import WISH
from testkit.endpoint import Exchange, answer, calls
from testkit.redis import Redis
from testkit.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")


def test_a_worker_that_dies_with_all_its_processes_is_followed_by_another_which_ends_its_run(tmp_path: Path) -> None:
    with house(tmp_path, lease=1.0) as made:
        [_] = takeovers(made, 1)

        [head] = made.ledger.runs()
        kinds = [one.kind for one in made.ledger.records(head.run)]
    assert head.state == "done"
    assert (kinds.count("run.resumed"), kinds.count("run.done")) == (2, 1)
    assert len(made.endpoint.requests) == 2


def test_a_cancelled_run_is_recorded_and_the_process_that_waited_for_its_model_is_gone(tmp_path: Path) -> None:
    with house(tmp_path, lease=5.0) as made:
        [_] = cancellations(made, 1)

        [head] = made.ledger.runs()
        last = made.ledger.records(head.run)[-1]
    assert (last.kind, last.body["reason"]) == ("run.cancelled", "cancelled by user:ana")


@pytest.fixture
def rung(tmp_path: Path) -> Iterator[House]:
    try:
        server = Redis()
    except ConfigError as error:
        pytest.skip(error.problem)
    with server, house(tmp_path, lease=5.0, broker=server) as made:
        yield made


def test_behind_celery_a_cancelled_run_is_recorded_and_its_process_gone_as_well(rung: House) -> None:
    [_] = cancellations(rung, 1)

    [head] = rung.ledger.runs()
    last = rung.ledger.records(head.run)[-1]
    assert (last.kind, last.body["reason"]) == ("run.cancelled", "cancelled by user:ana")


def test_a_celery_worker_that_is_drained_puts_its_run_down_at_the_next_call(rung: House) -> None:
    told = threading.Event()

    def once_told(exchange: Exchange) -> None:
        told.wait(60)
        calls(("list_positions", {}))(exchange)

    rung.endpoint.script = [once_told]
    run = enqueue(rung.project, WISH).run
    with rung.working("one") as worker:
        until(lambda: rung.endpoint.requests)
        worker.terminate()
        until(lambda: "draining" in (rung.folder / "one.log").read_text())
        told.set()
        worker.wait(60)
    note = note_of(rung.ledger.engine, run)
    assert note is not None
    assert (note.worker, rung.ledger.find(run).state) == ("", "running")

    rung.endpoint.script = [answer("Nothing is open.")]
    with rung.working("other"):
        until(lambda: rung.is_now(run, "done"))
