"""A tool that is killable runs in a process of its own, which is ended when its time is up."""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import FixedClock
from runtime.errors import CannotWork
from tests.guard.worlds import a_tool
from tools.apart import Ground, run_apart
from tools.tool import Tool

GROUND = Ground("test", Path("/nowhere"), {}, FixedClock(datetime(2027, 3, 8, tzinfo=UTC)))


def answers(what: str, times: int, world: Ground) -> dict[str, Any]:
    return {"what": what, "pid": os.getpid(), "world": world.name, "at": world.clock.now().isoformat()}


def hangs(what: str, times: int, world: Ground) -> None:
    Path(what).write_text(str(os.getpid()))
    threading.Event().wait(600)


def refuses(what: str, times: int, world: Ground) -> None:
    raise CannotWork("there is no such thing", remedy="name another")


def dies(what: str, times: int, world: Ground) -> None:
    os._exit(3)


def apart(run: Any, what: str = "x", seconds: float = 60) -> Any:
    plain = a_tool("apart", "read", run)
    return run_apart(Tool(plain.name, "It.", "read", plain.args, run), {"what": what, "times": 1}, GROUND, seconds)


def test_it_works_in_another_process_with_the_ground_of_the_world() -> None:
    said = apart(answers)
    assert said.pop("pid") != os.getpid()
    assert said == {"what": "x", "world": "test", "at": "2027-03-08T00:00:00+00:00"}


def test_when_its_time_is_up_the_process_is_gone(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="'apart' took longer than 3 seconds and was ended"):
        apart(hangs, str(tmp_path / "pid"), seconds=3)
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_its_own_errors_come_back_whole_and_its_death_is_an_error() -> None:
    with pytest.raises(CannotWork) as caught:
        apart(refuses)
    assert (caught.value.problem, caught.value.remedy) == ("there is no such thing", "name another")
    with pytest.raises(ConnectionError, match="ended by itself"):
        apart(dies)
