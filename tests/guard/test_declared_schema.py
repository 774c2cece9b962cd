"""What a declared argument tells the model and people: its schema, its conditions in words."""

from typing import Any

import pytest

from guard.declarations import ArgumentSpec, Declaration, TrustedField, declared
from guard.labels import Origins
from runtime.errors import CannotWork


@pytest.mark.parametrize(
    ("said", "schema"),
    [
        ({"type": "string"}, {"type": "string"}),
        (
            {"type": "string", "longest": 9, "description": "What."},
            {"type": "string", "maxLength": 9, "description": "What."},
        ),
        ({"type": "string", "one_of": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
        ({"type": "string", "matches": "[a-z]+"}, {"type": "string", "pattern": "^(?:[a-z]+)$"}),
        ({"type": "integer", "at_least": 1, "at_most": 3}, {"type": "integer", "minimum": 1, "maximum": 3}),
        (
            {"type": "list", "items": "integer", "at_most": 3, "longest": 2},
            {"type": "array", "items": {"type": "integer", "maximum": 3}, "maxItems": 2},
        ),
    ],
)
def test_a_model_is_shown_the_conditions_as_a_schema(said: dict[str, Any], schema: dict[str, Any]) -> None:
    assert ArgumentSpec.model_validate(said).json_schema() == schema


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"longest": 9}, "at most 9 long"),
        ({"matches": "[a-z]+"}, "as its pattern says"),
        ({"one_of": ["a", "b"]}, "one of a, b"),
        ({"not_one_of": ["a", "b"]}, "none of a, b"),
        ({"domain_in": ["x.example", "y.example"]}, "in the domains x.example, y.example"),
        ({"domain_not_in": ["x.example"]}, "in other domains than x.example"),
        ({"below": "docs"}, "below docs"),
        ({"longest": 9, "below": "docs"}, "at most 9 long, below docs"),
        ({"type": "number", "at_least": 0.5, "at_most": 1000.0}, "at least 0.5, at most 1000"),
        ({"type": "object"}, "object"),
    ],
)
def test_people_are_told_the_conditions_in_words(said: dict[str, Any], words: str) -> None:
    assert ArgumentSpec.model_validate({"type": "string", **said}).says() == words


def test_only_texts_and_lists_have_a_length() -> None:
    assert ArgumentSpec.model_validate({"type": "integer", "longest": 1}).checked(100) == 100


def test_of_a_value_that_is_no_text_a_pattern_trusts_all_or_nothing() -> None:
    numbers, all_of_it = TrustedField(field="id", pattern="[0-9]{2}"), TrustedField(field="id")
    assert (list(numbers.parts(42)), list(numbers.parts(420)), list(all_of_it.parts(420))) == ([42], [], [420])
    assert list(all_of_it.parts("x" * 300)) == ["x" * 300]


def test_of_a_text_that_is_too_long_a_pattern_trusts_nothing() -> None:
    numbers = TrustedField(field="id", pattern="[0-9]{2}")
    assert list(numbers.parts("42 " + "x" * 197)) == ["42"]
    assert list(numbers.parts("42 " + "x" * 198)) == []


def test_who_declares_a_tool_carries_it_out_unless_it_says_how() -> None:
    spec = Declaration(effect="read")
    with pytest.raises(CannotWork, match="a declared tool is carried out by who declared it"):
        declared("look", spec, "Look.").tool.run()
    assert declared("look", spec, "Look.", run=lambda: 7).tool.run() == 7


def test_how_often_a_tool_may_be_called_is_a_rule_of_its_own() -> None:
    [rule] = declared("look", Declaration(effect="read", times=3), "Look.").caps
    assert (rule.id, rule.reason) == ("declared.times", "one run calls 'look' at most 3 times")
    assert declared("look", Declaration(effect="read"), "Look.").caps == ()


def test_an_argument_that_may_be_left_out_and_is_names_nobody() -> None:
    spec = Declaration(effect="send", targets=("cc",), arguments={"cc": ArgumentSpec(type="string", required=False)})
    label = declared("mail", spec, "Mail.").label("cc", {}, Origins())
    assert (label.trusted, label.origin) == (True, "nothing, it is left out")
