"""Each rule of `decide`, by itself and in its place."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ConfigDict, create_model

from guard.decision import Call, argument_problems, decide
from guard.rules import Rule
from guard.warrant import Authority, Warrant, accept
from tests.guard.worlds import TOOLS, a_plan, a_step, an_authority
from tools.tool import Tool

GOOD = {"what": "x"}


def a_warrant() -> Warrant:
    return accept(a_plan(a_step("find", look=2, note=1), a_step("tell", "notifier", mail=1)), an_authority())


def a_call(**changed: Any) -> Call:
    given: dict[str, Any] = {"step": "find", "role": "researcher", "tool": "look", "args": GOOD, "used": 0}
    given["at"] = datetime(2027, 3, 8, 9, tzinfo=UTC)
    return Call(**{**given, **changed})


def told(call: Call, warrant: Warrant) -> tuple[str, str]:
    decision = decide(call, warrant)
    return decision.verdict, decision.rule


def _tool(name: str, **arguments: Any) -> Tool:
    args = create_model(f"{name}_args", __config__=ConfigDict(extra="forbid"), **arguments)
    return Tool(name, f"{name}.", "read", args, lambda **_: None)


BARE = _tool("bare")
NESTED = _tool("nested", inner=(TOOLS["look"].args, ...))


def test_a_granted_call_is_allowed() -> None:
    decision = decide(a_call(used=1), a_warrant())
    assert (decision.verdict, decision.rule, decision.reason) == ("allow", "warrant", "granted to step 'find', 2 of 2")


@pytest.mark.parametrize(
    ("changed", "rule", "reason"),
    [
        ({"tool": "fly"}, "tool.unknown", "there is no tool 'fly'"),
        ({"step": ""}, "step.unknown", "'look' was called outside of the warrant's steps"),
        ({"step": "other"}, "step.unknown", "'look' was called outside of the warrant's steps"),
        ({"role": "notifier"}, "role.tools", "role 'notifier' may not use 'look' in step 'find'"),
        ({"tool": "mail"}, "role.tools", "role 'researcher' may not use 'mail' in step 'find'"),
        ({"step": "tell", "role": "notifier"}, "role.tools", "role 'notifier' may not use 'look' in step 'tell'"),
        ({"used": 2}, "step.times", "step 'find' may use 'look' 2 times, and has"),
        ({"args": {}}, "args.schema", "'look': what: field required"),
        ({"args": {"what": "x", "to": "y"}}, "args.schema", "'look': to: extra inputs are not permitted"),
        ({"args": {"what": 3}}, "args.schema", "'look': what: input should be a valid string"),
    ],
)
def test_everything_else_is_denied_with_its_rule(changed: dict[str, Any], rule: str, reason: str) -> None:
    decision = decide(a_call(**changed), a_warrant())
    assert (decision.verdict, decision.rule, decision.reason) == ("deny", rule, reason)


def test_a_tool_of_the_role_that_the_step_was_not_granted_is_denied() -> None:
    warrant = accept(a_plan(a_step("find", look=1)), an_authority())
    decision = decide(a_call(tool="note"), warrant)
    assert (decision.verdict, decision.rule) == ("deny", "step.tools")
    assert decision.reason == "step 'find' may use 'look', not 'note'"


def test_a_step_that_was_granted_nothing_may_call_nothing() -> None:
    decision = decide(a_call(), accept(a_plan(a_step("find")), an_authority()))
    assert (decision.verdict, decision.reason) == ("deny", "step 'find' may use no tool, not 'look'")
    assert decision.instead == "nothing more in step 'find'"


def test_a_role_whose_card_has_the_tool_may_not_call_it_in_the_step_of_another() -> None:
    shared = Authority(TOOLS, {"researcher": frozenset({"look"}), "notifier": frozenset({"look"})})
    decision = decide(a_call(role="notifier"), accept(a_plan(a_step("find", look=1)), shared))
    assert (decision.verdict, decision.rule) == ("deny", "role.tools")
    assert decision.instead == "look (up to 1)"


def test_a_grant_outlives_no_change_of_the_roles_card() -> None:
    warrant = a_warrant()
    narrowed = replace(warrant, authority=Authority(TOOLS, {"researcher": frozenset({"note"})}))
    assert decide(a_call(), narrowed).rule == "role.tools"
    assert decide(a_call(), replace(warrant, authority=Authority(TOOLS, {}))).rule == "role.tools"


@pytest.mark.parametrize("per", ["run", "day", "tenant_day"])
def test_a_call_of_which_nothing_else_is_known_is_the_first(per: str) -> None:
    once = {"id": "house.once", "verdict": "deny", "tools": ["look"], "times": {"per": per, "at_most": 1}}
    authority = replace(an_authority(), rules=(Rule.model_validate({**once, "reason": "once"}),))
    warrant = replace(a_warrant(), authority=authority)

    assert decide(a_call(), warrant).verdict == "allow"
    assert decide(a_call(used_in={"run": 1, "day": 1, "tenant_day": 1}), warrant).rule == "house.once"


def test_what_is_allowed_asks_nobody_and_offers_nothing_else() -> None:
    decision = decide(a_call(), a_warrant())
    assert (decision.people, decision.approvers, decision.instead) == (1, (), "")


def test_a_policy_or_a_reading_crew_denies_even_what_a_warrant_grants() -> None:
    warrant = a_warrant()
    denied = Warrant(warrant.plan, an_authority(denied=frozenset({"note"})), warrant.order)
    reading = Warrant(warrant.plan, an_authority(read_only=True), warrant.order)

    assert told(a_call(tool="note"), denied) == ("deny", "policy.denied")
    assert told(a_call(tool="note"), reading) == ("deny", "crew.read_only")
    assert decide(a_call(), reading).verdict == "allow"


def test_a_warrant_that_has_ended_allows_nothing() -> None:
    at = datetime(2027, 3, 9, 12, tzinfo=UTC)
    warrant = replace(a_warrant(), expires=at)

    assert decide(a_call(at=at - timedelta(seconds=1)), warrant).verdict == "allow"
    assert decide(a_call(at=at + timedelta(days=1)), warrant).rule == "warrant.expired"
    assert told(a_call(at=at), warrant) == ("deny", "warrant.expired")


def test_a_denial_says_what_would_have_been_allowed() -> None:
    warrant = accept(a_plan(a_step("find", look=1, note=2)), an_authority())

    assert decide(a_call(used=1), warrant).instead == "note (up to 2)"
    assert decide(a_call(tool="mail"), warrant).instead == "look (up to 1), note (up to 2)"
    assert decide(a_call(used=1), accept(a_plan(a_step("find", look=1)), an_authority())).instead == (
        "nothing more in step 'find'"
    )
    assert decide(a_call(args={"wat": 1}), warrant).instead == "look with what, times"


def test_everything_that_is_wrong_with_the_arguments_is_said_at_once() -> None:
    assert argument_problems(TOOLS["look"], {"what": "x"}) == ""
    assert argument_problems(TOOLS["look"], {"times": "many"}) == (
        "what: field required; times: input should be a valid integer, unable to parse string as an integer"
    )
    assert argument_problems(NESTED, {"inner": {}}) == "inner.what: field required"
    assert argument_problems(BARE, {"a": 1}) == "a: extra inputs are not permitted"


def test_of_a_tool_without_arguments_it_is_said_that_it_has_none() -> None:
    warrant = accept(a_plan(a_step("find", bare=1)), Authority({"bare": BARE}, {"researcher": frozenset({"bare"})}))
    assert decide(a_call(tool="bare"), warrant).instead == "bare with no arguments"


def test_a_tool_beyond_the_grants_is_denied_with_all_that_were_granted() -> None:
    able = Authority(TOOLS, {"researcher": frozenset(TOOLS)})
    decision = decide(a_call(tool="mail"), accept(a_plan(a_step("find", look=1, note=2)), able))
    assert decision.reason == "step 'find' may use 'look', 'note', not 'mail'"
    assert decision.instead == "look (up to 1), note (up to 2)"
