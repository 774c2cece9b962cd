"""Killed where it hurts, every scenario that changes something ends as if nothing had happened; here a point or two
each, all of them in benchmarks/crashes.py."""

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from runtime.errors import ConfigError
from testkit.crashcelery import ByCelery, kill_group
from testkit.crashkit import every_point, uninterrupted
from testkit.crashplay import forked
from testkit.crashscenes import Embedded
from testkit.crashtrades import SCENARIOS, trade
from testkit.postgres import Postgres
from testkit.redis import Redis
from testkit.shortage import full_disk
from tests.testkit.test_crashkit import numbers

HARD = {
    "scheduling": ("within effect book_meeting",),
    "finops": ("within effect resize_machine",),
    "devops": ("within effect run_checks",),
    "stock": ("within append approval.answered", "within effect place_order"),
    "lunch": ("within effect mail_order",),
    "report": ("within effect send_report",),
    "crm": ("within effect update_account",),
    "research": ("after effect write_brief",),
}
FULL = ("finops",)
"""The scenarios that are also played on a disk that is full from that point on."""


def test_every_scenario_that_changes_something_has_its_points() -> None:
    assert {"recruiting", *HARD} == set(SCENARIOS)


def locks_left(scene: Embedded) -> int:
    """Leave what git leaves when it is killed, an hour ago; nobody has to look."""
    for bare in (scene.project / "var").rglob("*.git"):
        for name in ("HEAD", "packed-refs", "refs/heads/main"):
            (bare / f"{name}.lock").touch()
            os.utime(bare / f"{name}.lock", (time.time() - 3600,) * 2)
    return 0


@pytest.mark.parametrize("scenario", HARD)
def test_killed_at_a_point_or_out_of_space_the_scenario_ends_in_the_same_world(tmp_path: Path, scenario: str) -> None:
    scene = trade(scenario, tmp_path)
    whole = uninterrupted(scene)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scene, "look", lambda: locks_left(scene))
        trials = [*every_point(scene, numbers(whole, HARD[scenario]), whole)]

    assert whole.effects.total() > 0
    assert [(one.point, one.kills, one.state) for one in trials] == [(name, 1, "done") for name in HARD[scenario]]
    assert [one for one in trials if one.wrong] == []
    assert [*(scene.project / "var").rglob("forge/*/refs/heads/main.lock")] == []
    if scenario in FULL:
        [full] = every_point(scene, numbers(whole, HARD[scenario]), whole, carry=full_disk)
        assert (full.kills, full.wrong) == (0, False), full


def test_behind_celery_a_worker_that_is_killed_is_replaced_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    with ExitStack() as opened:
        try:
            database, broker = opened.enter_context(Postgres()), opened.enter_context(Redis())
        except ConfigError as error:
            pytest.skip(error.problem)
        scene, carry = trade("lunch", tmp_path, database=database), ByCelery(broker)
        whole = uninterrupted(scene, carry)
        trials = [*every_point(scene, numbers(whole, ("after effect mail_order",)), whole, carry)]

    assert whole.effects.total() == 2
    assert [(one.kills, one.state, one.wrong) for one in trials] == [(1, "done", False)], trials


def test_a_worker_that_is_no_process_group_yet_is_killed_all_the_same() -> None:
    worker = forked(signal.pause)
    kill_group(worker)

    assert worker.exitcode == -signal.SIGKILL
