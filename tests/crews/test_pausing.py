"""What a run may use up: it pauses where money or time is over, and goes on when it is given more."""

import os
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import crews.deadline
from agents.models import Price
from crews.answering import Answering, scripted
from crews.deadline import within_time
from crews.opened import Opened
from crews.queueing import enqueue
from crews.segment import ledger_of
from crews.stop import Stop
from crews.wish import Outcome, Wish
from runtime.clock import SystemClock
from runtime.database import open_database
from runtime.errors import BudgetExceeded, RunStopped
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.records import Record
from runtime.work import note_of
from testkit.desk import DESK, models_at
from testkit.desk import WISH as ASKED
from testkit.endpoint import Endpoint, hang
from testkit.job import AGENTS, TASKS, worker
from testkit.job import crews as crews_of
from testkit.projects import home_in, make_project, records_of

WISH = Wish(goal="Say which positions are open, and who can help.", crew="desk")
LIMITS = "model_calls: 99, tool_calls: 99, usd: 5, minutes: 5"


def a_project(folder: Path, limits: str = LIMITS) -> Path:
    budget = f"budget: {{{limits}}}\n"
    return make_project(folder / "p", agents=AGENTS, tasks=TASKS, crews=crews_of("sequential"), policies=budget)


def dear() -> Answering:
    """A worker whose every answer may cost up to about eight cents, and costs far less."""
    return replace(
        scripted("model", "a test's script", worker()), price=lambda _name: Price(prompt=1.0, completion=10.0)
    )


def started(project: Path, wish: Wish) -> Outcome:
    from crews.runner import start

    with home_in(project):
        return start(project, wish, answering=dear())


def resumed(project: Path, **more: Any) -> Outcome:
    from crews.runner import resume

    with home_in(project):
        return resume(project, None, by="user:ana", answering=dear(), **more)


def test_a_run_whose_money_is_over_pauses_and_goes_on_with_what_a_person_gives_it(tmp_path: Path) -> None:
    project = a_project(tmp_path)
    paused = started(project, replace(WISH, usd=0.05))
    assert (paused.state, paused.exit_code) == ("waiting", 6)
    body = records_of(project, paused.run)[-1].body
    assert "the run's money does not cover the next model call" in body["reason"]
    assert body["exit_code"] == 6

    assert resumed(project).exit_code == 6, "without more money it gets no further"
    assert resumed(project, usd=1.0).state == "done"
    given = [one.body.get("usd") for one in records_of(project, paused.run) if one.kind == "run.resumed"]
    assert given == [None, 1.0]


def test_what_runs_share_pauses_the_next_run_until_the_house_allows_more(tmp_path: Path) -> None:
    project = a_project(tmp_path, f"{LIMITS}, per_principal_day: 0.09")
    assert started(project, WISH).state == "done", "one call at a time is within the cap"
    policies = project / "config" / "policies.yaml"
    policies.write_text(policies.read_text().replace("0.09", "0.08"))
    paused = started(project, WISH)
    assert (paused.state, paused.exit_code) == ("waiting", 6)
    assert "the day's money of 'user' does not cover the next model call" in paused.summary

    policies.write_text(policies.read_text().replace("0.08", "1.00"))
    assert resumed(project).state == "done", "a larger budget is no other configuration"


_HANGS = """
import os, sys, time
from pathlib import Path
import crews.deadline
from crews.answering import scripted
from crews.runner import start
from crews.wish import Wish
from testkit.scripted import ScriptedModel
crews.deadline.GRACE = 0.1
model = ScriptedModel(lambda request: time.sleep(600))
wish = Wish(goal="Say which positions are open.", crew="desk", minutes=0.02)
start(Path(sys.argv[1]), wish, answering=scripted("model", "", model), end=os._exit)
"""


def in_a_process(program: str, ours: Path, checkout: Path) -> tuple[int, Record]:
    """How a process of the run's own ended that carried out the program, and the last record of its run."""
    env = {**os.environ, "PYTHONPATH": str(checkout), "DEPUTY_HOME": str(ours / "var")}
    ended = subprocess.run([sys.executable, "-c", program, str(ours)], env=env, timeout=120, check=False)
    home = Home(ours / "var")
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key())) as ledger:
        return ended.returncode, ledger.records(ledger.find(None).run)[-1]


def test_a_run_that_hangs_in_a_model_is_ended_with_its_process_when_its_time_is_over(
    tmp_path: Path, project: Path
) -> None:
    code, last = in_a_process(_HANGS, a_project(tmp_path), project)

    assert code == 6
    assert (last.kind, last.body["exit_code"]) == ("run.waiting", 6)
    assert "did not end by itself" in last.body["reason"]


_WORKS = """
import sys
from pathlib import Path
import crews.deadline
import crews.workers.loaded
from crews.workers.hand import Terms, work
crews.deadline.GRACE = 0.1
work(Terms(Path(sys.argv[1])), "w-1-a", lambda event, **more: None)
"""


def test_a_run_that_hangs_in_a_worker_is_ended_with_its_process_and_put_down_when_its_time_is_over(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Endpoint() as endpoint:
        endpoint.script = [hang(600)]
        ours = make_project(tmp_path / "p", models=models_at(endpoint.url), **DESK)
        monkeypatch.setenv("HERE_KEY", "any")
        with home_in(ours):
            enqueue(ours, replace(ASKED, minutes=0.05))
        code, last = in_a_process(_WORKS, ours, project)

        assert code == 6
        assert (last.kind, last.body["exit_code"]) == ("run.waiting", 6)
        assert "did not end by itself" in last.body["reason"]
        with home_in(ours), closing(ledger_of(ours)) as ledger:
            note = note_of(ledger.engine, last.run)
        assert note is not None
        assert (note.worker, note.due) == ("", None), "nobody has it, and it waits for a person"


_CANCELLED = """
import os, sys, threading, time
from pathlib import Path
from crews.answering import scripted
from crews.queueing import cancel
from crews.runner import start
from crews.wish import Wish
from testkit.scripted import ScriptedModel
project, seen = Path(sys.argv[1]), []
def hang(request):
    threading.Thread(target=cancel, args=(project, seen[0].run), kwargs={"by": "user:ana"}).start()
    time.sleep(600)
wish = Wish(goal="Say which positions are open.", crew="desk")
start(project, wish, answering=scripted("model", "", ScriptedModel(hang)), on_record=seen.append, end=os._exit)
"""


def test_a_run_in_the_foreground_that_hangs_in_a_model_is_ended_with_its_process_when_it_is_cancelled(
    tmp_path: Path, project: Path
) -> None:
    code, last = in_a_process(_CANCELLED, a_project(tmp_path), project)

    assert code == 130
    assert (last.kind, last.body["reason"]) == ("run.cancelled", "cancelled by user:ana")


def an_opened(busy: Any, recorded: list[str]) -> Opened:
    opened = SimpleNamespace(
        budget=SimpleNamespace(seconds_left=lambda: 0.0),
        stop=Stop(),
        gates=[SimpleNamespace(busy=busy)],
        record=lambda kind, **_: recorded.append(kind),
    )
    return cast(Opened, opened)


def test_an_effect_under_way_is_left_to_finish_before_the_process_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews.deadline, "GRACE", 0.0)
    monkeypatch.setattr(crews.deadline, "_LOOK", 0.01)
    recorded: list[str] = []
    left, ended = [True, True, False], threading.Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    with within_time(an_opened(lambda: left.pop(0), recorded), end):
        assert ended.wait(10)
    assert (left, codes, recorded) == ([], [6], ["run.waiting"])


def test_a_process_that_is_not_the_runs_own_is_never_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[str] = []
    opened = an_opened(lambda: False, recorded)
    with within_time(opened):
        for thread in threading.enumerate():
            if thread.name == "deadline":
                thread.join(10)
    with pytest.raises(RunStopped) as caught:
        opened.stop.check()
    assert isinstance(caught.value.cause, BudgetExceeded)
    assert recorded == []


def test_a_plan_whose_hours_are_over_allows_nothing_more_when_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = a_project(tmp_path)
    policies = project / "config" / "policies.yaml"
    policies.write_text(policies.read_text() + "plan_hours: 1\n")
    paused = started(project, replace(WISH, usd=0.05))
    real = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda clock: real(clock) + timedelta(minutes=61))
    resumed(project, usd=1.0)

    decided = [one.body for one in records_of(project, paused.run) if one.kind == "call.decided"]
    assert {(one["verdict"], one["rule"]) for one in decided} == {("deny", "warrant.expired")}
