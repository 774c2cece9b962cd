"""Whole workers die, with all their processes, and others go on; a cancelled run's process is gone."""

import sys
from pathlib import Path

import pytest

from benchmarks.takeover import cancellations, house, takeovers

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
