"""Servers fail in the middle of many runs, and a mail server counts what came of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.outages import Outlasted, broker_fails, postgres_restarts
from runtime.errors import ConfigError

RUNS = 6


@pytest.mark.parametrize("outage", [postgres_restarts, broker_fails])
def test_every_run_ends_and_mails_once_although_a_server_fails_twice_under_them(
    outage: Callable[[Path, int], Outlasted], tmp_path: Path
) -> None:
    try:
        found = outage(tmp_path, RUNS)
    except ConfigError as error:
        pytest.skip(error.problem)

    assert len(found.at) == 2
    assert found.account.states == {"done": RUNS}
    assert (found.account.done, found.account.twice) == (RUNS, 0)
    assert found.received == found.wanted
