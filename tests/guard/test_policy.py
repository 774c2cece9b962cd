"""A policy: its bounds, what it says where a file says nothing, and what is wrong with names that do not exist."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from guard.conditions import Argument, Total
from guard.declarations import ArgumentSpec, Declaration
from guard.plan import Grant, Plan, Step
from guard.policy import Approval, Content, Escalate, Limits, PolicyFile
from guard.policy_loading import load_policy
from guard.rules import Rule
from runtime.problems import ConfigProblems
from tests.guard.worlds import TOOLS, a_step

BUDGET: dict[str, Any] = {"model_calls": 1, "tool_calls": 0, "usd": 0, "minutes": 1}
HEAD = "budget: {model_calls: 1, tool_calls: 1, usd: 1, minutes: 1}\n"


def fits(model: type[BaseModel], data: dict[str, Any]) -> bool:
    try:
        model.model_validate(data)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [
        ("model_calls", 1, 100_000),
        ("tool_calls", 0, 100_000),
        ("usd", 0, 100_000),
        ("minutes", 1, 100_000),
        ("per_principal_day", 0, 1_000_000),
        ("per_tenant_day", 0, 1_000_000),
        ("day", 0, 1_000_000),
        ("tokens", 1, 10**12),
    ],
)
def test_a_limit_has_bounds(key: str, least: int, most: int) -> None:
    assert [fits(Limits, BUDGET | {key: one}) for one in (least - 1, least, most, most + 1)] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("model", "data", "key", "least", "most"),
    [
        (Escalate, {"to": ["lead"]}, "minutes", 1, 525_600),
        (Approval, {}, "expires_minutes", 1, 525_600),
        (PolicyFile, {"budget": BUDGET}, "plan_hours", 1, 8760),
        (Grant, {"tool": "look"}, "times", 1, 1000),
        (Declaration, {"effect": "read"}, "times", 1, 1000),
    ],
)
def test_so_has_how_long_and_how_often(
    model: type[BaseModel], data: dict[str, Any], key: str, least: int, most: int
) -> None:
    assert [fits(model, {**data, key: one}) for one in (least - 1, least, most, most + 1)] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (Limits, BUDGET),
        (Content, {}),
        (Escalate, {"to": ["lead"], "minutes": 1}),
        (Approval, {}),
        (PolicyFile, {"budget": BUDGET}),
        (Total, {"argument": "a", "per": "run", "at_most": 1}),
        (Grant, {"tool": "look", "times": 1}),
        (Step, {"id": "a", "role": "b", "task": "c", "expected": "d"}),
        (Plan, {"steps": [a_step("a")]}),
    ],
)
def test_a_key_that_nobody_reads_is_refused(model: type[BaseModel], data: dict[str, Any]) -> None:
    assert fits(model, data)
    assert not fits(model, {**data, "wat": 1})


def test_nobody_is_not_escalated_to_and_a_step_says_what_it_does() -> None:
    assert not fits(Escalate, {"to": [], "minutes": 1})
    step = {"id": "a", "role": "b", "task": "c", "expected": "d"}
    assert [fits(Step, step | empty) for empty in ({"task": ""}, {"expected": ""}, {})] == [False, False, True]


def test_where_a_policy_says_nothing_people_are_asked_secrets_stay_and_the_plan_is_kept_to() -> None:
    policy = PolicyFile.model_validate({"budget": BUDGET})

    assert (policy.untrusted_target, policy.outside_plan, policy.plan_hours) == ("ask", "deny", None)
    assert policy.content.model_dump() == {
        "secrets": "deny",
        "personal_data": "ask",
        "hidden_characters": "ask",
        "links": "ask",
        "attachments": "ask",
        "oversize": "ask",
    }
    assert (policy.approval.expires_minutes, policy.approval.escalate) == (24 * 60, None)
    assert policy.on_untrusted_target("spend") == policy.on_untrusted_target("execute") == "deny"
    assert policy.on_untrusted_target("send") == "ask"


@pytest.mark.parametrize(
    ("key", "kinds"),
    [
        ("personal_data", {"person"}),
        ("hidden_characters", {"hidden", "encoded"}),
        ("links", {"link"}),
        ("attachments", {"data"}),
        ("oversize", {"oversize"}),
    ],
)
def test_a_policy_denies_the_findings_that_it_names(key: str, kinds: set[str]) -> None:
    assert Content.model_validate({key: "deny"}).denied == kinds
    assert Content.model_validate({key: "ask"}).denied == frozenset()


@pytest.mark.parametrize(
    ("model", "hints"),
    [
        (
            PolicyFile,
            {
                "allow": "remove it; what may be called is on the roles' cards and in the plan",
                "policies": "use 'rules'",
                "limits": "use 'budget'",
            },
        ),
        (
            Approval,
            {
                "timeout": "use 'expires_minutes'",
                "deadline": "use 'expires_minutes'",
                "on_timeout": "use 'escalate', or nothing: then the call is denied",
            },
        ),
        (
            Rule,
            {
                "name": "use 'id'",
                "tool": "use 'tools' with a list",
                "effect": "use 'effects' with a list",
                "args": "use 'arguments'",
                "when": "use 'arguments', 'times', 'total' or 'hours'",
                "sum": "use 'total'",
                "action": "use 'verdict'",
                "owner": "use 'approver_in' with the name of the argument",
            },
        ),
        (Total, {"sum": "use 'argument'", "of": "use 'argument'", "max": "use 'at_most'"}),
        (
            Argument,
            {
                "equals": "use 'one_of' with a list",
                "not": "use 'not_one_of' with a list",
                "min": "use 'at_least'",
                "max": "use 'at_most'",
                "regex": "use 'matches'",
                "pattern": "use 'matches'",
                "domain": "use 'domain_in' with a list",
            },
        ),
        (
            ArgumentSpec,
            {
                "equals": "use 'one_of' with a list",
                "enum": "use 'one_of'",
                "minimum": "use 'at_least'",
                "maximum": "use 'at_most'",
                "max_length": "use 'longest'",
                "maxLength": "use 'longest'",
                "optional": "use 'required: false'",
            },
        ),
        (
            Declaration,
            {
                "args": "use 'arguments'",
                "parameters": "use 'arguments'",
                "max_calls": "use 'times'",
                "secrets": "use 'secret'",
            },
        ),
    ],
)
def test_whoever_writes_a_key_of_another_system_is_told_ours(model: Any, hints: dict[str, str]) -> None:
    assert {key: model.instead[key] for key in hints} == hints


def test_every_name_that_does_not_exist_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(
        HEAD
        + "deny: [lok]\n"
        + "approvers:\n  lead: [user:ben, nobody]\n"
        + "approval:\n  approvers: [laed]\n  escalate: {to: [bos], minutes: 1}\n"
        + "rules:\n"
        + "  - {id: a, verdict: deny, tools: [mial], reason: x}\n"
        + "  - {id: b, verdict: ask, tools: [mail], roles: [notifer], reason: x, approvers: [led]}\n"
        + "  - {id: c, verdict: deny, tools: [mail], scenarios: [finops], reason: x}\n"
        + "  - {id: d, verdict: deny, tools: [mail], arguments: {wat: {one_of: [a]}}, reason: x}\n"
        + "  - {id: e, verdict: deny, tools: [mail], total: {argument: tims, per: run, at_most: 1}, reason: x}\n"
        + "  - {id: f, verdict: deny, tools: [mail], arguments: {what: {at_least: 1}}, reason: x}\n"
        + "  - {id: g, verdict: ask, tools: [mail], reason: x, approver_in: what}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigProblems) as caught:
        load_policy(tmp_path / "policy.yaml", TOOLS, ["notifier"])

    found = {(one.line, one.column, one.message) for one in caught.value.problems}
    assert {(line, message) for line, _, message in found} == {
        (2, "unknown tool: 'lok'"),
        (4, "'nobody' is nobody; write user:NAME, a mail address, or 'user:NAME <MAIL>'"),
        (6, "unknown role of approvers: 'laed'"),
        (7, "unknown role of approvers: 'bos'"),
        (9, "unknown tool: 'mial'"),
        (10, "unknown role: 'notifer'"),
        (10, "unknown role of approvers: 'led'"),
        (11, "unknown scenario: 'finops'"),
        (12, "unknown argument of 'mail': 'wat'"),
        (13, "unknown argument of 'mail': 'tims'"),
        (14, "'what' of 'mail': 'at_least' is for numbers, and this takes text"),
        (15, "unknown target of 'mail': 'what'"),
    }
    lines = (tmp_path / "policy.yaml").read_text(encoding="utf-8").splitlines()
    pointed = [lines[line - 1][column - 1 :] for line, column, _ in sorted(found)]
    assert [one.partition("]")[0].partition(":")[0] for one in pointed] == [
        "lok",
        "nobody",
        "laed",
        "bos",
        "mial",
        "notifer",
        "led",
        "finops",
        "wat",
        "argument",
        "1}}, reason",
        "approver_in",
    ]


def test_a_policy_whose_names_exist_is_read(tmp_path: Path) -> None:
    rule = "rules: [{id: a, verdict: ask, tools: [mail], roles: [notifier], reason: x, approvers: [lead, user:cy]}]\n"
    (tmp_path / "policy.yaml").write_text(f"{HEAD}approvers: {{lead: [user:ben]}}\n{rule}", encoding="utf-8")

    assert load_policy(tmp_path / "policy.yaml", TOOLS, ["notifier"]).rules[0].approvers == ("lead", "user:cy")


def test_a_person_may_write_what_a_grant_is_not_pinned_to() -> None:
    grant = Grant(tool="mail", times=1, values={"what": ("a",), "times": (1,)})
    assert [grant.outside({"what": "b", "times": 1}, written) for written in ((), {"what"}, {"times"})] == [
        "what",
        "",
        "what",
    ]


def test_a_step_of_a_plan_is_found_by_its_id() -> None:
    plan = Plan(steps=(a_step("first"), a_step("second")))
    assert plan.step("second") is plan.steps[1]
    with pytest.raises(KeyError, match="third"):
        plan.step("third")
