"""What is said about broken policies: every mistake at once, each with its place and the way out."""

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, create_model

from crews.catalogue import Catalogue
from crews.config import Config, load_config
from guard.kinds import takes
from runtime.problems import ConfigProblems
from tests.config.house import build
from tools.tool import Effect, Tool

BUDGET = "budget: {model_calls: 10, tool_calls: 10, usd: 1.5, minutes: 5}\n"
HEAD = f"{BUDGET}deny: [note]\nrules:\n"
PEOPLE = 'approvers: {lead: ["user:ben <ben@house.example>"], finance: ["dana@house.example"]}\n'


def _tool(name: str, effect: Effect, **arguments: Any) -> Tool:
    args: type[BaseModel] = create_model(f"{name}_args", __config__=ConfigDict(extra="forbid"), **arguments)
    return Tool(name, f"The tool {name}.", effect, args, lambda **_: None)


TOOLS = Catalogue(
    {
        one.name: one
        for one in (
            _tool("look", "read"),
            _tool("note", "write", text=(str, ...)),
            _tool(
                "post",
                "send",
                to=(list[str], ...),
                copies=(int, 1),
                urgent=(bool, False),
                colour=(Literal["red", "blue"] | None, None),
                facts=(dict[str, Any], {}),
            ),
            _tool("pay", "spend", to=(str, ...), usd=(float, ...)),
        )
    }
)


def _load(folder: Path, rules: str, head: str = HEAD) -> Config:
    return load_config(build(folder, {"config/policies.yaml": head + rules}), tools=TOOLS)


def _problems(folder: Path, rules: str, head: str = HEAD) -> list[str]:
    try:
        _load(folder, rules, head)
    except ConfigProblems as error:
        return [str(one).removeprefix("config/policies.yaml:") for one in error.problems]
    return []


def _rule(name: str, rest: str) -> str:
    return f"  - {{id: {name}, reason: so it is, {rest}}}\n"


def test_a_policy_with_every_kind_of_condition_is_taken(tmp_path: Path) -> None:
    rules = """\
  - id: post.hours
    tools: [post]
    verdict: deny
    hours: {outside: "09:00-18:00", zone: Europe/Berlin, days: [mon, fri]}
    roles: [writer]
    scenarios: [leaflet]
    reason: the house posts by day
  - id: post.where
    tools: [post]
    verdict: allow_only
    arguments:
      to: {domain_in: [house.example], matches: "[a-z.]+@house\\\\.example", longer_than: 0}
      copies: {at_least: 1, at_most: 5, not_one_of: [4]}
      colour: {one_of: [red]}
    reason: the house posts to itself
  - id: pay.most
    tools: [pay]
    verdict: deny
    total: {argument: usd, per: tenant_day, at_most: 500}
    reason: a tenant pays at most 500 a day
  - id: spend.two
    effects: [spend, execute]
    verdict: ask
    times: {per: day, at_most: 2}
    reason: two people look at it
    approvers: [lead, user:anna]
    people: 2
untrusted_target: deny
content: {links: deny}
approval: {expires_minutes: 30, approvers: [lead], escalate: {to: [finance], minutes: 60}}
"""
    policy = _load(tmp_path, rules, PEOPLE + HEAD).policies

    assert [one.id for one in policy.rules] == ["post.hours", "post.where", "pay.most", "spend.two"]
    assert policy.rules[1].arguments["to"].domain_in == ("house.example",)
    assert (policy.rules[3].people, policy.rules[3].approvers) == (2, ("lead", "user:anna"))
    assert (policy.untrusted_target, policy.content.links, policy.content.secrets) == ("deny", "deny", "deny")
    assert policy.approval.expires_minutes == 30
    assert policy.approval.escalate is not None
    assert policy.approval.escalate.to == ("finance",)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("tools: [pay], verdict: ask, approvers: [leed]", "there are no approvers 'leed'; did you mean 'lead'?"),
        ("tools: [pay], verdict: ask, people: 2, approvers: [lead]", "two people have to say yes, and lead are fewer"),
        ("tools: [pay], verdict: ask, people: 2, approvers: [lead, ben@house.example]", "are fewer"),
        (
            "tools: [pay], verdict: deny, total: {argument: usf, per: day, at_most: 5}",
            "no argument 'usf'; known: to, usd",
        ),
        ("tools: [pay], verdict: deny, total: {argument: to, per: day, at_most: 5}", "'to' of 'pay' is no number"),
        ("effects: [spend], verdict: deny, total: {argument: usd, per: day, at_most: 5}", "name the tools"),
        ("tools: [pay], verdict: deny, total: {argument: usd, per: week, at_most: 5}", "run, day or tenant_day"),
        ("tools: [pay], verdict: deny, total: {argument: usd, per: day, at_most: 0}", "more than 0"),
        ("tools: [pay], verdict: ask, approver_in: ouner", "the tool 'pay' has no target 'ouner'; it has none"),
        ("effects: [spend], verdict: ask, approver_in: to", "name the tools under 'tools'"),
        ("tools: [pay], verdict: deny, approver_in: to", "nobody is asked here"),
        ("tools: [pay], verdict: deny, untrusted: true", "none of its tools has a target"),
    ],
)
def test_a_mistake_about_people_and_sums_is_told_once(tmp_path: Path, rest: str, said: str) -> None:
    [found] = _problems(tmp_path, _rule("one.rule", rest), PEOPLE + HEAD)

    assert said in found


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("name: x", "'name'; use 'id'"),
        ("tool: post", "'tool'; use 'tools' with a list"),
        ("effect: send", "'effect'; use 'effects' with a list"),
        ("args: {}", "'args'; use 'arguments'"),
        ("when: {}", "'when'; use 'arguments', 'times', 'total' or 'hours'"),
        ("sum: {}", "'sum'; use 'total'"),
        ("action: ask", "'action'; use 'verdict'"),
        ("arguments: {to: {equals: x}}", "'equals'; use 'one_of' with a list"),
        ("arguments: {to: {not: x}}", "'not'; use 'not_one_of' with a list"),
        ("arguments: {usd: {min: 1}}", "'min'; use 'at_least'"),
        ("arguments: {usd: {max: 1}}", "'max'; use 'at_most'"),
        ("arguments: {to: {regex: x}}", "'regex'; use 'matches'"),
        ("arguments: {to: {pattern: x}}", "'pattern'; use 'matches'"),
        ("arguments: {to: {domain: x}}", "'domain'; use 'domain_in' with a list"),
        ("total: {argument: usd, per: day, at_most: 5, sum: usd}", "'sum'; use 'argument'"),
        ("total: {argument: usd, per: day, at_most: 5, of: usd}", "'of'; use 'argument'"),
        ("total: {argument: usd, per: day, at_most: 5, max: 5}", "'max'; use 'at_most'"),
    ],
)
def test_a_word_that_others_use_is_answered_with_ours(tmp_path: Path, rest: str, said: str) -> None:
    assert any(said in one for one in _problems(tmp_path, _rule("one.rule", f"tools: [pay], verdict: deny, {rest}")))


def test_nobody_who_is_nobody_can_be_an_approver(tmp_path: Path) -> None:
    people = 'approvers: {lead: [ben], finance: ["dana@house.example"]}\napproval: {approvers: [laed]}\n'

    found = _problems(tmp_path, _rule("one.rule", "tools: [pay], verdict: ask"), people + HEAD)

    assert ["'ben' is nobody" in found[0], "did you mean 'lead'?" in found[1]] == [True, True]


def test_a_policy_without_rules_asks_where_it_may(tmp_path: Path) -> None:
    policy = _load(tmp_path, "", HEAD.replace("rules:\n", "")).policies

    assert (policy.rules, policy.untrusted_target, policy.content.links) == ((), "ask", "ask")
    assert policy.approval.expires_minutes == 1440


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("tools: [pst], verdict: deny", "4:46: unknown tool 'pst'; did you mean 'post'?"),
        ("tools: [post], verdict: dany", "4:62: 'verdict' must be deny, ask or allow_only, not 'dany'"),
        ("tools: [post], verdict: ask, roles: [riter]", "4:75: unknown role 'riter'; did you mean 'writer'?"),
        ("tools: [post], verdict: ask, scenarios: [leaf]", "4:79: unknown scenario 'leaf'"),
        ("tools: [post], verdict: ask, tool: post", "4:67: unknown key 'tool'; use 'tools' with a list"),
        ("verdict: ask", "4:5: entry 1 of 'rules': it must say which calls it is about; write either 'tools' or"),
        ("tools: [], verdict: ask", "4:45: 'tools': it is empty"),
        ("effects: [read], verdict: ask", "4:48: entry 1 of 'effects' must be write, send, spend or execute"),
        ("tools: [post], verdict: ask, people: 3", "4:75: 'people' must be 1 or 2, not '3'"),
        ("tools: [post], verdict: deny, people: 2", "4:76: 'people': nobody is asked here; use 'verdict: ask'"),
        (
            "tools: [post], verdict: ask, times: {per: week, at_most: 1}",
            "4:80: 'per' must be run, day or tenant_day, not 'week'",
        ),
        ("tools: [post], verdict: ask, times: {per: run, at_most: 0}", "4:94: 'at_most' must be at least 1, not '0'"),
        ("tools: [post], verdict: ask, times: ", "4:74: 'times': it has no value"),
    ],
)
def test_a_mistake_in_a_rule_is_told_once_with_its_place(tmp_path: Path, rest: str, said: str) -> None:
    [found] = _problems(tmp_path, _rule("one.rule", rest))

    assert found.startswith(said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("too: {one_of: [a]}", "6:7: the tool 'post' has no argument 'too'; did you mean 'to'?"),
        ("to: {at_least: 3}", "6:22: 'to' of 'post': 'at_least' is for numbers, and this takes a list of text"),
        ("to: {one_of: [3]}", "6:20: 'to' of 'post': it is never '3', and takes a list of text"),
        ("copies: {matches: a}", "6:25: 'copies' of 'post': 'matches' is for texts, and this takes number"),
        ("copies: {longer_than: 1}", "6:29: 'copies' of 'post': 'longer_than' is for texts and lists"),
        ("copies: {one_of: [true]}", "6:24: 'copies' of 'post': it is never 'True', and takes number"),
        ("urgent: {at_least: 1}", "6:26: 'urgent' of 'post': 'at_least' is for numbers, and this takes true or false"),
        ("colour: {one_of: [green]}", "6:24: 'colour' of 'post': it is never 'green', only 'red' or 'blue'"),
        ("colour: {not_one_of: [red, blue]}", "6:28: 'colour' of 'post': it is always 'red' or 'blue'; this can never"),
        ("facts: {below: /srv}", "6:22: 'facts' of 'post': 'below' is for texts, and this takes something of its own"),
        ("copies: {at_least: 3, at_most: 2}", "6:15: 'copies': no number is at least 3 and at most 2; swap them"),
        ("to: {one_of: []}", "6:20: 'one_of' is empty"),
        ("to: {}", "6:11: 'to': it has no condition; write one, such as 'one_of', or remove it"),
        ("to: {equals: a}", "6:12: unknown key 'equals'; use 'one_of' with a list"),
        ('to: {matches: "[a"}', "6:21: 'matches': a class such as [a-z] cannot be read"),
        ('to: {matches: "(a+)+"}', "6:21: 'matches': it repeats a group that repeats or chooses inside"),
        ("to: {domain_in: [b.example], one_of: [a@x.example]}", "6:11: 'to': no value of 'one_of' meets the other"),
        ("to: {at_most: }", "6:21: 'at_most': it has no value"),
        ('to: {hours: {outside: "09:00-09:00", zone: UTC}}', "6:29: 'outside': '09:00-09:00' is empty"),
        ('to: {hours: {outside: "09:00-18:00", zone: Paris}}', "6:50: 'zone': 'Paris' is no time zone"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_told_with_its_place(tmp_path: Path, arguments: str, said: str) -> None:
    head = "  - {id: one.rule, tools: [post], verdict: deny,\n    reason: so it is, arguments: {\n"

    [found] = _problems(tmp_path, f"{head}      {arguments}}}}}\n")

    assert found.startswith(said)


def test_two_rules_with_one_id_are_refused(tmp_path: Path) -> None:
    rules = _rule("one.rule", "tools: [post], verdict: ask") + _rule("one.rule", "tools: [pay], verdict: ask")

    assert _problems(tmp_path, rules) == [
        "5:10: 'one.rule' is the id of the rule in config/policies.yaml:4:10 too; give each rule an id of its own"
    ]


@pytest.mark.parametrize(
    ("front", "behind"),
    [
        ("tools: [post, pay], verdict: deny", "tools: [post], verdict: deny, times: {per: run, at_most: 2}"),
        ("effects: [send], verdict: deny", "tools: [post], verdict: allow_only, arguments: {copies: {at_most: 2}}"),
        ("tools: [post], verdict: deny", "effects: [send], verdict: ask"),
        (
            "tools: [post], verdict: deny, arguments: {copies: {at_least: 3}}",
            "tools: [post], verdict: ask, arguments: {copies: {at_least: 5}, to: {one_of: [a]}}",
        ),
        (
            "tools: [post], verdict: deny, roles: [writer, reader]",
            "tools: [post], verdict: deny, roles: [writer], scenarios: [leaflet]",
        ),
        (
            "tools: [post], verdict: deny, times: {per: run, at_most: 3}",
            "tools: [post], verdict: ask, times: {per: run, at_most: 4}",
        ),
    ],
)
def test_a_rule_behind_a_denial_of_all_its_calls_is_refused(tmp_path: Path, front: str, behind: str) -> None:
    [found] = _problems(tmp_path, _rule("in.front", front) + _rule("behind.it", behind))

    assert found.startswith("5:10: the rule 'behind.it' never decides: 'in.front' denies all its calls; remove it")


def test_an_ask_is_shadowed_by_a_later_denial_too_since_denials_go_first(tmp_path: Path) -> None:
    rules = _rule("an.ask", "tools: [post], verdict: ask") + _rule("a.denial", "tools: [post], verdict: deny")

    [found] = _problems(tmp_path, rules)
    assert found.startswith("4:10: the rule 'an.ask' never decides: 'a.denial' denies all its calls")


def test_a_rule_for_tools_that_are_denied_outright_is_refused(tmp_path: Path) -> None:
    [found] = _problems(tmp_path, _rule("a.note", "tools: [note], verdict: ask"))

    assert found.startswith("4:10: the rule 'a.note' never decides: 'deny' already denies all its tools")


@pytest.mark.parametrize(
    ("front", "behind"),
    [
        ("tools: [post], verdict: deny", "tools: [post, pay], verdict: ask"),
        ("tools: [post], verdict: deny, roles: [writer]", "tools: [post], verdict: deny"),
        ("tools: [post], verdict: ask", "tools: [post], verdict: deny, roles: [writer]"),
        (
            "tools: [post], verdict: deny, arguments: {copies: {at_least: 5}}",
            "tools: [post], verdict: ask, arguments: {copies: {at_least: 3}}",
        ),
        (
            "tools: [post], verdict: deny, times: {per: run, at_most: 4}",
            "tools: [post], verdict: ask, times: {per: run, at_most: 3}",
        ),
        (
            "tools: [post], verdict: deny, arguments: {copies: {at_least: 5}}",
            "tools: [post], verdict: allow_only, arguments: {copies: {at_least: 5}}",
        ),
        (
            "tools: [post], verdict: deny, times: {per: run, at_most: 4}",
            "tools: [post], verdict: ask, times: {per: day, at_most: 5}",
        ),
    ],
)
def test_a_rule_that_can_still_decide_is_taken(tmp_path: Path, front: str, behind: str) -> None:
    assert _problems(tmp_path, _rule("in.front", front) + _rule("behind.it", behind)) == []


def test_all_mistakes_of_a_policy_are_told_at_once(tmp_path: Path) -> None:
    rules = (
        _rule("one.rule", "tools: [pst], verdict: ask")
        + _rule("one.rule", "tools: [pay], verdict: ask, roles: [riter]")
        + _rule("two.rule", "tools: [post], verdict: ask, arguments: {too: {one_of: [a]}, to: {at_least: 1}}")
    )

    found = _problems(tmp_path, rules, HEAD.replace("[note]", "[not]"))

    assert [one.split(" ", 1)[0] for one in found] == ["2:8:", "4:46:", "5:10:", "5:74:", "6:79:", "6:114:"]


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str, "text"),
        (int | None, "number"),
        (list[str], "a list of text"),
        (tuple[int, ...], "a list of number"),
        (str | int, "number or text"),
        (BaseModel, "something of its own form"),
        (Literal["a", 1], "number or text"),
    ],
)
def test_what_an_argument_takes_is_said_in_words(annotation: Any, words: str) -> None:
    assert str(takes(annotation)) == words
    assert takes(Any).anything
