"""What labels and rules say to a call that the warrant grants."""

from datetime import UTC, datetime
from typing import Any

import pytest

from guard.content import Finding
from guard.decision import Call, Decision, decide
from guard.labels import Label
from guard.plan import Grant, Step
from guard.rules import Rule
from guard.warrant import Authority, PlanRefused, accept
from tests.guard.worlds import a_plan, a_step, a_tool

AT = datetime(2027, 3, 8, 9, tzinfo=UTC)
TRUSTED = Label(True, "goal")
READ = Label(False, "tool look, call find-1", "eve@elsewhere.example")


def a_rule(verdict: str = "ask", rule: str = "house.rule", **more: Any) -> Rule:
    given = {"id": rule, "verdict": verdict, "tools": ["mail"], "reason": "the house wants it so", **more}
    return Rule.model_validate(given)


def decided(
    *rules: Rule, effect: Any = "send", label: Label | None = TRUSTED, found: tuple[Finding, ...] = (), **more: Any
) -> Decision:
    tools = {"mail": a_tool("mail", effect, targets=("what",))}
    authority = Authority(tools, {"clerk": frozenset(tools)}, rules=rules, **more)
    warrant = accept(a_plan(a_step("tell", "clerk", mail=5)), authority)
    labels = {"what": label} if label else {}
    args = {"what": "eve@elsewhere.example"}
    used = {"run": 3, "day": 7}
    call = Call("tell", "clerk", "mail", args, 0, AT, labels, found, used)
    return decide(call, warrant)


def test_a_trusted_target_is_allowed() -> None:
    assert decided().verdict == "allow"


@pytest.mark.parametrize("effect", ["write", "send"])
def test_a_target_of_no_trusted_origin_is_asked_and_says_where_it_came_from(effect: str) -> None:
    decision = decided(effect=effect, label=READ)

    assert (decision.verdict, decision.rule) == ("ask", "target.untrusted")
    assert decision.reason == (
        "'what' names 'eve@elsewhere.example', which comes from tool look, call find-1 and from no trusted origin"
    )


@pytest.mark.parametrize("effect", ["spend", "execute"])
def test_spending_and_executing_on_such_a_target_is_denied(effect: str) -> None:
    assert decided(effect=effect, label=READ).verdict == "deny"


def test_a_policy_may_deny_what_would_be_asked() -> None:
    assert decided(label=READ, untrusted_target="deny").verdict == "deny"


def test_a_target_without_any_label_is_not_trusted() -> None:
    decision = decided(label=None)

    assert (decision.rule, decision.people) == ("target.untrusted", 1)
    assert decision.reason == "'what' names a value, which comes from nobody knows where and from no trusted origin"
    assert decision.instead == "'what' from the goal, the plan, the directory, or a trusted field of a tool's result"


def test_a_rule_about_untrusted_targets_speaks_for_those_only() -> None:
    rule = a_rule("deny", untrusted=True)

    assert decided(rule, label=READ).rule == "house.rule"
    assert decided(rule, label=TRUSTED).verdict == "allow"


def test_a_rule_asks_with_its_people_and_its_reason() -> None:
    decision = decided(a_rule(people=2, approvers=["user:ana", "user:ben"]))

    assert (decision.verdict, decision.rule, decision.reason) == ("ask", "house.rule", "the house wants it so")
    assert (decision.people, decision.approvers) == (2, ("user:ana", "user:ben"))


def test_a_denial_goes_before_an_ask_whoever_says_it() -> None:
    assert decided(a_rule("deny"), label=READ).rule == "house.rule"
    asked_and_denied = decided(a_rule("ask"), label=READ, untrusted_target="deny")
    assert (asked_and_denied.verdict, asked_and_denied.rule) == ("deny", "target.untrusted")


def test_rules_count_how_often_the_tool_was_used() -> None:
    assert decided(a_rule("deny", times={"per": "run", "at_most": 3})).verdict == "deny"
    assert decided(a_rule("deny", times={"per": "run", "at_most": 4})).verdict == "allow"
    assert decided(a_rule("deny", times={"per": "day", "at_most": 7})).verdict == "deny"


LINK = Finding("link", "note", "a link to collector.example", "ask")
SECRET = Finding("secret", "note", "a configured secret", "deny")


def test_content_that_a_person_should_see_first_is_asked_about() -> None:
    decision = decided(found=(LINK,))
    assert (decision.verdict, decision.rule) == ("ask", "content.link")
    assert decision.reason == "'note' holds a link to collector.example"
    assert decided(found=(Finding("oversize", "", "too much", "ask"),)).reason == "too much"


def test_a_secret_is_denied_whatever_the_tool_does() -> None:
    assert decided(found=(LINK, SECRET)).rule == "content.secret"
    assert decided(found=(SECRET,), effect="write").verdict == "deny"


def test_what_stays_in_the_house_is_not_asked_about() -> None:
    assert decided(found=(LINK,), effect="write").verdict == "allow"


def test_a_policy_may_deny_content_that_would_be_asked_about() -> None:
    assert decided(found=(LINK,), denied_content=frozenset({"link"})).verdict == "deny"


def test_no_rule_can_allow_what_the_warrant_does_not() -> None:
    tools = {"mail": a_tool("mail", "send")}
    authority = Authority(tools, {"clerk": frozenset(tools)}, rules=(a_rule("ask"),))
    warrant = accept(a_plan(a_step("tell", "clerk")), authority)

    assert decide(Call("tell", "clerk", "mail", {"what": "x"}, 0, AT), warrant).rule == "step.tools"


def pinned(values: dict[str, tuple[Any, ...]], args: dict[str, Any], **policy: Any) -> Decision:
    tools = {"mail": a_tool("mail", "send")}
    grant = Grant(tool="mail", times=5, values=values)
    step = Step(id="tell", role="clerk", task="tell", expected="told", grants=(grant,))
    warrant = accept(a_plan(step), Authority(tools, {"clerk": frozenset(tools)}, **policy))
    return decide(Call("tell", "clerk", "mail", args, 0, AT), warrant)


def test_a_call_with_the_values_that_the_plan_pins_is_allowed() -> None:
    assert pinned({"what": ("x", "y"), "times": (2,)}, {"what": "y", "times": 2}).verdict == "allow"


@pytest.mark.parametrize("args", [{"what": "z", "times": 2}, {"what": "x", "times": 3}, {"what": "x"}])
def test_another_value_than_the_pinned_one_is_denied_unless_the_policy_asks(args: dict[str, Any]) -> None:
    pins = {"what": ("x",), "times": (2,)}
    decision, asked = pinned(pins, args), pinned(pins, args, outside_plan="ask")

    assert (decision.verdict, decision.rule) == ("deny", "grant.values")
    assert (asked.verdict, asked.rule) == ("ask", "grant.values")


def test_a_value_outside_of_the_plan_is_named_beside_those_that_would_be_allowed() -> None:
    decision = pinned({"what": ("x", "y")}, {"what": "z"})

    assert decision.reason == "'what' is 'z', and the plan says 'x', 'y'"
    assert decision.instead == "'what' as the plan says: 'x', 'y'"


def test_the_same_pin_is_named_in_whatever_order_the_ledger_gives_them() -> None:
    pins: dict[str, tuple[str | bool | int | float, ...]] = {"to": ("a",), "note": ("b",)}
    for order in (pins, dict(reversed(pins.items()))):
        assert Grant(tool="mail", times=1, values=order).outside({"to": "x", "note": "y"}) == "note"


def test_true_is_not_the_number_one() -> None:
    grant = Grant(tool="mail", times=1, values={"times": (1,)})
    assert (grant.outside({"times": True}), grant.outside({"times": 1})) == ("times", "")


def test_each_item_of_a_list_must_be_pinned() -> None:
    grant = Grant(tool="mail", times=1, values={"to": ("a", "b")})
    assert (grant.outside({"to": ["a", "b"]}), grant.outside({"to": ["a", "c"]})) == ("", "to")


def test_an_argument_that_the_tool_does_not_have_cannot_be_pinned() -> None:
    tools = {"mail": a_tool("mail", "send")}
    grant = Grant(tool="mail", times=5, values={"wat": ("x",)})
    step = Step(id="tell", role="clerk", task="tell", expected="told", grants=(grant,))

    with pytest.raises(PlanRefused, match="has no argument 'wat' to pin; did you mean 'what'"):
        accept(a_plan(step), Authority(tools, {"clerk": frozenset(tools)}))
