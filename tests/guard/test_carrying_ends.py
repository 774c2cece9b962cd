"""How the end of a call is told and recorded: for the model, for who carries the run on, for who is asked."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guard.carrying import Carrying, Outcome
from runtime.errors import CannotWork, InDoubt, RunStopped, ToolError, TryAgain, TryLater
from runtime.journal import Journal
from tests.guard.carried import RUN, Room
from tests.guard.test_carrying import GONE, settled
from tools.tool import EFFECTS, Tool

BROKE = "Failed: 'put' broke (ConnectionResetError: the line is cut)"
NAMED = {"step": "fill", "role": "clerk", "call": "fill-1", "tool": "put", "effect": "write"}


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets seconds pass; none passes without it."""
    passed = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: sum(passed))
    return passed.append


def named(what: str = "chair", nth: int = 1, effect: str = "write") -> dict[str, Any]:
    return {**NAMED, "effect": effect, "args": {"what": what}, "key": {"hash": what, "nth": nth}}


def slow(room: Room, takes: float, later: Callable[[float], None], **more: Any) -> Tool:
    """The tool, which takes its time before it fails or works."""
    tool = room.tool("read", **more)

    def run(**values: Any) -> Any:
        later(takes)
        return room.put(**values)

    return Tool(tool.name, tool.description, tool.effect, tool.args, run, **more)


def blind(error: Exception, times: int = 99) -> Any:
    """A probe that fails so often, and then finds nothing."""
    left = [error] * times

    def probe(**_: Any) -> None:
        if left:
            raise left.pop()

    return probe


def test_the_pauses_double_and_differ_a_little(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.61728)
    room.trouble = [GONE, GONE]
    room.call(room.gate(room.tool("read")))

    assert room.slept == pytest.approx([0.2 + 0.123456, 0.4 + 0.123456])
    assert room.bodies("tool.retried")[0] == {
        **{name: room.bodies("call.decided")[0][name] for name in ("step", "role", "call", "tool", "key")},
        "error": "the line is cut",
        "attempt": 1,
        "seconds": 0.323,
    }


def test_what_a_tool_says_itself_is_the_reason_of_another_try(room: Room) -> None:
    room.trouble = [TryLater("the shelf is locked", remedy="come back")]
    room.call(room.gate(room.tool("read")))
    assert room.bodies("tool.retried")[0]["error"] == "the shelf is locked"


@pytest.mark.parametrize(("seconds", "calls"), [(9.4, 3), (9.9, 2), (30.0, 2)])
def test_no_third_attempt_begins_after_twenty_seconds_and_a_second_one_always_does(
    room: Room, later: Callable[[float], None], seconds: float, calls: int
) -> None:
    room.trouble = [GONE, GONE]
    room.call(room.gate(slow(room, seconds, later)))
    assert room.calls == calls


@pytest.mark.parametrize(("took", "is_late"), [(1.5, False), (2.0, False), (2.001, True)])
def test_a_call_is_late_that_took_longer_than_its_tool_says(
    room: Room, later: Callable[[float], None], took: float, is_late: bool
) -> None:
    room.call(room.gate(slow(room, took, later, seconds=2.0)))
    [done] = room.bodies("tool.done")
    assert (done["ms"], done.get("late", False)) == (took * 1000, is_late)


def test_a_system_that_is_left_alone_is_told_with_what_to_do_meanwhile(room: Room) -> None:
    gate = room.gate(room.tool("read"))
    room.trouble = [GONE] * 6
    room.call(gate, "1")
    room.call(gate, "2")

    assert room.call(gate, "3") == (
        "Failed: the line is cut; 'put' has failed several times and is left alone for 30 more seconds\n"
        "  Fix: go on with something else first\nTry again with what this says."
    )
    assert room.bodies("backend.opened") == [
        {"backend": "put", "failures": 5, "seconds": 30.0, "error": "the line is cut"}
    ]


def test_a_system_of_another_world_is_not_left_alone(room: Room, tmp_path: Path) -> None:
    other = Room(tmp_path / "other")
    other.breakers = room.breakers
    room.trouble = [GONE] * 6
    gate = room.gate(room.tool("read"))
    room.call(gate, "1")
    room.call(gate, "2")

    assert other.call(other.gate(other.tool("read"))) == '{"put": "chair"}'


@pytest.mark.parametrize(
    ("between", "opened"), [(TryAgain("no such chair"), 0), (CannotWork("never"), 0), (ZeroDivisionError("oops"), 1)]
)
def test_a_refusal_is_an_answer_of_the_system_and_a_mistake_of_ours_says_nothing_of_it(
    room: Room, between: Exception, opened: int
) -> None:
    gate = room.gate(room.tool())
    failures: list[Exception] = [GONE] * 4
    room.trouble = [*failures, between, GONE]
    for number in range(6):
        try:
            room.call(gate, str(number))
        except RunStopped:
            continue  # whether it happened is for a person to find out

    assert len(room.bodies("backend.opened")) == opened


def test_only_while_an_effect_is_made_the_gate_is_busy(room: Room) -> None:
    seen: list[bool] = []

    for effect in EFFECTS[:2]:
        tool = room.tool(effect)
        carrying = room.carrying(tool)
        looks = replace(tool, run=lambda carrying=carrying, **_: seen.append(carrying.busy()))
        carrying.carry_out(looks, named(effect, effect=effect))
    assert (EFFECTS[:2], seen) == (("read", "write"), [False, True])


def test_after_an_effect_nobody_is_busy_whether_it_worked_or_not(room: Room) -> None:
    gate = room.gate(room.tool())
    room.call(gate, "1")
    room.trouble = [CannotWork("never")]
    room.call(gate, "2")
    assert gate.busy() is False


@pytest.mark.parametrize("verdict", [None, "redo"])
def test_what_is_made_again_is_the_call_that_was_begun_in_its_own_words(room: Room, verdict: str | None) -> None:
    tool = room.tool(identity=("what",), keyed=verdict is None)
    room.crash_after(False, tool, "Chair")
    if verdict:
        with pytest.raises(RunStopped):
            room.call(room.gate(tool), "Chair")
        settled(room, verdict)

    assert room.call(room.gate(tool), "chair ") == '{"put": "Chair"}'
    assert room.things == ["Chair"]


def test_a_call_that_says_no_identity_stands_for_itself_alone(room: Room) -> None:
    tool = room.tool()
    room.call(room.gate(tool), "chair")
    room.call(room.gate(tool), "table")
    assert room.things == ["chair", "table"]


def test_a_probe_that_is_silent_to_the_end_leaves_it_to_a_person(room: Room) -> None:
    tool = room.tool(probe=blind(GONE))
    room.crash_after(True, tool)
    with pytest.raises(RunStopped, match="ConnectionResetError: the line is cut"):
        room.call(room.gate(tool))
    [unknown] = room.bodies("tool.unknown")
    assert unknown["reason"] == "ConnectionResetError: the line is cut"


def test_a_person_who_skips_need_not_say_why(room: Room) -> None:
    tool = room.tool()
    room.crash_after(True, tool)
    with pytest.raises(RunStopped):
        room.call(room.gate(tool))
    kept = {key: room.bodies("tool.intended")[0][key] for key in (*NAMED, "args", "key")}
    room.ledger.append(RUN, "tool.settled", kept | {"verdict": "skip", "by": "user:ana", "reason": ""})

    assert "user:ana decided that it is not done: no reason given" in room.call(room.gate(tool))


def test_what_a_person_settled_is_recorded_as_such_with_what_is_there(room: Room) -> None:
    tool = room.tool(probe=blind(CannotWork("no connection"), times=1))
    room.crash_after(True, tool)
    with pytest.raises(RunStopped):
        room.call(room.gate(tool))
    settled(room, "done")

    assert room.call(room.gate(room.tool(probe=room.there))) == '{"put": "chair"}'
    assert room.bodies("tool.done")[0]["settled"] is True


def test_an_effect_in_doubt_that_nobody_sees_after_all_is_done_as_the_person_said(room: Room) -> None:
    tool = room.tool(probe=blind(CannotWork("no connection"), times=1))
    room.crash_after(True, tool)
    with pytest.raises(RunStopped):
        room.call(room.gate(tool))
    settled(room, "done")

    assert room.call(room.gate(tool)) == '{"done": true, "said_by": "user:ana"}'


def test_a_tool_that_cannot_know_whether_it_worked_waits_for_a_person(room: Room) -> None:
    room.trouble = [InDoubt("the server closed the line")]
    with pytest.raises(RunStopped, match="the server closed the line"):
        room.call(room.gate(room.tool(keyed=True)))
    assert room.bodies("tool.unknown")[0]["reason"] == "the server closed the line"


def test_a_run_that_has_to_end_makes_no_other_attempt(room: Room) -> None:
    def stop() -> None:
        raise RunStopped(TryAgain("the run is cancelled"))

    room.trouble = [GONE]
    with pytest.raises(RunStopped, match="cancelled"):
        room.carrying(room.tool("read"), check=stop).carry_out(room.tool("read"), named(effect="read"))
    assert room.calls == 1


def test_where_a_probe_cannot_see_whether_the_first_attempt_worked_there_is_no_second(room: Room) -> None:
    room.trouble = [GONE]
    with pytest.raises(RunStopped, match="the sent folder is gone"):
        room.call(room.gate(room.tool(probe=blind(CannotWork("the sent folder is gone")))))
    assert room.calls == 1


def test_where_a_probe_sees_nothing_the_attempt_is_made_again(room: Room) -> None:
    room.trouble = [GONE]
    assert room.call(room.gate(room.tool(probe=room.there))) == '{"put": "chair"}'
    assert (room.calls, room.things) == (2, ["chair"])


@pytest.mark.parametrize("effect", ["read", "write"])
def test_what_can_be_made_again_without_harm_and_failed_to_the_end_may_be_tried_later(room: Room, effect: Any) -> None:
    room.trouble = [GONE] * 3
    told = room.call(room.gate(room.tool(effect, keyed=True)))
    assert told == f"{BROKE}\n  Fix: the system may answer in a moment\nTry again with what this says."


def test_what_a_probe_does_not_see_at_the_end_may_be_tried_later_although_it_has_a_key(room: Room) -> None:
    room.trouble = [GONE] * 3
    told = room.call(room.gate(room.tool(keyed=True, probe=room.there)))
    assert told == (
        f"{BROKE}\n  Fix: nothing was done; the system may answer in a moment\nTry again with what this says."
    )


def test_what_a_probe_sees_at_the_end_is_done_and_says_how_it_is_known(room: Room) -> None:
    room.trouble = [GONE, GONE, (GONE, True)]
    assert room.call(room.gate(room.tool(keyed=True, probe=room.there))) == '{"put": "chair"}'
    assert room.bodies("tool.done")[0]["probed"] is True


def test_a_mistake_in_a_tool_is_told_and_not_tried_again(room: Room) -> None:
    room.trouble = [ZeroDivisionError("oops")]
    told = room.call(room.gate(room.tool("read")))
    assert told == "Failed: 'put' broke (ZeroDivisionError: oops)\nDo not call it again for this."


@pytest.mark.parametrize(("error", "again"), [(TryAgain("not now", remedy="wait"), True), (CannotWork("never"), False)])
def test_a_refusal_says_whether_another_call_may_work(room: Room, error: ToolError, again: bool) -> None:
    room.trouble = [error]
    room.call(room.gate(room.tool()))
    assert room.bodies("tool.failed")[0]["again"] is again


def test_what_was_done_is_learned_then_and_when_the_run_is_carried_on_and_a_failure_is_not(room: Room) -> None:
    heard: list[Any] = []
    tool = room.tool()

    def made() -> Carrying:
        return room.carrying(tool, Journal(room.ledger.records(RUN)), learned=lambda one: heard.append(one.body))

    assert made().carry_out(tool, named()) == Outcome('{"put": "chair"}', done=True)
    room.trouble = [CannotWork("never")]
    failed = made().carry_out(tool, named("table"))
    assert (failed.done, failed.tried) == (False, True)
    assert made().known(named()) == Outcome('{"put": "chair"}', done=True)
    assert made().known(named("table")) == failed
    assert made().known(named("sofa")) is None
    assert [one["result"] for one in heard] == [{"put": "chair"}] * 2


def test_what_nobody_may_read_is_taken_out_before_the_result_is_recorded_or_told(room: Room) -> None:
    tool = room.tool()
    carrying = room.carrying(tool, clean=lambda name, result: {name: list(result)})

    assert carrying.carry_out(tool, named()).text == '{"put": ["put"]}'
    assert room.bodies("tool.done")[0]["result"] == {"put": ["put"]}


def test_a_call_that_the_world_answered_before_has_no_time_of_its_own(room: Room) -> None:
    tool = room.tool(probe=room.there)
    room.crash_after(True, tool)
    room.call(room.gate(tool))
    assert room.bodies("tool.done")[0]["ms"] == 0
