"""What can be known of an effect that was begun."""

from typing import Any, cast

import pytest

from guard.doubt import Look, identity_of, look, values_of, waits_for_person
from runtime.errors import CannotWork
from tests.guard.worlds import a_tool
from tools.tool import Tool
from tools.world import World

WORLD = cast(World, object())


def a_put(**more: Any) -> Tool:
    plain = a_tool("put", "write")
    return Tool(plain.name, plain.description, "write", plain.args, plain.run, **more)


def raises(error: Exception) -> Any:
    def probe(**_: Any) -> None:
        raise error

    return probe


def test_without_a_probe_a_key_makes_it_harmless_to_do_it_again_and_nothing_else_does() -> None:
    assert look(a_put(keyed=True), {"what": "x"}, WORLD) == Look("absent")
    assert look(a_put(), {"what": "x"}, WORLD) == Look("unknown", reason="'put' has no way to look whether it happened")


def test_a_probe_sees_the_call_with_its_defaults_and_its_world() -> None:
    seen = look(a_put(probe=lambda **given: given), {"what": "x"}, WORLD)
    assert seen == Look("found", {"what": "x", "times": 1, "world": WORLD})


def test_what_a_probe_does_not_find_is_absent_and_what_is_empty_is_found() -> None:
    assert look(a_put(probe=lambda **_: None, keyed=True), {"what": "x"}, WORLD) == Look("absent")
    assert look(a_put(probe=lambda **_: {}), {"what": "x"}, WORLD) == Look("found", {})


@pytest.mark.parametrize(
    ("error", "reason", "passes"),
    [
        (CannotWork("the sent folder is gone"), "the sent folder is gone", False),
        (ConnectionResetError("cut"), "ConnectionResetError: cut", True),
        (ZeroDivisionError("oops"), "ZeroDivisionError: oops", False),
    ],
)
def test_a_probe_that_fails_knows_nothing_and_says_whether_it_may_later(
    error: Exception, reason: str, passes: bool
) -> None:
    seen = look(a_put(probe=raises(error), keyed=True), {"what": "x"}, WORLD)
    assert seen == Look("unknown", reason=reason, passes=passes)


def test_arguments_that_do_not_fit_can_be_looked_for_nowhere() -> None:
    assert look(a_put(probe=lambda **_: None), {"wat": 1}, WORLD).standing == "unknown"


def test_two_calls_are_one_effect_whatever_the_case_and_the_spaces() -> None:
    tool = a_put(identity=("what", "times"))
    assert values_of(tool, {"what": "x"}) == {"what": "x", "times": 1}
    assert identity_of(tool, {"what": " Big Chair ", "times": 2}) == ("big chair", "2")
    assert identity_of(tool, {"what": "x"}) == ("x", "1")


def test_a_call_that_says_no_identity_or_does_not_fit_is_none_but_itself() -> None:
    assert identity_of(a_put(), {"what": "x"}) is None
    assert identity_of(a_put(identity=("what",)), {"wat": "x"}) is None


def test_whoever_has_to_find_out_is_told_what_and_how_to_say_it() -> None:
    waits = waits_for_person("r1", "fill-1", "put", "the line was cut")
    assert waits.problem == "whether 'put' (call fill-1) happened is not known: the line was cut"
    assert waits.remedy == "find out, then: deputy settle r1 fill-1 --done, --redo or --skip"
