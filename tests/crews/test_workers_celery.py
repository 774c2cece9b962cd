"""Workers behind a real Redis and, if it is installed, a real RabbitMQ: whatever the broker loses, every run ends."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crews.queueing import enqueue
from crews.segment import ledger_of
from crews.wish import Wish
from runtime.bell import ring_out
from runtime.errors import ConfigError
from runtime.work import due_runs
from testkit.crashscenes import Recruiting
from testkit.fleet import working
from testkit.processes import children
from testkit.rabbitmq import RabbitMQ
from testkit.redis import Redis
from testkit.waiting import until

WISHES = [Wish(scenario="recruiting", model="playbook", world=f"w{number}") for number in range(2)]


def states(project: Path) -> list[str]:
    with closing(ledger_of(project)) as ledger:
        return sorted(head.state for head in ledger.runs(10))


def resumed(project: Path) -> list[str]:
    with closing(ledger_of(project)) as ledger:
        return [head.run for head in ledger.runs(10) if head.state == "running"]


def threads(process: int) -> int:
    return len([*Path(f"/proc/{process}/task").iterdir()])


@pytest.fixture(params=[Redis, RabbitMQ])
def broker(request: pytest.FixtureRequest) -> Iterator[Redis | RabbitMQ]:
    try:
        server: Redis | RabbitMQ = request.param()
    except ConfigError as error:
        pytest.skip(error.problem)
    with server:
        yield server


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
def test_runs_end_although_the_broker_is_wiped_and_killed_and_a_worker_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broker: Redis | RabbitMQ
) -> None:
    scene = Recruiting(tmp_path, resumes=1)
    for name, value in scene.fresh().environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DEPUTY_LEASE", "2")
    monkeypatch.setenv("DEPUTY_BROKER", broker.url)
    for wish in WISHES:
        enqueue(scene.project, wish)
    broker.wipe()
    with working(scene.project, tmp_path / "log", "--celery", "-n", "2") as process:
        until(lambda: resumed(scene.project), 120)
        for _ in range(5):
            ring_out()
        [celery] = children(process.pid)
        assert threads(process.pid) == threads(celery) == 1  # what another holds, a forked process waits for for ever
        os.kill(children(celery)[0], signal.SIGKILL)
        os.kill(celery, signal.SIGKILL)
        broker.kill()
        assert not ring_out()
        broker.start()
        until(lambda: states(scene.project) == ["done"] * 2, 180)

    with closing(ledger_of(scene.project)) as ledger:
        assert due_runs(ledger.engine) == []
        for head in ledger.runs(10):
            kinds = [one.kind for one in ledger.records(head.run)]
            assert kinds.count("run.done") == 1
            assert ledger.verify(head.run) == len(kinds)
