"""Workers are real processes here: killed, frozen, drained and cancelled in the middle of a real run."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from crews.queueing import cancel, enqueue
from crews.segment import ledger_of
from crews.workers.hand import Terms
from crews.workers.pool import Pool
from runtime.errors import ConfigError
from runtime.records import Record, RunHead
from runtime.work import Note, note_of
from testkit import desk
from testkit.crashscenes import WISH, Recruiting
from testkit.endpoint import Endpoint, hang
from testkit.faults import frozen, lease_over
from testkit.postgres import Postgres
from testkit.projects import make_project
from testkit.waiting import until


class House:
    """A project with workers, seen from outside."""

    def __init__(self, project: Path) -> None:
        self.project = project

    def head(self, run: str) -> RunHead:
        with closing(ledger_of(self.project)) as ledger:
            return ledger.find(run)

    def records(self, run: str) -> list[Record]:
        with closing(ledger_of(self.project)) as ledger:
            ledger.verify(run)
            return ledger.records(run)

    def note(self, run: str) -> Note:
        with closing(ledger_of(self.project)) as ledger:
            found = note_of(ledger.engine, run)
        assert found is not None
        return found

    def process(self, run: str) -> int:
        """The process that carries the run on, once one does."""
        worker = until(lambda: self.note(run).worker)
        return until(lambda: next((one.pid for one in multiprocessing.active_children() if one.name == worker), 0)) or 0

    def has(self, run: str, kind: str, times: int = 1) -> Callable[[], bool]:
        return lambda: sum(one.kind == kind for one in self.records(run)) >= times

    @contextmanager
    def working(self, hands: int = 1, lease: float = 10.0) -> Iterator[Pool]:
        """A pool at work within the block, drained at its end."""
        pool = Pool(Terms(self.project, lease=lease, poll=0.05), hands, _unheard)
        thread = threading.Thread(target=pool.run, args=(20.0,))
        thread.start()
        try:
            yield pool
        finally:
            pool.stop()
            thread.join()


def _unheard(_event: str, **_more: object) -> None:
    """Nobody listens."""


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recruiting:
    made = Recruiting(tmp_path, resumes=2)
    for name, value in made.fresh().environ.items():
        monkeypatch.setenv(name, value)
    return made


def test_a_killed_worker_is_replaced_and_its_run_ends_with_every_effect_once(scene: Recruiting) -> None:
    house = House(scene.project)
    run = enqueue(scene.project, WISH).run
    with house.working():
        until(house.has(run, "tool.intended", 3))
        os.kill(house.process(run), signal.SIGKILL)
        until(lambda: house.head(run).state == "done")

    records = house.records(run)
    intended = [one.body["key"]["hash"] for one in records if one.kind == "tool.intended"]
    assert sum(one.kind == "run.resumed" for one in records) == 2
    assert {scene.effects()[one] for one in scene.effects()} == {1}
    assert len(intended) - len(set(intended)) <= 1
    assert house.note(run).lost == 0


def test_a_frozen_worker_that_wakes_up_after_its_lease_writes_nothing(scene: Recruiting) -> None:
    house = House(scene.project)
    run = enqueue(scene.project, WISH).run
    with house.working(hands=2, lease=5.0):
        until(house.has(run, "tool.done", 5))
        with frozen(house.process(run), scene.project / "var" / "ledger.sqlite"):
            until(lambda: house.head(run).state == "done")
            ended = house.records(run)
        again = enqueue(scene.project, WISH, key="after the zombie").run
        until(lambda: house.head(again).state == "done")

    assert house.records(run) == ended
    assert [one.kind for one in ended].count("run.done") == 1
    assert {scene.effects()[one] for one in scene.effects()} == {1}


def test_a_worker_whose_lease_is_over_too_early_stops_and_another_goes_on(scene: Recruiting) -> None:
    """As when the clocks jump: both are alive, and only one of them may write."""
    house = House(scene.project)
    run = enqueue(scene.project, WISH).run
    with house.working(hands=2):
        until(house.has(run, "tool.done", 3))
        with closing(ledger_of(scene.project)) as ledger:
            lease_over(ledger)
        until(lambda: house.head(run).state == "done")

    assert [one.kind for one in house.records(run)].count("run.done") == 1
    assert {scene.effects()[one] for one in scene.effects()} == {1}


def test_runs_end_well_although_the_database_crashes_under_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        server = Postgres()
    except ConfigError as error:
        pytest.skip(error.problem)
    with server:
        scene = Recruiting(tmp_path, resumes=1, database=server)
        for name, value in scene.fresh().environ.items():
            monkeypatch.setenv(name, value)
        house = House(scene.project)
        runs = [enqueue(scene.project, replace(WISH, world=f"w{number}")).run for number in range(3)]
        with house.working(hands=2):
            until(house.has(runs[0], "tool.done", 2))
            server.restart(crash=True)
            for run in runs:
                until(lambda run=run: house.head(run).state == "done")  # type: ignore[misc]

        for run in runs:
            kinds = [one.kind for one in house.records(run)]
            assert kinds.count("run.done") == 1


def test_a_drained_worker_puts_its_run_down_and_the_next_one_goes_on(scene: Recruiting) -> None:
    house = House(scene.project)
    run = enqueue(scene.project, WISH).run
    with house.working():
        until(house.has(run, "tool.done", 2))
    assert house.head(run).state in ("running", "done")
    assert house.note(run).worker == ""

    with house.working():
        until(lambda: house.head(run).state == "done")

    assert {scene.effects()[one] for one in scene.effects()} == {1}


def test_a_run_whose_model_hangs_is_cut_off_when_it_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Endpoint() as endpoint:
        endpoint.script = [hang(60)]
        house = House(make_project(tmp_path / "own", models=desk.models_at(endpoint.url), **desk.DESK))
        monkeypatch.setenv("DEPUTY_HOME", str(house.project / "var"))
        monkeypatch.setenv("HERE_KEY", "any")
        run = enqueue(house.project, desk.WISH).run
        with house.working():
            until(lambda: endpoint.requests)
            _, ended = cancel(house.project, run, by="user:ana")
            assert not ended
            until(lambda: house.head(run).state == "cancelled")

    assert [one.kind for one in house.records(run)][-1] == "run.cancelled"
    assert house.records(run)[-1].body["reason"] == "cancelled by user:ana"


def test_a_run_that_nobody_carries_on_is_cancelled_at_once(scene: Recruiting) -> None:
    run = enqueue(scene.project, WISH).run

    head, ended = cancel(scene.project, run, by="user:ana")

    assert (head.state, ended) == ("queued", True)
    assert House(scene.project).head(run).state == "cancelled"
    assert House(scene.project).note(run).due is None
