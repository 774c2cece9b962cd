"""Declarations of foreign tools: what they become, and every mistake with its place."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guard.decision import argument_problems
from guard.declarations import Declared, TrustedField, load_declarations
from guard.policy_loading import load_policy
from runtime.problems import ConfigProblems
from tests.meta.pages import ROOT, blocks_of

EXAMPLE = ROOT / "docs" / "examples" / "guard-tools.yaml"
LOOK = """tools:
  look:
    description: Look.
    effect: read
"""


def declared(folder: Path, text: str) -> dict[str, Declared]:
    (folder / "tools.yaml").write_text(text, encoding="utf-8")
    return load_declarations(folder / "tools.yaml")


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigProblems) as caught:
        declared(folder, text)
    return [str(one).removeprefix(f"{folder}/tools.yaml:") for one in caught.value.problems]


def with_argument(said: str) -> str:
    return f"{LOOK}    arguments:\n      x: {said}\n"


def test_a_declaration_becomes_a_tool_with_roles_and_a_schema() -> None:
    one = load_declarations(EXAMPLE)["transfer"]

    assert (one.tool.effect, one.tool.targets, one.spec.secret, one.spec.times) == ("spend", ("iban",), ("pin",), 2)
    schema = one.tool.schema()
    assert schema["required"] == ["iban", "amount", "pin"]
    assert schema["additionalProperties"] is False
    amount = schema["properties"]["amount"]
    assert (amount["type"], amount["minimum"], amount["maximum"]) == ("number", 0.01, 1000)


def test_what_is_trusted_without_a_pattern_is_left_to_the_labels() -> None:
    tools = load_declarations(EXAMPLE)
    assert tools["find_contact"].tool.trusted == ("*.mail", "*.iban")
    assert tools["read_mail"].tool.trusted == ("*.id",)


@pytest.mark.parametrize(("said", "fields"), [("true", ("*",)), ("false", ()), ("[a, b.c]", ("a", "b.c"))])
def test_trust_is_said_of_all_of_nothing_or_of_fields(tmp_path: Path, said: str, fields: tuple[str, ...]) -> None:
    assert declared(tmp_path, f"{LOOK}    trusted: {said}\n")["look"].tool.trusted == fields


@pytest.mark.parametrize(
    ("said", "good", "bad"),
    [
        ("{type: string}", ["", "x"], [1, True, None, ["x"], {}]),
        ("{type: string, longest: 2}", ["", "ab"], ["abc"]),
        ("{type: string, one_of: [a, b]}", ["a"], ["A", "c", " a"]),
        ("{type: string, matches: '[a-z]+'}", ["ab"], ["ab1", "ab\n", "a" * 300]),
        ("{type: string, domain_in: [x.example]}", ["a@x.example"], ["a@y.example", "a@x.example.evil", "x"]),
        ("{type: string, below: docs}", ["docs/a"], ["docs/../x", "/docs/a", "docsx"]),
        ("{type: integer, at_least: 1, at_most: 3}", [1, 3], [0, 4, 1.0, "1", True]),
        ("{type: number, at_least: 0.5}", [0.5, 1], [0.4, float("nan"), float("inf"), 10**400, "1", True]),
        ("{type: boolean}", [True, False], [0, "true", None]),
        ("{type: list, longest: 2}", [[], ["a", "b"]], [["a"] * 3, "a", [1], [None], {"a": 1}]),
        ("{type: list, items: integer, at_most: 3}", [[], [3]], [[4], ["3"], [True]]),
        ("{type: list, items: object}", [[{"a": 1}]], [["a"]]),
        ("{type: object}", [{}, {"a": [1]}], [[], "x"]),
        ("{type: string, required: false, one_of: [a]}", ["a", None], ["b"]),
    ],
)
def test_an_argument_takes_what_is_declared_and_nothing_else(
    tmp_path: Path, said: str, good: list[Any], bad: list[Any]
) -> None:
    tool = declared(tmp_path, with_argument(said))["look"].tool

    assert [one for one in good if argument_problems(tool, {"x": one})] == []
    assert [one for one in bad if not argument_problems(tool, {"x": one})] == []


def test_an_argument_may_be_left_out_only_if_it_says_so(tmp_path: Path) -> None:
    assert argument_problems(declared(tmp_path, with_argument("{type: string}"))["look"].tool, {})
    tool = declared(tmp_path, with_argument("{type: string, required: false}"))["look"].tool
    assert argument_problems(tool, {}) == ""
    assert argument_problems(tool, {"y": "x"})


def test_what_is_said_of_a_wrong_value_never_repeats_it() -> None:
    tool = load_declarations(EXAMPLE)["transfer"].tool
    said = argument_problems(tool, {"iban": "DE1", "amount": 5000, "pin": "hunter2"})
    assert "at least 0.01, at most 1000" in said
    assert "pin" in said
    assert "hunter2" not in said


def test_arguments_may_have_the_names_that_other_peoples_tools_give_them(tmp_path: Path) -> None:
    names = ["from", "copy", "schema", "json", "file-id", "fileId", "model_name", "validate"]
    listed = "".join(f"      {name}: {{type: string}}\n" for name in names)
    tool = declared(tmp_path, f"{LOOK}    arguments:\n{listed}")["look"].tool

    assert argument_problems(tool, dict.fromkeys(names, "x")) == ""
    assert list(tool.schema()["properties"]) == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tools: {}\n", "1:8: 'tools' is empty"),
        (
            LOOK.replace("read", "send"),
            (
                "2:3: 'look' has effect 'send' and no 'targets'; "
                "name the arguments that say whom or what it acts on, or write [] if there is none"
            ),
        ),
        (LOOK.replace("read", "looking"), "4:13: 'effect' must be read, write, send, spend or execute"),
        (LOOK.replace("    effect: read\n", ""), "2:3: the key 'effect' is missing"),
        (LOOK + "    max_calls: 3\n", "5:5: unknown key 'max_calls'; use 'times'"),
        (LOOK + "    times: 0\n", "5:12: 'times' must be at least 1, not '0'"),
        (LOOK + "    identity: [x]\n", "5:16: 'look' has no argument 'x'"),
        (LOOK + "    trusted: yes\n", "5:14: a bare 'yes' is true to some and text to others"),
        (LOOK + "    trusted: 3\n", "5:14: 'trusted': it must be true, or a list of fields"),
        (LOOK + "    trusted: [{feld: a}]\n", "5:16: unknown key 'feld'; did you mean 'field'?"),
        (LOOK + "    trusted: [{field: a, pattern: '(a+)+'}]\n", "5:35: 'pattern': it repeats a group that repeats"),
        (
            LOOK + "    secret: [x]\n    targets: [x]\n    arguments: {x: {type: string}}\n",
            (
                "5:14: 'x' is a target and cannot be secret; "
                "people have to see whom a call acts on; remove it from one of them"
            ),
        ),
        (LOOK + "wat: 1\n", "5:1: unknown key 'wat'"),
        (LOOK + "    trusted: [{field: a, pattern: null}]\n", "5:35: 'pattern': it is empty"),
        (LOOK + "    targets: [x, x]\n    arguments: {x: {type: string}}\n", "5:14: 'targets': 'x' is named twice"),
        (LOOK + "    arguments: {model_config: {type: string}}\n", "5:17: no argument can be named 'model_config'"),
        (LOOK + "    arguments: {1x: {type: string}}\n", "5:17: '1x' cannot be a key here"),
        (with_argument("{}"), "6:7: the key 'type' is missing"),
        (with_argument("{type: text}"), "6:17: 'type' must be string, integer, number"),
        (with_argument("{type: string, maximum: 3}"), "6:25: unknown key 'maximum'; use 'at_most'"),
        (with_argument("{type: string, at_most: 3}"), "6:25: 'at_most' is for numbers, and this takes text"),
        (with_argument("{type: integer, longest: 3}"), "6:26: 'longest' is for texts and lists, and this takes number"),
        (with_argument("{type: string, items: string}"), "6:25: 'items' is for lists"),
        (with_argument("{type: integer, one_of: [a]}"), "6:26: it is never 'a', and takes number"),
        (with_argument("{type: integer, one_of: [true]}"), "6:26: it is never 'True', and takes number"),
        (with_argument("{type: number, at_least: 3, at_most: 1}"), "6:10: 'x': no number is at least 3 and at most 1"),
        (with_argument("{type: string, matches: '(a'}"), "6:34: 'matches': a group is not closed"),
        (LOOK + LOOK.removeprefix("tools:\n"), "5:3: the key 'look' is given twice"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_column(tmp_path: Path, text: str, expected: str) -> None:
    assert [one for one in problems(tmp_path, text) if one.startswith(expected)], problems(tmp_path, text)


def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    text = LOOK.replace("read", "send") + "    identity: [x]\n    arguments: {y: {type: boolean, longest: 3}}\n"
    assert [one.partition(" ")[0] for one in problems(tmp_path, text)] == ["2:3:", "5:16:", "6:36:"]


def test_a_file_that_is_not_there_is_a_problem_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems, match="there is no such file"):
        load_declarations(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("pay INV-20411 and INV-20412", ["INV-20411", "INV-20412"]),
        ("XINV-2041", []),
        ("INV-2041X", []),
        ("INV-2041@evil.example", []),
        ("see INV-2041.", ["INV-2041"]),
        ("INV-2041.evil", []),
        ("INV-2041 " + "x" * 200, []),
        (7, []),
    ],
)
def test_a_pattern_narrows_trust_to_parts_that_stand_alone(value: Any, parts: list[str]) -> None:
    assert list(TrustedField(field="subject", pattern="INV-[0-9]{4,8}").parts(value)) == parts


POLICY = "budget: {model_calls: 1, tool_calls: 9, usd: 1, minutes: 9}\n"


def test_a_policy_names_only_what_is_declared(tmp_path: Path) -> None:
    tools = {name: one.tool for name, one in load_declarations(EXAMPLE).items()}
    (tmp_path / "policy.yaml").write_text(
        POLICY
        + "deny: [send_mial]\nrules:\n"
        + "  - {id: a, verdict: ask, tools: [transfer], arguments: {amout: {at_least: 9}}, reason: Much.}\n"
        + "  - {id: b, verdict: deny, effects: [send], roles: [agnt], scenarios: [x], reason: No.}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigProblems) as caught:
        load_policy(tmp_path / "policy.yaml", tools, {"agent"})
    said = [f"{one.line}: {one.message}; {one.hint}" for one in caught.value.problems]
    assert said == [
        "2: unknown tool: 'send_mial'; did you mean 'send_mail'?",
        "4: unknown argument of 'transfer': 'amout'; did you mean 'amount'?",
        "5: unknown role: 'agnt'; did you mean 'agent'?",
        "5: unknown scenario: 'x'; there is none yet",
    ]


def test_the_declarations_on_the_page_are_valid(tmp_path: Path) -> None:
    shown = [one for one in blocks_of("docs/guard.md") if one.language == "yaml" and "tools" in one.about]
    assert shown
    for block in shown:
        assert declared(tmp_path, block.text)


PIECES = [
    "tools:",
    "\n",
    "  ",
    "look",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "type",
    "string",
    "matches",
    "'",
    '"',
    "\\ud800",
    "&a ",
]
PIECES += ["*a", "- ", "trusted", "true", "null", "1e999", "9" * 400, "\u0000", "\ufeff", "arguments", "effect", "read"]
MOSTLY = st.lists(st.sampled_from(PIECES), max_size=40).map(lambda parts: "".join(parts).encode())


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | MOSTLY | st.text(max_size=80).map(lambda text: (LOOK + "    " + text).encode()))
def test_whatever_a_file_holds_it_is_read_or_refused_with_its_problems(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tools.yaml").write_bytes(content)
    with suppress(ConfigProblems):
        assert load_declarations(tmp_path / "tools.yaml")


@pytest.mark.parametrize("content", ["a: " + "9" * 5000, LOOK + "    times: " + "9" * 5000, "[" * 5000, "{a: " * 3000])
def test_numbers_and_depths_beyond_reason_are_problems_too(tmp_path: Path, content: str) -> None:
    assert problems(tmp_path, content)
