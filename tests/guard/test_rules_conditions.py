"""Each condition of a rule by itself: what meets it, what does not, and on which side doubt falls."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from guard.conditions import Argument, Hours, host_of

BERLIN = {"outside": "07:00-20:00", "zone": "Europe/Berlin", "days": ("mon", "tue", "wed", "thu", "fri")}


def argument(**said: Any) -> Argument:
    return Argument.model_validate(said)


@pytest.mark.parametrize(
    ("said", "meets", "fails"),
    [
        ({"one_of": ["a", "b"]}, ["a", "b"], ["c", "", "ab"]),
        ({"one_of": [1, 2.5]}, [1, 1.0, 2.5], [2, True, "1"]),
        ({"one_of": [True]}, [True], [False, 1]),
        ({"not_one_of": ["a"]}, ["b", ""], ["a"]),
        ({"at_least": 3}, [3, 3.1, 10**20], [2, 2.999, -3]),
        ({"at_most": 3}, [3, -5], [3.001, 4]),
        ({"at_least": 3, "at_most": 3}, [3], [2, 4]),
        ({"longer_than": 2}, ["abc", [1, 2, 3]], ["ab", [1, 2], []]),
        ({"shorter_than": 3}, ["ab", [1, 2], ""], ["abc", [1, 2, 3]]),
        ({"longer_than": 1, "shorter_than": 3}, ["ab"], ["a", "abc"]),
        ({"matches": "[a-z]{2}-\\d+"}, ["ab-1", "zz-12"], ["ab-", "xab-1", "ab-1x", "ab-1\n"]),
        ({"domain_in": ["house.example"]}, ["a@house.example", "https://house.example/x"], ["a@sub.house.example"]),
        ({"domain_in": ["*.house.example"]}, ["a@sub.house.example"], ["a@house.example", "a@evilhouse.example"]),
        ({"domain_not_in": ["house.example"]}, ["a@evil.example"], ["a@house.example", "A <a@House.Example>"]),
        ({"below": "/srv/out"}, ["/srv/out", "/srv/out/a/b", "/srv//out/./a"], ["/srv/outer", "/srv/out/../in", "/"]),
        ({"below": "out"}, ["out/a", "./out"], ["outer", "in/a", "out/../in"]),
        ({"hours": BERLIN}, ["2027-03-16T05:59:00Z", "2027-03-20T12:00:00+01:00"], ["2027-03-16T06:00:00Z"]),
    ],
)
@pytest.mark.parametrize("doubt", [True, False])
def test_a_plain_value_meets_a_condition_or_not_whatever_doubt_would_say(
    said: dict[str, Any], meets: list[Any], fails: list[Any], doubt: bool
) -> None:
    one = argument(**said)

    assert [value for value in meets if not one.fits(value, doubt=doubt)] == []
    assert [value for value in fails if one.fits(value, doubt=doubt)] == []


@pytest.mark.parametrize(
    ("said", "unclear"),
    [
        ({"one_of": ["hired"]}, ["Hired", " hired", "\uff48ired"]),
        ({"domain_in": ["house.example"]}, ["house.example", "a@house.example, b@evil.example", "a@h@house.example"]),
        (
            {"domain_not_in": ["house.example"]},
            ["", "a@hous\u0435.example", "A <a@house.example.>", "https://evil.example\\@house.example"],
        ),
        ({"matches": "a+"}, ["a" * 201, 3]),
        ({"at_least": 3}, ["5", float("nan"), True]),
        ({"below": "/srv"}, ["srv/x", "~/x", "", "/srv/x\\..\\y", "//srv/x"]),
        ({"hours": BERLIN}, ["tomorrow", "2027-03-16T14:00:00", 3]),
    ],
)
def test_a_value_that_leaves_room_for_doubt_counts_against_the_call(said: dict[str, Any], unclear: list[Any]) -> None:
    one = argument(**said)

    assert [value for value in unclear if not one.fits(value, doubt=True)] == []
    assert [value for value in unclear if one.fits(value, doubt=False)] == []


def test_what_is_excluded_stays_excluded_in_another_spelling_where_only_some_is_allowed() -> None:
    one = argument(not_one_of=["ceo@house.example"])

    assert not one.fits("CEO@house.example", doubt=False)
    assert one.fits("CEO@house.example", doubt=True)


def test_of_a_list_one_entry_is_enough_in_doubt_and_all_are_needed_without() -> None:
    one = argument(one_of=["a"])

    assert one.fits(["b", "a"], doubt=True)
    assert not one.fits(["b", "a"], doubt=False)
    assert one.fits(["a", "a"], doubt=False)


def test_a_missing_value_meets_nothing() -> None:
    for said in ({"one_of": ["a"]}, {"not_one_of": ["a"]}, {"longer_than": 0}, {"domain_not_in": ["x.example"]}):
        assert not argument(**said).fits(None, doubt=True)
        assert not argument(**said).fits(None, doubt=False)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("a@House.Example", "house.example"),
        ("Anna Ek <a@house.example>", "house.example"),
        ("https://House.example:8443/x?y=z", "house.example"),
        ("https://bücher.example/", None),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://a:b@house.example:8443/x?y=z@w", None),
        ("https://house.example@evil.example/", None),
        ("house.example", None),
        ("a@house.example;b@evil.example", None),
        ("a@house.example <b@evil.example>", None),
        ("a@house.example\r\nBcc: b@evil.example", None),
        ("a@house.example?cc=b@evil.example", None),
        ('"a@house.example"@evil.example', None),
        ("https://house.example\t.evil.example/", None),
        ("https://[::1/", None),
        ("https:///x", None),
        (None, None),
    ],
)
def test_a_host_is_taken_only_from_what_is_plainly_one_address_or_url(text: Any, host: str | None) -> None:
    assert host_of(text) == host


@given(st.text())
def test_reading_a_host_never_raises_and_never_gives_a_strange_one(text: str) -> None:
    host = host_of(text)
    assert host is None or set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.:")


@pytest.mark.parametrize(
    ("at", "outside"),
    [
        ("2027-03-15T22:00:00Z", False),
        ("2027-03-15T21:59:00Z", True),
        ("2027-03-16T05:59:00Z", False),
        ("2027-03-16T06:00:00Z", True),
        ("2027-03-16T23:00:00Z", True),
        ("2027-03-15T05:00:00Z", True),
    ],
)
def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins(at: str, outside: bool) -> None:
    night = Hours(outside="22:00-06:00", zone="UTC", days=("mon",))

    assert night.holds(datetime.fromisoformat(at)) is outside


def test_hours_follow_the_change_of_clocks() -> None:
    day = Hours(outside="09:00-24:00", zone="Europe/Berlin")

    assert not day.holds(datetime(2027, 3, 27, 8, 0, tzinfo=UTC))
    assert day.holds(datetime(2027, 3, 28, 6, 59, tzinfo=UTC))
    assert not day.holds(datetime(2027, 3, 28, 7, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({}, "it has no condition"),
        ({"at_least": 5, "at_most": 4}, "no number is at least 5 and at most 4"),
        ({"longer_than": 4, "shorter_than": 5}, "nothing is longer than 4 and shorter than 5"),
        ({"one_of": []}, "at least 1 item"),
        ({"one_of": ["a", "b"], "not_one_of": ["b", "a"]}, "no value of 'one_of' meets the other conditions"),
        ({"one_of": ["a@x.example"], "domain_in": ["y.example"]}, "no value of 'one_of' meets"),
        ({"one_of": [1, 2], "at_least": 3}, "no value of 'one_of' meets"),
        ({"domain_in": ()}, "it is empty"),
        ({"one_of": [["a"]]}, "texts, numbers, true and false only"),
        ({"domain_in": ["a.example"], "domain_not_in": ["*.example"]}, "takes away all of 'domain_in'"),
        ({"domain_in": ["@House.example"]}, "'@House.example' is no domain"),
        ({"at_least": None}, "it has no value"),
        ({"matches": "(a+)+"}, "repeats a group"),
        ({"hours": {"outside": "09:00-09:00", "zone": "UTC"}}, "is empty"),
        ({"hours": {"outside": "00:00-24:00", "zone": "UTC"}}, "can never hold"),
        ({"hours": {"outside": "9-18", "zone": "UTC"}}, "is no span of hours"),
        ({"hours": {"outside": "09:00-24:01", "zone": "UTC"}}, "is no span of hours"),
        ({"hours": {"outside": "09:00-18:00", "zone": "Berlin"}}, "there is no time zone 'Berlin'"),
        ({"hours": {"outside": "09:00-18:00", "zone": "../etc"}}, "there is no time zone"),
        ({"hours": {"outside": "09:00-18:00", "zone": "UTC", "days": ()}}, "it is empty"),
        ({"hours": {"outside": "09:00-18:00", "zone": "UTC", "days": ("mon", "mon")}}, "named twice"),
    ],
)
def test_a_condition_that_can_never_hold_is_refused(said: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        argument(**said)


def test_a_whole_day_on_some_days_leaves_the_others_outside() -> None:
    weekend = Hours(outside="00:00-24:00", zone="UTC", days=("sat", "sun"))

    assert weekend.holds(datetime(2027, 3, 19, 23, 59, tzinfo=UTC))
    assert not weekend.holds(datetime(2027, 3, 20, 0, 0, tzinfo=UTC))
