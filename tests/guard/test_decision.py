"""Each rule of `decide`, by itself and in its place."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guard.decision import Call, decide
from guard.warrant import Warrant, accept
from tests.guard.worlds import a_plan, a_step, an_authority

GOOD = {"what": "x"}


def a_warrant() -> Warrant:
    return accept(a_plan(a_step("find", look=2, note=1), a_step("tell", "notifier", mail=1)), an_authority())


def a_call(**changed: Any) -> Call:
    given: dict[str, Any] = {"step": "find", "role": "researcher", "tool": "look", "args": GOOD, "used": 0}
    return Call(**{**given, **changed})


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
    assert (decision.rule, decision.reason) == ("step.tools", "step 'find' may use 'look', not 'note'")


def test_a_policy_or_a_reading_crew_denies_even_what_a_warrant_grants() -> None:
    warrant = a_warrant()
    denied = Warrant(warrant.plan, an_authority(denied=frozenset({"note"})), warrant.order)
    reading = Warrant(warrant.plan, an_authority(read_only=True), warrant.order)

    assert decide(a_call(tool="note"), denied).rule == "policy.denied"
    assert decide(a_call(tool="note"), reading).rule == "crew.read_only"
    assert decide(a_call(), reading).verdict == "allow"


def test_a_warrant_that_has_ended_allows_nothing() -> None:
    at = datetime(2027, 3, 9, 12, tzinfo=UTC)
    warrant = replace(a_warrant(), expires=at)

    assert decide(a_call(at=at - timedelta(seconds=1)), warrant).verdict == "allow"
    assert decide(a_call(at=at), warrant).rule == "warrant.expired"


def test_a_denial_says_what_would_have_been_allowed() -> None:
    warrant = accept(a_plan(a_step("find", look=1, note=2)), an_authority())

    assert decide(a_call(used=1), warrant).instead == "note (up to 2)"
    assert decide(a_call(tool="mail"), warrant).instead == "look (up to 1), note (up to 2)"
    assert decide(a_call(args={"wat": 1}), warrant).instead == "look with what, times"
