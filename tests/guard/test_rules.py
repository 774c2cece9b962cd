"""What the rules say to a call: which rule speaks, which of several goes first, and that nothing makes them raise."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, ValidationError, create_model

from guard.policy import PolicyFile
from guard.rules import ERROR, Facts, Judgement, Rule, judge
from tools.tool import Effect, Tool

NOON = datetime(2027, 3, 9, 12, tzinfo=UTC)


def a_tool(name: str = "mail", effect: Effect = "send") -> Tool:
    fields: dict[str, Any] = {"to": (list[str], ...), "body": (str, ""), "copies": (int, 1), "via": (str | None, None)}
    args = create_model(f"{name}_args", __config__=ConfigDict(extra="forbid"), **fields)
    return Tool(name, f"{name} something.", effect, args, lambda **_: None)


MAIL = a_tool()
NIGHT = {"outside": "09:00-18:00", "zone": "UTC"}
FACTS = {"used", "at", "sums", "untrusted"}


def a_rule(name: str = "house.rule", verdict: str = "deny", **said: Any) -> Rule:
    scope = {} if "effects" in said else {"tools": ["mail"]}
    given = {"id": name, "verdict": verdict, "reason": f"because of {name}", **scope, **said}
    return Rule.model_validate(given)


def said(*rules: Rule, **changed: Any) -> Judgement:
    args = {"to": ["a@house.example"], **changed.pop("args", {})}
    known: dict[str, Any] = {"used": {"run": 0, "day": 0, "tenant_day": 0}, "at": NOON}
    facts = Facts(**known | {name: changed.pop(name) for name in FACTS & changed.keys()})
    call: dict[str, Any] = {"tool": MAIL, "role": "notifier", "scenario": "recruiting", **changed}
    return judge(rules, args=args, facts=facts, **call)


def test_without_a_rule_that_applies_the_call_passes() -> None:
    assert said() == Judgement("pass", "", "", 1, ())
    assert said(a_rule(tools=["other"]), a_rule(effects=["spend", "write", "execute"])).verdict == "pass"


def test_a_rule_speaks_for_its_tools_and_effects_with_its_own_reason() -> None:
    denial = Judgement("deny", "house.rule", "because of house.rule")

    assert said(a_rule()) == denial
    assert said(a_rule(effects=["write", "send"])) == denial


def test_a_rule_for_effects_says_nothing_to_a_tool_that_only_reads() -> None:
    rule = a_rule(effects=["write", "send", "spend", "execute"])

    assert said(rule, tool=a_tool(effect="read")).verdict == "pass"
    assert said(a_rule(), tool=a_tool(effect="read")).verdict == "deny"


def test_an_ask_carries_who_has_to_be_asked() -> None:
    rule = a_rule(verdict="ask", people=2, approvers=["lead", "user:anna"])

    assert said(rule) == Judgement("ask", "house.rule", "because of house.rule", 2, ("lead", "user:anna"))


@pytest.mark.parametrize(
    ("scope", "changed", "verdict"),
    [
        ({"roles": ["notifier", "scheduler"]}, {}, "deny"),
        ({"roles": ["scheduler"]}, {}, "pass"),
        ({"scenarios": ["recruiting"]}, {}, "deny"),
        ({"scenarios": ["finops"]}, {}, "pass"),
        ({"scenarios": ["recruiting"]}, {"scenario": ""}, "pass"),
        ({"roles": ["notifier"], "scenarios": ["finops"]}, {}, "pass"),
    ],
)
def test_roles_and_scenarios_say_which_calls_are_looked_at(
    scope: dict[str, Any], changed: dict[str, Any], verdict: str
) -> None:
    assert said(a_rule(**scope), **changed).verdict == verdict


@pytest.mark.parametrize(("used", "verdict"), [(0, "pass"), (2, "pass"), (3, "deny"), (4, "deny")])
@pytest.mark.parametrize("per", ["run", "day"])
def test_a_cap_of_three_lets_three_calls_through(per: str, used: int, verdict: str) -> None:
    other = {"run": "day", "day": "run"}[per]

    assert said(a_rule(times={"per": per, "at_most": 3}), used={per: used, other: 0}).verdict == verdict
    assert said(a_rule(times={"per": per, "at_most": 3}), used={per: 0, other: 9}).verdict == "pass"


def test_quiet_hours_are_about_when_the_call_is_made() -> None:
    rule = a_rule(hours={"outside": "09:00-18:00", "zone": "Europe/Berlin"})

    assert said(rule, at=datetime(2027, 3, 9, 8, tzinfo=UTC)).verdict == "pass"
    assert said(rule, at=datetime(2027, 3, 9, 7, 59, tzinfo=UTC)).verdict == "deny"
    assert said(rule, at=datetime(2027, 3, 9, 16, 59, tzinfo=UTC)).verdict == "pass"
    assert said(rule, at=datetime(2027, 3, 9, 17, tzinfo=UTC)).verdict == "deny"


def test_all_conditions_of_a_rule_have_to_hold() -> None:
    rule = a_rule(arguments={"copies": {"at_least": 5}, "body": {"longer_than": 2}}, times={"per": "run", "at_most": 1})

    assert said(rule, args={"copies": 5, "body": "long"}, used={"run": 1}).verdict == "deny"
    assert said(rule, args={"copies": 4, "body": "long"}, used={"run": 1}).verdict == "pass"
    assert said(rule, args={"copies": 5, "body": "no"}, used={"run": 1}).verdict == "pass"
    assert said(rule, args={"copies": 5, "body": "long"}, used={"run": 0}).verdict == "pass"


def test_of_a_list_one_bad_entry_is_enough_to_deny_and_all_must_be_allowed() -> None:
    deny = a_rule(arguments={"to": {"domain_not_in": ["house.example"]}})
    only = a_rule(verdict="allow_only", arguments={"to": {"domain_in": ["house.example"]}})

    for rule in (deny, only):
        assert said(rule, args={"to": ["a@house.example", "b@HOUSE.example"]}).verdict == "pass"
        assert said(rule, args={"to": ["a@house.example", "b@evil.example"]}).verdict == "deny"


def test_allow_only_denies_what_it_does_not_name_and_allows_nothing_by_itself() -> None:
    only = a_rule("copies.few", "allow_only", arguments={"copies": {"at_most": 3}, "body": {"shorter_than": 5}})

    assert said(only, args={"copies": 3, "body": "hi"}).verdict == "pass"
    assert said(only, args={"copies": 4, "body": "hi"}).rule == "copies.few"
    assert said(only, args={"copies": 3, "body": "hello"}).rule == "copies.few"
    assert said(only, a_rule("later.denial"), args={"copies": 1}).rule == "later.denial"


def test_an_argument_that_is_not_given_is_judged_by_its_default() -> None:
    assert said(a_rule(arguments={"copies": {"at_most": 1}})).verdict == "deny"
    assert said(a_rule(arguments={"via": {"one_of": ["post"]}})).verdict == "pass"
    assert said(a_rule(verdict="allow_only", arguments={"via": {"one_of": ["post"]}})).verdict == "deny"


def test_an_argument_is_judged_as_the_tool_will_see_it() -> None:
    assert said(a_rule(arguments={"copies": {"at_least": 5}}), args={"copies": "9"}).verdict == "deny"


def test_deny_goes_before_ask_and_two_people_before_one_and_then_the_first() -> None:
    ask, pair, deny = a_rule("first.ask", "ask"), a_rule("second.ask", "ask", people=2), a_rule("third.deny")

    assert said(ask, pair, deny).rule == "third.deny"
    assert said(deny, a_rule("other.deny")).rule == "third.deny"
    assert said(ask, a_rule("other.ask", "ask")).rule == "first.ask"
    assert (said(ask, pair).rule, said(ask, pair).people) == ("second.ask", 2)
    assert said(pair, ask).rule == "second.ask"


def test_a_rule_that_names_approvers_is_not_answered_for_by_one_that_names_nobody() -> None:
    ask, pair = a_rule("first.ask", "ask"), a_rule("second.ask", "ask", people=2)
    lead = a_rule("third.ask", "ask", approvers=["lead"])
    boss = a_rule("fourth.ask", "ask", approvers=["boss"])

    assert (said(ask, lead).rule, said(ask, lead).approvers) == ("third.ask", ("lead",))
    assert (said(lead, ask).rule, said(lead, ask).people) == ("third.ask", 1)
    assert (said(pair, lead).rule, said(pair, lead).people, said(pair, lead).approvers) == ("third.ask", 2, ("lead",))
    assert said(boss, lead).approvers == ("boss",)


@pytest.mark.parametrize(
    "changed",
    [
        {"used": {}},
        {"args": {"copies": "many"}},
        {"args": {"unknown": 1}},
        {"args": {"to": None}},
        {"at": NOON.replace(tzinfo=None)},
        {"at": None},
        {"tool": Tool("mail", "Mails.", "send", create_model("none_args"), lambda **_: None)},
    ],
)
def test_what_cannot_be_judged_is_denied(changed: dict[str, Any]) -> None:
    rules = [
        a_rule("one.rule", "ask", arguments={"copies": {"at_least": 0}}),
        a_rule("two.rule", "ask", hours={"outside": "09:00-18:00", "zone": "Europe/Berlin"}),
        a_rule("three.rule", "ask", times={"per": "run", "at_most": 3}),
    ]

    found = said(*rules, **changed)

    assert (found.verdict, found.rule) == ("deny", ERROR)
    assert "'mail'" in found.reason


@given(
    st.dictionaries(st.sampled_from(["to", "body", "copies", "via", "x"]), st.none() | st.text() | st.integers()),
    st.dictionaries(st.sampled_from(["run", "day"]), st.integers()),
)
def test_judging_never_raises_and_always_says_the_same(args: dict[str, Any], used: dict[str, int]) -> None:
    rules = (
        a_rule("one.rule", "ask", arguments={"to": {"domain_in": ["house.example"]}, "body": {"matches": "[a-z]+"}}),
        a_rule("two.rule", "allow_only", arguments={"copies": {"at_most": 2}, "body": {"below": "/srv"}}),
        a_rule("three.rule", times={"per": "day", "at_most": 3}),
    )

    assert said(*rules, args=args, used=used) == said(*rules, args=args, used=used)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tools": ["mail"], "effects": ["send"]}, "either 'tools' or 'effects'"),
        ({"effects": ["send"], "arguments": {"to": {"one_of": ["x"]}}}, "name the tools under 'tools'"),
        ({"verdict": "allow_only"}, "'allow_only' needs 'arguments'"),
        ({"verdict": "allow_only", "times": {"per": "run", "at_most": 1}}, "it says when calls are refused"),
        ({"people": 2}, "nobody is asked here"),
        ({"approvers": ["lead"]}, "nobody is asked here"),
        ({"verdict": "ask", "people": 2, "approvers": ["user:anna"]}, "only 'user:anna' may"),
        ({"name": "gate.error"}, "reads like a rule of the gate itself"),
        ({"name": "warrant"}, "reads like a rule of the gate itself"),
        ({"name": "Mixed.Case"}, "should match pattern"),
        ({"wat": 1}, "Extra inputs are not permitted"),
        ({"name": "a" * 81}, "at most 80 characters"),
        ({"times": None}, "it has no value; write one"),
        ({"total": None}, "it has no value; write one"),
        ({"hours": None}, "it has no value; write one"),
        ({"untrusted": None}, "it has no value; write one"),
        ({"untrusted": False}, "should be True"),
        ({"tools": []}, "it is empty; write a name"),
        ({"roles": []}, "it is empty; write a name"),
        ({"effects": []}, "it is empty; write a name"),
        ({"scenarios": []}, "it is empty; write a name"),
        ({"verdict": "ask", "approvers": []}, "it is empty; write a name"),
        ({"arguments": {}}, "at least 1 item"),
        ({"verdict": "allow_only", "arguments": {"body": {"hours": NIGHT}}}, "'hours' say what is outside"),
        (
            {"verdict": "allow_only", "total": {"argument": "copies", "per": "run", "at_most": 1}},
            "when calls are refused",
        ),
        ({"verdict": "allow_only", "hours": NIGHT}, "it says when calls are refused"),
        ({"verdict": "allow_only", "untrusted": True}, "it says when calls are refused"),
        ({"verdict": "allow_only", "people": 2}, "nobody is asked here"),
        ({"effects": ["send"], "total": {"argument": "copies", "per": "run", "at_most": 1}}, "name the tools"),
        ({"verdict": "ask", "effects": ["send"], "approver_in": "to"}, "'approver_in' is an argument; name the tools"),
        ({"tools": ["mail", "mail"]}, "'mail' is named twice"),
        ({"effects": ["read"]}, "should be 'write', 'send', 'spend' or 'execute'"),
    ],
)
def test_a_rule_that_makes_no_sense_cannot_be_made(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        a_rule(**changes)


WORDS = ("approval", "args", "content", "crew", "gate", "grant", "label", "plan", "policy", "role", "step", "target")


@pytest.mark.parametrize("word", [*WORDS, "tool", "warrant"])
def test_no_rule_of_the_house_is_named_like_one_of_the_gate(word: str) -> None:
    with pytest.raises(ValidationError, match="reads like a rule of the gate itself"):
        a_rule(f"{word}.mine")
    assert a_rule(f"{word}s.mine").id == f"{word}s.mine"


def test_times_of_day_can_be_denied_and_a_name_has_eighty_letters_at_most() -> None:
    rule = a_rule("a" * 80, arguments={"body": {"hours": NIGHT}})

    assert said(rule, args={"body": "2027-03-09T12:00:00+00:00"}).verdict == "pass"
    assert said(rule, args={"body": "2027-03-09T20:00:00+00:00"}).verdict == "deny"


def test_two_people_may_be_a_role_or_two_persons() -> None:
    for approvers in (["lead"], ["user:anna", "user:ben"], ["user:anna", "lead"], ["anna@house.example"]):
        assert a_rule(verdict="ask", people=2, approvers=approvers).people == 2
    assert a_rule(verdict="ask", people=1, approvers=["user:anna"]).people == 1


def test_arguments_are_read_once_for_all_rules_and_only_if_one_needs_them() -> None:
    other = a_rule("other.rule", arguments={"copies": {"at_least": 9}})

    assert said(a_rule(), args={"copies": "many"}).rule == "house.rule"
    assert (
        said(other, a_rule("last.rule", arguments={"copies": {"at_least": 2}}), args={"copies": 5}).rule == "last.rule"
    )
    assert said(other, args={"copies": "many"}).rule == "policy.error"


def test_an_untrusted_target_is_never_less_than_denied_where_money_or_code_is_at_stake() -> None:
    budget = {"model_calls": 1, "tool_calls": 1, "usd": 1, "minutes": 1}
    mild = PolicyFile.model_validate({"budget": budget})
    strict = PolicyFile.model_validate({"budget": budget, "untrusted_target": "deny"})

    asked: dict[Effect, str] = {effect: mild.on_untrusted_target(effect) for effect in ("write", "send", "read")}
    assert asked == {"write": "ask", "send": "ask", "read": "ask"}
    assert {mild.on_untrusted_target("spend"), mild.on_untrusted_target("execute")} == {"deny"}
    assert {strict.on_untrusted_target("write"), strict.on_untrusted_target("read")} == {"deny"}


@pytest.mark.parametrize("content", [{"secrets": "ask"}, {"links": "allow"}, {"secrets": False}])
def test_no_policy_lets_content_pass_that_is_asked_about_or_denied(content: dict[str, Any]) -> None:
    budget = {"model_calls": 1, "tool_calls": 1, "usd": 1, "minutes": 1}

    with pytest.raises(ValidationError):
        PolicyFile.model_validate({"budget": budget, "content": content})


@pytest.mark.parametrize(
    ("before", "now", "verdict"), [(4, 1, "pass"), (4, 2, "deny"), (0, 5, "pass"), (5, -1, "deny")]
)
def test_a_sum_counts_this_call_too_and_nothing_takes_away_from_it(before: float, now: int, verdict: str) -> None:
    rule = a_rule(total={"argument": "copies", "per": "day", "at_most": 5})
    sums = {("mail", "copies", "day"): before, ("other", "copies", "day"): 99.0, ("mail", "copies", "run"): 99.0}

    assert said(rule, args={"copies": now}, sums=sums).verdict == verdict


def test_of_what_nobody_has_used_the_sum_is_nothing() -> None:
    rule = a_rule(total={"argument": "copies", "per": "day", "at_most": 5})
    assert [said(rule, args={"copies": now}).verdict for now in (5, 6)] == ["pass", "deny"]


def test_a_sum_goes_over_all_tools_of_the_rule() -> None:
    rule = a_rule(tools=["mail", "post"], total={"argument": "copies", "per": "run", "at_most": 5})
    sums = {("mail", "copies", "run"): 2.0, ("post", "copies", "run"): 3.0}

    assert said(rule, sums=sums).verdict == "deny"
    assert said(rule, sums={("mail", "copies", "run"): 2.0}).verdict == "pass"


def test_a_rule_on_untrusted_targets_holds_for_no_other() -> None:
    assert said(a_rule(untrusted=True), untrusted=True).verdict == "deny"
    assert said(a_rule(untrusted=True), untrusted=False).verdict == "pass"


OWNED = create_model("owned", __config__=ConfigDict(extra="forbid"), owner=(str | None, None))
STOP = Tool("stop", "Stop something.", "spend", OWNED, lambda **_: None, targets=("owner",))


def owned(rule: Rule, owner: object) -> Judgement:
    facts = Facts({"run": 0, "day": 0, "tenant_day": 0}, NOON)
    return judge([rule], tool=STOP, args={"owner": owner}, role="r", scenario="", facts=facts)


def test_who_an_argument_names_is_asked_and_the_rules_own_approvers_beside_them() -> None:
    alone = a_rule(verdict="ask", tools=["stop"], approver_in="owner")
    beside = a_rule(verdict="ask", tools=["stop"], approver_in="owner", approvers=["deputies"])

    assert owned(alone, "Ana@House.example").approvers == ("ana@house.example",)
    assert owned(beside, "ana@house.example").approvers == ("ana@house.example", "deputies")


@pytest.mark.parametrize("owner", [None, "", "ana", "deputies", "a@b, c@d", "a@b@c d"])
def test_where_the_argument_names_nobody_the_call_is_denied_and_not_asked_of_others(owner: object) -> None:
    rule = a_rule(verdict="ask", tools=["stop"], approver_in="owner", approvers=["deputies"])

    said_now = owned(rule, owner)

    assert (said_now.verdict, said_now.reason) == ("deny", "'owner' names nobody who could be asked")
