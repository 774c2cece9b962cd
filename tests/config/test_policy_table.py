"""The table of calls holds each rule of the policy to its word: for a rule that is changed or gone, a row fails."""

from collections.abc import Iterator
from functools import cache

import pytest

from crews.config import Config, load_config
from crews.policy_tables import Case, read_cases, tried
from guard.conditions import Argument
from guard.rules import Rule
from testkit.projects import CHECKOUT
from tools.tool import Tool

_CONDITIONS = {"times": None, "total": None, "hours": None, "untrusted": None, "roles": (), "scenarios": ()}


@cache
def _house() -> tuple[Config, tuple[Case, ...]]:
    config = load_config(CHECKOUT)
    return config, read_cases(CHECKOUT / "config" / "policy-tests.yaml", config)


def _holds(rules: tuple[Rule, ...]) -> bool:
    config, cases = _house()
    policy = config.policies.model_copy(update={"rules": rules})
    tools: dict[str, Tool] = dict(config.tools)
    return all(tried(case, policy, tools).right for case in cases)


def _rules() -> tuple[Rule, ...]:
    return _house()[0].policies.rules


def _unnoticed(change: str, rule: Rule, *instead: Rule) -> Iterator[str]:
    rules = tuple(new for one in _rules() for new in (instead if one is rule else (one,)))
    if _holds(rules):
        yield f"{rule.id}: {change}"


def test_no_rule_can_be_left_out() -> None:
    assert _holds(_rules())
    assert [found for rule in _rules() for found in _unnoticed("left out", rule)] == []


def test_no_rule_can_ask_in_place_of_denying_or_deny_in_place_of_asking() -> None:
    other = {"deny": "ask", "ask": "deny", "allow_only": "ask"}
    turned = [(rule, rule.model_copy(update={"verdict": other[rule.verdict]})) for rule in _rules()]

    assert [found for rule, new in turned for found in _unnoticed(str(new.verdict), rule, new)] == []


def test_no_tool_can_be_taken_from_a_rule() -> None:
    found: list[str] = []
    for rule in _rules():
        for tool in rule.tools if len(rule.tools) > 1 else ():
            fewer = rule.model_copy(update={"tools": tuple(one for one in rule.tools if one != tool)})
            found += _unnoticed(f"without {tool}", rule, fewer)

    assert found == []


def test_no_condition_can_be_left_out() -> None:
    found: list[str] = []
    for rule in _rules():
        for name, nothing in _CONDITIONS.items():
            if getattr(rule, name):
                found += _unnoticed(f"without {name}", rule, rule.model_copy(update={name: nothing}))
        for name in rule.arguments:
            fewer = {one: condition for one, condition in rule.arguments.items() if one != name}
            found += _unnoticed(f"without {name}", rule, rule.model_copy(update={"arguments": fewer}))

    assert found == []


@pytest.mark.parametrize("more", [1, -1])
def test_no_limit_can_be_off_by_one(more: int) -> None:
    found: list[str] = []
    for rule in _rules():
        if rule.times:
            times = rule.times.model_copy(update={"at_most": rule.times.at_most + more})
            found += _unnoticed(f"times {times.at_most}", rule, rule.model_copy(update={"times": times}))
        for name, condition in rule.arguments.items():
            for limit, changed in _off(condition, more):
                arguments = {**rule.arguments, name: changed}
                new = rule.model_copy(update={"arguments": arguments})
                found += _unnoticed(f"{name}.{limit} {getattr(changed, limit)}", rule, new)

    assert found == []


def _off(condition: Argument, more: int) -> Iterator[tuple[str, Argument]]:
    for limit in ("at_least", "at_most", "longer_than", "shorter_than"):
        value = getattr(condition, limit)
        if value is not None:
            yield limit, condition.model_copy(update={limit: value + more})
