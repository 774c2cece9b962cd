"""One start that many processes ask for at once, by the command itself: one run, one mail."""

from pathlib import Path

import pytest

from benchmarks.starting import started
from testkit.postgres import Postgres

TIMES, PROCESSES = 40, 4


@pytest.mark.parametrize("on", ["sqlite", "postgres"])
def test_a_start_that_processes_ask_for_at_once_under_one_key_is_one_run(
    on: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: Postgres | None = request.getfixturevalue("postgres") if on == "postgres" else None

    found = started(tmp_path, TIMES, PROCESSES, server)

    assert (found.new, found.known) == (1, TIMES - 1)
    assert found.runs == {"done": 1}
    assert found.received == found.wanted
