"""Calls that no tool will receive: denied and recorded like all others, with what is wrong with them."""

from dataclasses import replace

import pytest

from guard.current import within
from tests.guard.test_gate_ends import NOW, Hall


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.mark.parametrize(
    ("tool", "arguments", "offered", "rule", "reason"),
    [
        ("put", "{}", {"put"}, "args.schema", "'put': what: field required"),
        ("put", "", {"put"}, "args.schema", "'put': what: field required"),
        ("put", "{oops", {"put"}, "args.schema", "'put': the arguments are not JSON"),
        ("put", "[1]", {"put"}, "args.schema", "'put': the arguments are not an object"),
        ("put", '{"what": "x"}', {"look"}, "step.tools", "'put' was not offered here"),
        ("put", "{oops", {"look"}, "args.schema", "'put': what: field required; malformed: extra inputs"),
        ("fly", "{oops", {"look"}, "tool.unknown", "there is no tool 'fly'"),
    ],
)
def test_a_call_that_no_tool_will_receive_is_denied_and_recorded(
    hall: Hall, tool: str, arguments: str, offered: set[str], rule: str, reason: str
) -> None:
    with within("fill"):
        assert hall.gate().refuse("clerk", tool, arguments, frozenset(offered))
    [record] = hall.bodies("call.decided")
    assert (record["verdict"], record["rule"], record["call"]) == ("deny", rule, "fill-1")
    assert record["reason"].startswith(reason)
    if arguments.startswith(("{oops", "[")):
        assert list(record["args"]) == ["malformed"]


def test_a_call_that_a_tool_will_receive_or_that_is_the_frameworks_own_is_left_to_them(hall: Hall) -> None:
    with within("fill"):
        assert not hall.gate().refuse("clerk", "put", '{"what": "x"}', frozenset({"put"}))
        assert not hall.gate().refuse("clerk", "delegate", "{}", frozenset({"delegate"}))
    assert hall.bodies("call.decided") == []


def test_once_a_warrant_has_ended_a_refused_call_says_so(hall: Hall) -> None:
    gate = hall.gate()
    gate.warrant = replace(gate.warrant, expires=NOW)
    with within("fill"):
        assert gate.refuse("clerk", "put", '{"what": "x"}', frozenset({"look"}))
    assert hall.bodies("call.decided")[0]["rule"] == "warrant.expired"
