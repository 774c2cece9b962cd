"""Effects happen once: what is tried again, what is looked for, what a person is asked."""

from pathlib import Path
from typing import Any

import pytest

from guard.carrying import ATTEMPTS
from runtime.errors import InDoubt, RunStopped, TryAgain, TryLater, WaitingForPerson
from tests.guard.carried import RUN, Room

GONE = ConnectionResetError("the line is cut")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def settled(room: Room, verdict: str) -> None:
    kept = {
        key: room.bodies("tool.intended")[0][key] for key in ("step", "role", "call", "tool", "effect", "args", "key")
    }
    room.ledger.append(RUN, "tool.settled", kept | {"verdict": verdict, "by": "user:ana", "reason": "I looked"})


def test_a_read_is_tried_again_with_growing_pauses_after_an_error_that_passes(room: Room) -> None:
    room.trouble = [GONE, TimeoutError("no answer")]
    assert room.call(room.gate(room.tool("read"))) == '{"put": "chair"}'
    assert room.kinds() == ["call.decided", "tool.retried", "tool.retried", "tool.done"]
    assert len(room.slept) == 2
    assert [one["attempt"] for one in room.bodies("tool.retried")] == [1, 2]


def test_an_effect_with_a_key_is_tried_again_and_without_one_it_is_not(room: Room) -> None:
    room.trouble = [TryLater("busy", remedy="wait")]
    room.call(room.gate(room.tool(keyed=True)))
    room.trouble = [TryLater("busy", remedy="wait")]
    told = room.call(room.gate(room.tool()), "table")

    assert told == "Failed: busy\n  Fix: wait\nTry again with what this says."
    assert (room.things, room.calls) == (["chair"], 3)


def test_a_stop_between_intent_and_effect_leaves_nothing_in_doubt(room: Room) -> None:
    gate = room.gate(room.tool())
    stop = RunStopped(TryAgain("another step is over"))
    times = iter([None])

    def stopped_after_the_first_look() -> None:
        if next(times, stop) is stop:
            raise stop

    gate.check_stop = stopped_after_the_first_look
    object.__setattr__(gate._carrying, "check", stopped_after_the_first_look)
    room.call(gate)
    assert room.kinds() == ["call.decided", "tool.intended", "tool.done"]


def test_a_refusal_is_never_tried_again(room: Room) -> None:
    room.trouble = [TryAgain("there is no such chair")]
    room.call(room.gate(room.tool("read")))
    assert room.calls == 1


def test_an_effect_that_got_through_although_the_answer_did_not_is_found_by_its_probe(room: Room) -> None:
    room.trouble = [(GONE, True)]
    room.call(room.gate(room.tool(probe=room.there)))

    assert (room.things, room.calls) == (["chair"], 1)
    assert room.bodies("tool.done")[0]["probed"] is True


def test_an_effect_that_fails_to_the_end_is_looked_for_before_it_is_called_failed(room: Room) -> None:
    room.trouble = [GONE, GONE, (GONE, True)]
    room.call(room.gate(room.tool(probe=room.there)))

    assert (room.things, room.calls) == (["chair"], ATTEMPTS)
    assert room.kinds()[-1] == "tool.done"


def test_an_effect_without_key_and_probe_that_lost_its_answer_waits_for_a_person(room: Room) -> None:
    room.trouble = [GONE]
    with pytest.raises(RunStopped) as caught:
        room.call(room.gate(room.tool()))

    assert isinstance(caught.value.cause, WaitingForPerson)
    assert "deputy settle r1 fill-1 --done" in caught.value.cause.remedy
    assert room.kinds() == ["call.decided", "tool.intended", "tool.unknown"]


@pytest.mark.parametrize("happened", [True, False])
def test_after_a_crash_the_probe_decides_between_done_and_again(room: Room, happened: bool) -> None:
    tool = room.tool(probe=room.there)
    room.crash_after(happened, tool)

    assert room.call(room.gate(tool)) == '{"put": "chair"}'
    assert room.things == ["chair"]
    assert room.calls == (0 if happened else 1)
    assert room.bodies("tool.done")[0].get("probed", False) is happened


def test_after_a_crash_an_effect_with_a_key_is_made_again(room: Room) -> None:
    tool = room.tool(keyed=True)
    room.crash_after(False, tool)
    room.call(room.gate(tool))
    assert (room.things, room.kinds()[-2:]) == (["chair"], ["tool.intended", "tool.done"])


def test_a_probe_that_fails_leaves_it_to_a_person_who_is_asked_once(room: Room) -> None:
    def blind(**_: Any) -> None:
        raise InDoubt("the sent folder is gone")

    tool = room.tool(probe=blind)
    room.crash_after(True, tool)
    for _ in range(2):
        with pytest.raises(RunStopped, match="the sent folder is gone"):
            room.call(room.gate(tool))
    assert room.kinds().count("tool.unknown") == 1


def test_a_probe_whose_system_does_not_answer_looks_again(room: Room) -> None:
    silent = [GONE, GONE]

    def probe(what: str, times: int, world: Any) -> dict[str, Any] | None:
        if silent:
            raise silent.pop()
        return room.there(what)

    tool = room.tool(probe=probe)
    room.crash_after(True, tool)
    assert room.call(room.gate(tool)) == '{"put": "chair"}'
    assert (room.calls, len(room.slept)) == (0, 2)


@pytest.mark.parametrize(
    ("verdict", "things", "told"),
    [
        ("done", ["chair"], '{"done": true, "said_by": "user:ana"}'),
        ("redo", ["chair", "chair"], '{"put": "chair"}'),
        ("skip", ["chair"], "Failed: user:ana decided that it is not done: I looked\nDo not call it again for this."),
    ],
)
def test_what_a_person_says_of_an_effect_in_doubt_is_what_happens(
    room: Room, verdict: str, things: list[str], told: str
) -> None:
    heard: list[bool] = []
    tool = room.tool(settle=lambda happened, **_: heard.append(happened))
    room.crash_after(True, tool)
    with pytest.raises(RunStopped):
        room.call(room.gate(tool))
    settled(room, verdict)

    assert room.call(room.gate(tool)) == told
    assert room.things == things
    assert heard == ([] if verdict == "skip" else [verdict == "done"])
    assert room.call(room.gate(tool)) == told, "it is settled for good"


def test_a_second_crash_asks_again_although_the_first_was_settled(room: Room) -> None:
    tool = room.tool()
    room.crash_after(True, tool)
    with pytest.raises(RunStopped):
        room.call(room.gate(tool))
    settled(room, "redo")
    room.crash_after(False, tool)

    with pytest.raises(RunStopped, match="is not known"):
        room.call(room.gate(tool))
    assert room.things == ["chair"]


def test_a_call_in_other_words_returns_what_was_done_for_its_identity(room: Room) -> None:
    tool = room.tool(identity=("what",))
    room.call(room.gate(tool), "Chair", times=1)

    assert room.call(room.gate(tool), "chair ", times=2) == '{"put": "Chair"}'
    assert room.things == ["Chair"]
    assert room.kinds() == ["call.decided", "tool.intended", "tool.done", "call.decided"]


def test_an_effect_stands_for_one_call_only_so_a_second_one_is_made(room: Room) -> None:
    tool = room.tool(identity=("what",))
    room.call(room.gate(tool), times=1)
    gate = room.gate(tool)
    room.call(gate, times=1)
    room.call(gate, times=2)
    assert room.things == ["chair", "chair"]


def test_a_call_in_other_words_for_an_effect_in_doubt_is_looked_for(room: Room) -> None:
    tool = room.tool(identity=("what",), probe=room.there)
    room.crash_after(True, tool)
    room.call(room.gate(tool), times=3)
    assert (room.things, room.calls) == (["chair"], 0)


def test_a_system_that_keeps_failing_is_left_alone_and_tried_once_after_the_pause(room: Room) -> None:
    gate = room.gate(room.tool("read"))
    room.trouble = [GONE] * 6
    room.call(gate, "1")
    room.call(gate, "2")
    assert [one["failures"] for one in room.bodies("backend.opened")] == [5]

    calls = room.calls
    told = room.call(gate, "3")
    assert (room.calls, told.splitlines()[0]) == (
        calls,
        "Failed: the line is cut; 'put' has failed several times and is left alone for 30 more seconds",
    )
    room.now = 31
    assert room.call(gate, "4") == '{"put": "4"}'
    assert room.call(gate, "5") == '{"put": "5"}'


def test_the_third_equal_call_is_told_and_the_fourth_ends_the_step(room: Room) -> None:
    gate = room.gate(room.tool("read"))
    first, second, third = (room.turn(gate) for _ in range(3))

    assert first == second
    assert third.startswith(first)
    assert "call number 3 of 'put'" in third
    with pytest.raises(RunStopped, match="step 'fill' makes no progress: it called 'put' 4 times"):
        room.turn(gate)


def test_equal_calls_of_one_answer_count_as_one(room: Room) -> None:
    gate = room.gate(room.tool("read"))
    assert {room.call(gate) for _ in range(9)} == {'{"put": "chair"}'}


def test_anything_new_in_between_is_progress(room: Room) -> None:
    gate = room.gate(room.tool("read"))
    for number in range(6):
        assert "number" not in room.turn(gate)
        assert "number" not in room.turn(gate, f"thing {number}")


def test_an_effect_that_took_longer_than_it_says_is_recorded_as_late(room: Room) -> None:
    room.call(room.gate(room.tool(seconds=-1.0)))
    assert room.bodies("tool.done")[0]["late"] is True
