"""A grant counts what changes: to write one thing again uses up nothing, and nobody uses up the grant of others."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.budget import Budget
from guard.current import within
from guard.gate import Gate
from guard.uses import Uses, counted, effect_of
from guard.warrant import Authority, accept
from runtime.clock import FixedClock, SystemClock
from runtime.database import open_database
from runtime.errors import TryAgain
from runtime.ledger import Ledger
from runtime.uses import Today
from tests.guard.worlds import a_plan, a_step, a_tool
from tools.tool import Effect, Tool
from tools.world import World


def a_gate(folder: Path, effect: Effect = "write", times: int = 2) -> Gate:
    """A gate before one tool, which keeps what it is told under its name; without one it refuses, or it breaks."""

    def put(what: str, times: int, world: Any) -> dict[str, int]:
        if not what:
            raise TryAgain("it has no name", remedy="give one")
        if what == "breaks":
            raise ZeroDivisionError
        return {"times": times}

    tool = a_tool("put", effect, put, identity=("what",))
    ledger = Ledger(open_database(f"sqlite:///{folder / 'ledger.sqlite'}"), b"k" * 32)
    ledger.append("r1", "run.started", {"goal": "fill the shelf"})
    authority = Authority({"put": tool}, {"clerk": frozenset({"put"})})
    warrant = accept(a_plan(a_step("fill", "clerk", put=times)), authority)
    budget = Budget(model_calls=1, tool_calls=99, usd=1, minutes=9, clock=SystemClock())
    return Gate("r1", ledger, warrant, cast(World, None), budget)


def put(gate: Gate, what: str, times: int = 1) -> str:
    with within("fill"):
        return gate.call("clerk", "put", {"what": what, "times": times}).text


def test_forged_writes_of_one_thing_leave_the_grant_of_the_others(tmp_path: Path) -> None:
    gate = a_gate(tmp_path, times=2)

    forged = [put(gate, "omar", times=one) for one in range(5)]
    honest = [put(gate, "nadia"), put(gate, "omar"), put(gate, "piet")]

    assert not any("Denied" in one for one in (*forged, *honest[:2]))
    assert honest[2].startswith("Denied (step.times)")


def test_a_write_that_was_refused_uses_up_nothing(tmp_path: Path) -> None:
    gate = a_gate(tmp_path, times=1)

    refused = [put(gate, "", times=one) for one in range(4)]

    assert all(one.startswith("Failed") for one in refused)
    assert "Denied" not in put(gate, "nadia")


@pytest.mark.parametrize(("effect", "left"), [("send", True), ("spend", True), ("execute", False), ("read", False)])
def test_what_was_refused_and_did_not_leave_uses_up_nothing(tmp_path: Path, effect: Effect, left: bool) -> None:
    gate = a_gate(tmp_path, effect, times=1)

    assert put(gate, "").startswith("Failed")
    assert put(gate, "nadia").startswith("Denied") != left


def test_a_send_that_broke_may_have_left_and_is_counted(tmp_path: Path) -> None:
    gate = a_gate(tmp_path, "send", times=1)

    assert "broke" in put(gate, "breaks")
    assert put(gate, "nadia").startswith("Denied (step.times)")


@pytest.mark.parametrize("effect", ["send", "spend", "execute", "read"])
def test_what_leaves_the_house_is_counted_call_by_call(tmp_path: Path, effect: Effect) -> None:
    gate = a_gate(tmp_path, effect, times=2)

    assert [put(gate, "omar", times=one).startswith("Denied") for one in range(3)] == [False, False, True]


CLOCK = FixedClock(datetime(2027, 3, 9, 12, tzinfo=UTC))
TOOL: Tool = a_tool("put", "write", identity=("what",))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=12))
def test_a_grant_is_used_up_by_as_many_different_things_as_were_written(calls: list[tuple[str, int]]) -> None:
    uses = Uses()
    for what, times in calls:
        args = {"what": what, "times": times}
        uses.add("fill", "put", effect_of(TOOL, args), args)

    others = {what for what, _ in calls} - {"a"}
    assert uses.of_grant("fill", "put", effect_of(TOOL, {"what": "a"})) == len(others)
    assert uses.in_run("put") == len(calls)
    assert uses.sums_without("put", {}).get(("put", "times"), 0) == sum(times for _, times in calls)


@given(st.dictionaries(st.sampled_from(["what", "times", "note"]), st.integers(0, 3)))
def test_only_the_identity_tells_effects_apart(args: dict[str, int]) -> None:
    assert effect_of(TOOL, args) == effect_of(TOOL, {"what": args.get("what"), "times": 77})


def test_what_is_no_write_or_says_no_identity_is_no_effect_of_its_own() -> None:
    assert effect_of(None, {"what": "a"}) == ""
    assert effect_of(a_tool("put", "write"), {"what": "a"}) == ""
    assert effect_of(a_tool("put", "send", identity=("what",)), {"what": "a"}) == ""
    assert effect_of(TOOL, {"what": "a"}) != effect_of(TOOL, {"what": "b"}) != ""


def test_sums_are_told_apart_by_tool_and_without_the_call_that_was_counted_before() -> None:
    uses = Uses()
    for tool, usd in (("pay", 20), ("pay", 5), ("refund", 3)):
        uses.add("fill", tool, "", {"usd": usd})

    assert uses.sums_without("pay", {}) == {("pay", "usd"): 25, ("refund", "usd"): 3}
    assert uses.sums_without("pay", {"usd": 5}) == {("pay", "usd"): 20, ("refund", "usd"): 3}
    assert uses.sums_without("tip", {"usd": 5})["tip", "usd"] == -5
    assert (uses.in_run("pay"), uses.in_run("refund"), uses.in_run("tip")) == (2, 1, 0)


def test_a_call_that_was_not_made_in_the_end_uses_up_nothing() -> None:
    uses = Uses()
    for times in (1, 1, -1):
        uses.add("fill", "put", "a digest", {"usd": 4}, times=times)
    uses.add("fill", "put", "another", {}, times=1)
    uses.add("fill", "put", "another", {}, times=-1)

    assert (uses.of_grant("fill", "put", ""), uses.of_grant("other", "put", "")) == (1, 0)
    assert (uses.of_grant("fill", "put", "third"), uses.of_grant("fill", "put", "a digest")) == (1, 0)
    assert uses.of_grant("other", "put", "third") == 0
    assert uses.sums_without("put", {}) == {("put", "usd"): 4}


def test_uses_of_the_run_and_of_the_others_of_the_day_add_up() -> None:
    today = Today(
        day={("put", ""): 5, ("put", "times"): 50.0, ("pay", "usd"): 9.0},
        tenant_day={("put", ""): 2, ("put", "times"): 20.0},
    )

    used, sums = counted("put", 3, {("put", "times"): 4.0, ("tip", "usd"): 1.0}, today)

    assert used == {"run": 3, "day": 8, "tenant_day": 5}
    assert sums == {
        ("put", "times", "run"): 4.0,
        ("put", "times", "day"): 54.0,
        ("put", "times", "tenant_day"): 24.0,
        ("pay", "usd", "run"): 0.0,
        ("pay", "usd", "day"): 9.0,
        ("pay", "usd", "tenant_day"): 0.0,
        ("tip", "usd", "run"): 1.0,
        ("tip", "usd", "day"): 1.0,
        ("tip", "usd", "tenant_day"): 1.0,
    }
