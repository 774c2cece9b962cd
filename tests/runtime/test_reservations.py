"""The money that runs share is never exceeded, however many there are."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from runtime.database import open_database
from runtime.errors import BudgetExceeded, RunStopped, UsageError
from runtime.reservations import LASTS, Caps, Purse
from testkit.postgres import Postgres
from tests.runtime.spender import CAP


@dataclass
class Watch:
    at: datetime = datetime(2027, 3, 8, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield engine
    engine.dispose()


def purse(engine: Engine, run: str = "r1", **caps: float) -> Purse:
    return Purse(engine, run, "user:ana", "house", Caps(**caps), Watch(), sleep=lambda _seconds: None, patience=1)


def test_what_is_held_counts_and_what_is_settled_counts_with_what_it_cost(engine: Engine) -> None:
    ours = purse(engine, day=1.0)
    first = ours.hold(0.6)
    ours.settle(first, 0.5)
    ours.settle(ours.hold(0.5), 0.0)

    with pytest.raises(BudgetExceeded) as caught:
        ours.hold(0.51)
    assert caught.value.problem == (
        "the day's money does not cover the next model call: $0.50 of $1.00 are used, and the call may cost up to $0.51"
    )
    assert "'day' under 'budget' in config/policies.yaml" in caught.value.remedy


@pytest.mark.parametrize(
    ("caps", "other", "refused"),
    [
        (Caps(per_principal_day=1.0), ("user:ben", "house"), False),
        (Caps(per_principal_day=1.0), ("user:ana", "lab"), False),
        (Caps(per_tenant_day=1.0), ("user:ben", "house"), True),
        (Caps(per_tenant_day=1.0), ("user:ana", "lab"), False),
        (Caps(day=1.0), ("user:ben", "lab"), True),
    ],
)
def test_whose_money_a_cap_is_about(engine: Engine, caps: Caps, other: tuple[str, str], refused: bool) -> None:
    ours = replace(purse(engine), caps=caps)
    ours.settle(ours.hold(0.8), 0.8)
    who, tenant = other
    theirs = replace(ours, run="r2", principal=who, tenant=tenant)
    if refused:
        with pytest.raises(BudgetExceeded):
            theirs.hold(0.3)
    else:
        theirs.hold(0.3)


def test_money_that_is_only_held_is_waited_for_and_refused_if_it_stays_held(engine: Engine) -> None:
    ours, theirs = purse(engine, day=1.0), purse(engine, "r2", day=1.0)
    held = ours.hold(0.8)
    with pytest.raises(BudgetExceeded, match=r"\$0\.80 are held by calls under way"):
        theirs.hold(0.3)

    theirs.sleep = lambda _seconds: ours.settle(held, 0.1)
    theirs.hold(0.3)


def test_a_run_that_has_to_end_waits_for_no_money(engine: Engine) -> None:
    def stop() -> None:
        raise RunStopped(UsageError("it is over"))

    purse(engine, day=1.0).hold(0.8)
    theirs = purse(engine, "r2", day=1.0)
    theirs.check = stop
    with pytest.raises(RunStopped, match="it is over"):
        theirs.hold(0.8)


def test_what_a_dead_process_held_expires_or_is_reclaimed_by_its_run(engine: Engine) -> None:
    dead = purse(engine, day=1.0)
    dead.hold(0.8)
    dead.hold(0.1)
    assert purse(engine, day=1.0).reclaim() == 2

    dead.hold(0.8)
    later = purse(engine, "r2", day=1.0)
    later.clock = Watch(Watch().at + timedelta(seconds=LASTS - 1))
    with pytest.raises(BudgetExceeded):
        later.hold(0.8)
    later.clock = Watch(Watch().at + timedelta(seconds=LASTS))
    later.hold(0.8)


def test_an_expired_hold_is_counted_when_its_call_comes_back_after_all(engine: Engine) -> None:
    slow = purse(engine, day=1.0)
    held = slow.hold(0.8)
    quick = purse(engine, "r2", day=1.0)
    quick.reclaim()
    slow.reclaim()
    quick.settle(quick.hold(0.5), 0.1)
    slow.settle(held, 0.7)
    with pytest.raises(BudgetExceeded, match=r"\$0\.80 of \$1\.00 are used"):
        quick.hold(0.3)


def test_a_new_day_has_new_money(engine: Engine) -> None:
    ours = purse(engine, day=1.0)
    ours.settle(ours.hold(1.0), 1.0)
    ours.clock = Watch(Watch().at + timedelta(hours=12))
    ours.hold(1.0)


def test_without_a_cap_nothing_is_refused(engine: Engine) -> None:
    assert not Caps().any()
    purse(engine).hold(1e6)


def spent_by_processes(url: str, project: Path) -> list[tuple[int, int]]:
    """Two processes of 25 runs each, which would spend 5 dollars if they could."""
    command = [sys.executable, "-m", "tests.runtime.spender", url, "25", "1"]
    env = {**os.environ, "PYTHONPATH": str(project)}
    running = [subprocess.Popen(command, env=env, cwd=project, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [one.communicate(timeout=120)[0].split() for one in running]
    assert [one.returncode for one in running] == [0, 0]
    return [(int(spent), int(most)) for spent, most in told]


def check(found: list[tuple[int, int]]) -> None:
    spent, most = sum(one for one, _ in found), max(most for _, most in found)
    assert most <= CAP * 1_000_000, "more was spent and held than the cap"
    assert CAP * 100 - 30 < spent <= CAP * 100, "what could be spent was spent"


def test_fifty_runs_in_two_processes_never_exceed_the_cap_on_sqlite(tmp_path: Path, project: Path) -> None:
    check(spent_by_processes(f"sqlite:///{tmp_path / 'ledger.sqlite'}", project))


def test_fifty_runs_in_two_processes_never_exceed_the_cap_on_postgresql(postgres: Postgres, project: Path) -> None:
    check(spent_by_processes(postgres.database(), project))
