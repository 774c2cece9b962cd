"""One start that many processes ask for at once, by the command itself, or many threads: one run, one mail."""

from pathlib import Path

import pytest

from benchmarks.starting import started
from runtime.errors import ConfigError
from testkit.postgres import Postgres

TIMES, PROCESSES, THREADS = 40, 4, 24


@pytest.mark.parametrize("on", ["sqlite", "postgres"])
def test_a_start_that_processes_ask_for_at_once_under_one_key_is_one_run(
    on: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: Postgres | None = request.getfixturevalue("postgres") if on == "postgres" else None

    found = started(tmp_path, TIMES, PROCESSES, server)

    assert (found.new, found.known) == (1, TIMES - 1)
    assert found.runs == {"done": 1}
    assert found.received == found.wanted


def test_threads_that_ask_at_once_for_one_start_wait_for_a_server_that_has_no_room_for_all(tmp_path: Path) -> None:
    try:
        server = Postgres(connections=10)
    except ConfigError as error:
        pytest.skip(error.problem)
    with server:
        found = started(tmp_path, THREADS, 1, server, threads=THREADS)

    assert (found.new, found.known) == (1, THREADS - 1)
    assert found.runs == {"done": 1}
    assert found.received == found.wanted
