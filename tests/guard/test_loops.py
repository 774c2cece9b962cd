"""What goes round in circles is told so, then ended; anything new is progress."""

import pytest

from guard.loops import Loops
from runtime.errors import NoProgress, RunStopped


def called(loops: Loops, *, step: str = "find", tool: str = "look", args: str = "a", text: str = "nothing") -> str:
    """What the model is told of the one call that an answer of its asks for."""
    loops.turn(step)
    return loops.noted(step, tool, args, text)


def test_the_third_equal_call_is_told_and_the_fourth_is_the_last() -> None:
    loops = Loops()
    assert [called(loops), called(loops)] == ["nothing", "nothing"]
    assert called(loops) == (
        "nothing\n\nThis is call number 3 of 'look' with these arguments, and the result is the same each time. "
        "Calling it again changes nothing: go on with what you have, or say what is missing."
    )
    with pytest.raises(RunStopped) as caught:
        called(loops)
    assert isinstance(caught.value.cause, NoProgress)
    assert caught.value.cause.problem == (
        "step 'find' makes no progress: it called 'look' 4 times with the same result"
    )
    assert caught.value.cause.remedy == "see 'deputy show'; change the step's task, or its model"


@pytest.mark.parametrize("new", [{"tool": "read"}, {"args": "b"}, {"text": "something"}])
def test_another_tool_other_arguments_or_another_result_begin_the_count_again(new: dict[str, str]) -> None:
    loops = Loops()
    called(loops)
    called(loops)
    called(loops, **new)
    assert [called(loops), called(loops)] == ["nothing", "nothing"]
    assert "call number 3" in called(loops)


def test_two_calls_in_turn_are_counted_although_neither_follows_itself() -> None:
    loops = Loops()
    told = [called(loops, args=args) for args in "ababab"]
    assert ["call number 3" in one for one in told] == [False] * 5 + [True]


def test_equal_calls_of_one_answer_are_one() -> None:
    loops = Loops()
    loops.turn("find")
    assert {loops.noted("find", "look", "a", "nothing") for _ in range(9)} == {"nothing"}


def test_steps_go_round_each_for_themselves() -> None:
    loops = Loops()
    told = [called(loops, step=step) for step in ("find", "tell", "find", "tell")]
    assert told == ["nothing"] * 4
    assert "call number 3" in called(loops, step="find")


def test_before_any_answer_calls_are_one_turn() -> None:
    loops = Loops()
    assert {loops.noted("find", "look", "a", "nothing") for _ in range(3)} == {"nothing"}
    assert called(loops) == "nothing"
    assert "call number 3" in called(loops)
