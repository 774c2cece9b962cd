"""Conditions at their ends: sizes without items, names of domains, paths that leave, times to the minute."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest
from pydantic import ValidationError

from guard.conditions import Argument, Hours, Times, Total
from guard.kinds import Takes, misfits, takes


def fits(value: Any, *, doubt: bool = False, **said: Any) -> bool:
    return Argument.model_validate(said).fits(value, doubt=doubt)


@pytest.mark.parametrize("doubt", [True, False])
def test_how_many_entries_a_list_has_is_asked_without_a_look_at_them(doubt: bool) -> None:
    assert fits([None, None], longer_than=1, doubt=doubt)
    assert fits([None], shorter_than=2, doubt=doubt)
    assert fits([], shorter_than=2, doubt=doubt)
    assert fits([None], longer_than=0, shorter_than=2, doubt=doubt)
    assert not fits([None], longer_than=0, one_of=["a"], doubt=doubt)


def test_values_are_equal_only_within_their_kind() -> None:
    for doubt in (True, False):
        assert not fits(5, one_of=["a"], doubt=doubt)
        assert not fits("1", one_of=[1], doubt=doubt)
        assert not fits(Decimal(1), one_of=[1], doubt=doubt)
        assert fits(1.0, one_of=[1], doubt=doubt)


@pytest.mark.parametrize("value", [5, "", "~/a", "//a", "a\\b", "a\0b", "/docs/a"])
def test_a_path_that_cannot_be_read_is_below_a_folder_only_in_doubt(value: Any) -> None:
    assert (fits(value, below="docs"), fits(value, below="docs", doubt=True)) == (False, True)


@pytest.mark.parametrize("value", ["..", "../docs/a", "docs/../../docs"])
def test_a_path_that_leaves_is_not_below_a_folder_that_is_known_to_be_inside(value: str) -> None:
    assert not fits(value, below="docs")
    assert not fits(value, below=".")
    assert fits(value, below="docs", doubt=True)


@pytest.mark.parametrize(
    ("inside", "away", "refused"),
    [
        (["a.example"], ["a.example"], True),
        (["*.a.example"], ["*.a.example"], True),
        (["x.a.example"], ["*.a.example"], True),
        (["x.b.example"], ["*.a.example"], False),
        (["a.example"], ["*.a.example"], False),
        (["xa.example"], ["*.a.example"], False),
        (["a.example", "b.example"], ["a.example"], False),
    ],
)
def test_domains_of_which_none_is_left_can_never_hold(inside: list[str], away: list[str], refused: bool) -> None:
    said = {"domain_in": inside, "domain_not_in": away}
    if refused:
        with pytest.raises(ValidationError, match="takes away all of 'domain_in'"):
            Argument.model_validate(said)
    else:
        assert Argument.model_validate(said).domain_in == tuple(inside)


def test_a_domain_that_is_none_is_refused_with_the_way_to_write_it() -> None:
    with pytest.raises(ValidationError, match=r"write it in lower case, like house.example, or \*.house.example"):
        Argument.model_validate({"domain_in": ["House.example"]})


def test_a_span_ends_at_its_minute() -> None:
    hours = Hours(outside="09:00-17:30", zone="UTC")
    assert [hours.holds(datetime(2027, 3, 9, 17, minute, tzinfo=UTC)) for minute in (20, 29, 30)] == [0, 0, 1]


def test_counts_and_sums_have_bounds() -> None:
    def said(model: Any, at_most: float, **more: Any) -> bool:
        try:
            model.model_validate({"per": "run", "at_most": at_most, **more})
        except ValidationError:
            return False
        return True

    assert [said(Times, one) for one in (0, 1, 1_000_000, 1_000_001)] == [0, 1, 1, 0]
    assert [said(Total, one, argument="usd") for one in (0, 1e-6, 1e12, 1e12 + 1)] == [0, 1, 1, 0]
    assert not said(Times, 1, wat=1)


def test_a_sum_is_no_number_if_a_value_is_none() -> None:
    total = Total(argument="usd", per="run", at_most=2)
    assert [total.holds(1, one) for one in (1, -1, 1.5, True, "1", None)] == [0, 0, 1, 1, 1, 0]


def test_an_editor_is_told_what_values_may_be() -> None:
    [one] = {str(Argument.model_json_schema()["properties"][name]["items"]) for name in ("one_of", "not_one_of")}
    assert one == str({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]})


TEXT, NUMBER, LIST = takes(str), takes(int), takes(list[int])


@pytest.mark.parametrize(
    ("said", "kind", "keys"),
    [
        ({"domain_in": ["a.example"], "domain_not_in": ["b.example"]}, NUMBER, ["domain_in", "domain_not_in"]),
        ({"hours": {"outside": "09:00-17:00", "zone": "UTC"}}, NUMBER, ["hours"]),
        ({"hours": {"outside": "09:00-17:00", "zone": "UTC"}, "domain_in": ["a.example"]}, TEXT, []),
        ({"domain_not_in": ["a.example"], "below": "docs", "matches": "a"}, TEXT, []),
        ({"shorter_than": 5, "longer_than": 1}, NUMBER, ["longer_than", "shorter_than"]),
        ({"shorter_than": 5, "longer_than": 1}, LIST, []),
        ({"at_least": 1, "below": "docs"}, takes(Any), []),
        ({"at_least": 1}, takes(list), ["at_least"]),
        ({"at_least": 1}, takes(list[Any]), []),
        ({"at_least": 1}, takes(str | Any), []),
        ({"at_least": 1}, takes(list[str] | int), []),
    ],
)
def test_conditions_that_can_never_hold_for_what_an_argument_takes(
    said: dict[str, Any], kind: Takes, keys: list[str]
) -> None:
    assert [key for key, _ in misfits(Argument.model_validate(said), kind)] == keys


def test_what_is_no_plain_type_takes_something_of_its_own_form() -> None:
    assert str(takes(dict[str, Any])) == "something of its own form"
    assert str(takes(list[int | str])) == "a list of number or text"


def test_one_condition_that_cannot_be_read_leaves_the_whole_in_doubt() -> None:
    said: dict[str, Any] = {"at_least": 1, "matches": "[a-z]+"}
    assert (fits("abc", **said), fits("abc", doubt=True, **said)) == (False, True)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"matches": None}, "it is empty; write what the whole text has to be"),
        ({"one_of": [5], "matches": "[a-z]+"}, "no value of 'one_of' meets the other conditions"),
    ],
)
def test_a_condition_that_cannot_hold_for_sure_is_refused(said: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Argument.model_validate(said)


def test_to_be_any_of_all_that_an_argument_takes_can_hold_and_to_be_none_of_them_cannot() -> None:
    kind = takes(Literal["a", "b"])
    assert misfits(Argument(one_of=("a", "b")), kind) == []
    assert misfits(Argument(not_one_of=("a", "b")), kind) == [
        ("not_one_of", "it is always 'a' or 'b'; this can never hold")
    ]


def test_of_a_form_of_its_own_nothing_is_known() -> None:
    assert takes(dict[str, int]) == Takes(frozenset({"other"}))
