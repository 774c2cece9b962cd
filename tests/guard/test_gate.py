"""Nothing passes the gate undecided or unrecorded."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from guard.budget import Budget
from guard.current import within
from guard.gate import Gate
from guard.warrant import Authority, accept
from runtime.clock import SystemClock
from runtime.database import open_database
from runtime.errors import BudgetExceeded, CannotWork, RunStopped, TryAgain
from runtime.ledger import Ledger
from tests.guard.worlds import a_plan, a_step, a_tool
from tools.tool import Tool
from tools.world import World


class Shelf:
    """A world of one list, and a gate before the tools that touch it."""

    def __init__(self, folder: Path, tool_calls: int = 100) -> None:
        self.things: list[str] = []
        self.ledger = Ledger(open_database(f"sqlite:///{folder / 'ledger.sqlite'}"), b"k" * 32)
        self.ledger.append("r1", "run.started", {"goal": "fill the shelf"})
        tools = {tool.name: tool for tool in self._tools()}
        authority = Authority(tools, {"clerk": frozenset(tools)})
        warrant = accept(a_plan(a_step("fill", "clerk", put=2, look=9, again=1, never=1, broken=1)), authority)
        budget = Budget(model_calls=1, tool_calls=tool_calls, usd=1, minutes=1, clock=SystemClock())
        self.gate = Gate("r1", self.ledger, warrant, cast(World, self), budget)

    def _tools(self) -> list[Tool]:
        def put(what: str, times: int, world: Any) -> dict[str, int]:
            self.things += [what] * times
            return {"on_shelf": len(self.things)}

        def fail_with(error: Exception) -> Any:
            def run(**_: Any) -> None:
                raise error

            return run

        return [
            a_tool("put", "write", put),
            a_tool("look", "read", lambda **_: list(self.things)),
            a_tool("again", "write", fail_with(TryAgain("the shelf is locked", remedy="come back later"))),
            a_tool("never", "write", fail_with(CannotWork("there is no such shelf"))),
            a_tool("broken", "write", fail_with(ZeroDivisionError("oops"))),
            a_tool("hidden", "write", put),
        ]

    def call(self, tool: str, args: Mapping[str, Any], role: str = "clerk") -> str:
        with within("fill"):
            return self.gate.call(role, tool, args).text

    def kinds(self) -> list[str]:
        return [str(record.kind) for record in self.ledger.records("r1")][1:]

    def last(self) -> dict[str, Any]:
        return self.ledger.records("r1")[-1].body


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_an_effect_is_decided_then_intended_then_done(shelf: Shelf) -> None:
    text = shelf.call("put", {"what": "book"})

    assert json.loads(text) == {"on_shelf": 1}
    assert shelf.things == ["book"]
    assert shelf.kinds() == ["call.decided", "tool.intended", "tool.done"]
    assert {key: shelf.last()[key] for key in ("step", "role", "call", "tool", "effect", "args", "result")} == {
        "step": "fill",
        "role": "clerk",
        "call": "fill-1",
        "tool": "put",
        "effect": "write",
        "args": {"what": "book"},
        "result": {"on_shelf": 1},
    }


def test_a_read_needs_no_intent(shelf: Shelf) -> None:
    shelf.call("look", {"what": "all"})
    assert shelf.kinds() == ["call.decided", "tool.done"]


@pytest.mark.parametrize(
    ("tool", "args", "role", "rule"),
    [
        ("hidden", {"what": "x"}, "clerk", "step.tools"),
        ("fly", {"what": "x"}, "clerk", "tool.unknown"),
        ("put", {"what": "x"}, "thief", "role.tools"),
        ("put", {"what": "x", "where": "y"}, "clerk", "args.schema"),
    ],
)
def test_a_denied_call_is_recorded_and_changes_nothing(
    shelf: Shelf, tool: str, args: dict[str, str], role: str, rule: str
) -> None:
    text = shelf.call(tool, args, role)

    assert text.startswith(f"Denied ({rule})")
    assert shelf.things == []
    assert shelf.kinds() == ["call.decided"]
    assert (shelf.last()["verdict"], shelf.last()["rule"]) == ("deny", rule)


def test_outside_of_any_step_nothing_is_allowed(shelf: Shelf) -> None:
    assert shelf.gate.call("clerk", "put", {"what": "x"}).text.startswith("Denied (step.unknown)")
    assert shelf.things == []


def test_a_grant_of_two_is_two_also_when_many_call_at_once(shelf: Shelf) -> None:
    threads = [threading.Thread(target=shelf.call, args=("put", {"what": "x"})) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shelf.things == ["x", "x"]
    assert shelf.kinds().count("tool.intended") == 2


@pytest.mark.parametrize(
    ("tool", "told", "again"),
    [
        ("again", "Failed: the shelf is locked\n  Fix: come back later\nTry again", True),
        ("never", "Failed: there is no such shelf\nDo not call it again", False),
        ("broken", "Failed: 'broken' broke (ZeroDivisionError: oops)\nDo not call it again", False),
    ],
)
def test_a_tool_that_fails_tells_the_model_whether_to_try_again(
    shelf: Shelf, tool: str, told: str, again: bool
) -> None:
    text = shelf.call(tool, {"what": "x"})

    assert text.startswith(told)
    assert shelf.kinds() == ["call.decided", "tool.intended", "tool.failed"]
    assert shelf.last()["again"] is again


def test_a_gate_that_cannot_decide_denies(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def confused(*_: Any) -> None:
        raise RuntimeError("confused")

    monkeypatch.setattr("guard.gate.decide", confused)

    assert shelf.call("put", {"what": "x"}).startswith("Denied (gate.error)")
    assert shelf.things == []


def test_a_used_up_budget_ends_the_run(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, tool_calls=1)
    shelf.call("put", {"what": "x"})

    with pytest.raises(RunStopped) as caught:
        shelf.call("put", {"what": "y"})
    assert isinstance(caught.value.cause, BudgetExceeded)
    assert shelf.things == ["x"]


def test_once_the_run_must_end_no_call_begins(shelf: Shelf) -> None:
    def ended() -> None:
        raise RunStopped(CannotWork("it is over"))

    shelf.gate.check_stop = ended
    with pytest.raises(RunStopped, match="it is over"):
        shelf.call("put", {"what": "x"})
    assert shelf.kinds() == []


@pytest.mark.parametrize(
    ("tool", "arguments", "rule"),
    [
        ("fly", "{}", "tool.unknown"),
        ("hidden", '{"what": "x"}', "step.tools"),
        ("never", '{"what": "x"}', "step.tools"),
        ("put", '{"what": ', "args.schema"),
        ("put", "[1]", "args.schema"),
        ("put", '{"wat": "x"}', "args.schema"),
    ],
)
def test_a_call_that_reaches_no_tool_is_recorded_all_the_same(
    shelf: Shelf, tool: str, arguments: str, rule: str
) -> None:
    with within("fill"):
        assert shelf.gate.refuse("clerk", tool, arguments, frozenset({"put", "look"}))
    assert (shelf.kinds(), shelf.last()["rule"]) == (["call.decided"], rule)


def test_a_call_that_is_fine_or_the_frameworks_own_is_left_to_it(shelf: Shelf) -> None:
    offered = frozenset({"put", "delegate_work_to_coworker"})
    with within("fill"):
        assert not shelf.gate.refuse("clerk", "put", '{"what": "x"}', offered)
        assert not shelf.gate.refuse("clerk", "delegate_work_to_coworker", "{}", offered)
    assert shelf.kinds() == []
