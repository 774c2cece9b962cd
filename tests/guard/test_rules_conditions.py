"""Each condition of a rule by itself: what meets it, what does not, and on which side doubt falls."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from guard.conditions import Argument, Hours, Times, Total, host_of

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
        ({"hours": {"outside": "09:00-18:00", "zone": "Berlin"}}, "'Berlin' is no time zone"),
        ({"hours": {"outside": "09:00-18:00", "zone": "../etc"}}, "is no time zone"),
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


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Times, {"per": "run", "at_most": 1, "wat": 1}),
        (Times, {"per": "run", "at_most": 0}),
        (Times, {"per": "run", "at_most": 1_000_001}),
        (Total, {"argument": "usd", "per": "run", "at_most": 1, "wat": 1}),
        (Total, {"argument": "usd", "per": "run", "at_most": 0}),
        (Total, {"argument": "usd", "per": "run", "at_most": 1.1e12}),
        (Hours, {"outside": "09:00-18:00", "zone": "UTC", "wat": 1}),
        (Argument, {"at_least": 1, "wat": 1}),
        (Argument, {"longer_than": -1}),
        (Argument, {"shorter_than": 0}),
        (Argument, {"not_one_of": []}),
        (Argument, {"not_one_of": [["a"]]}),
        (Argument, {"domain_not_in": []}),
        (Argument, {"hours": None}),
        (Argument, {"below": None}),
        (Argument, {"longer_than": None}),
    ],
)
def test_a_condition_with_an_unknown_word_or_beyond_its_bounds_is_refused(model: Any, said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(said)


def test_a_condition_at_its_bounds_can_be_said() -> None:
    assert Times(per="run", at_most=1_000_000).holds(1_000_000)
    assert not Times(per="run", at_most=1).holds(0)
    assert Total(argument="usd", per="run", at_most=1e12).holds(1e12, 1)
    assert argument(longer_than=0).fits("a", doubt=False)
    assert argument(shorter_than=1).fits("", doubt=False)
    assert argument(longer_than=4, shorter_than=6).fits("abcde", doubt=False)


@pytest.mark.parametrize(
    ("before", "value", "too_much"),
    [
        (0.2, 0.1, False),
        (0.2, 0.11, True),
        (0.2, -0.11, True),
        (0, 0, False),
        (0, float("nan"), True),
        (0, "0.1", True),
        (0, True, True),
        (9, None, False),
    ],
)
def test_a_total_forgives_the_dust_of_floats_and_nothing_else(before: float, value: Any, too_much: bool) -> None:
    assert Total(argument="usd", per="run", at_most=0.3).holds(before, value) is too_much


def test_sizes_are_of_the_list_and_the_rest_is_of_its_entries() -> None:
    one = argument(longer_than=1, one_of=["a", "bb"])

    assert one.fits(["a", "bb"], doubt=False)
    assert not one.fits(["bb"], doubt=True)
    assert not one.fits("a", doubt=True)
    assert not one.fits(["c", "d"], doubt=True)
    for several in (("a", "b"), {"a", "b"}, frozenset("ab")):
        assert argument(longer_than=1).fits(several, doubt=False)
        assert not argument(longer_than=2).fits(several, doubt=True)
    assert not argument(one_of=["a"]).fits([], doubt=True)
    assert argument(one_of=["a"]).fits([], doubt=False)
    assert not argument(one_of=["a"]).fits(["a", None], doubt=False)


def test_a_time_without_its_zone_cannot_be_inside_or_outside() -> None:
    with pytest.raises(ValueError, match="the time has no zone"):
        Hours(outside="09:00-18:00", zone="UTC").holds(datetime(2027, 3, 9, 12))  # noqa: DTZ001  # that is the mistake
    assert argument(hours=BERLIN).fits(datetime(2027, 3, 16, 5, 59, tzinfo=UTC), doubt=False)


@pytest.mark.parametrize(("number", "day"), enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], start=8))
def test_each_day_has_its_name(number: int, day: Any) -> None:
    noon = datetime(2027, 3, number, 12, tzinfo=UTC)

    assert not Hours(outside="09:00-18:00", zone="UTC", days=(day,)).holds(noon)
    assert Hours(outside="09:00-18:00", zone="UTC", days=(day,)).holds(noon + timedelta(days=1))
    assert not Hours(outside="20:00-06:00", zone="UTC", days=(day,)).holds(noon + timedelta(hours=17))
    assert Hours(outside="20:00-06:00", zone="UTC", days=(day,)).holds(noon - timedelta(hours=7))


def test_hours_without_days_are_those_of_every_day() -> None:
    every = Hours(outside="09:00-18:00", zone="UTC")

    assert not any(every.holds(datetime(2027, 3, day, 9, 0, tzinfo=UTC)) for day in range(8, 15))
    assert all(every.holds(datetime(2027, 3, day, 8, 59, tzinfo=UTC)) for day in range(8, 15))
    assert all(every.holds(datetime(2027, 3, day, 18, 0, tzinfo=UTC)) for day in range(8, 15))


def test_the_folder_itself_the_root_and_another_case_are_below_as_they_are_meant() -> None:
    assert argument(below="/").fits("/etc", doubt=False)
    assert argument(below=".").fits("a/b", doubt=False)
    assert not argument(below=".").fits("../a", doubt=False)
    assert argument(below="out").fits("../out", doubt=True)
    assert argument(below="/srv").fits("/SRV/x", doubt=True)
    assert not argument(below="/srv").fits("/SRV/x", doubt=False)
    assert not argument(below="/srv").fits("/srv/a\x00b", doubt=False)


def test_a_domain_that_is_taken_away_only_in_part_can_still_be_meant() -> None:
    assert argument(domain_in=["house.example", "other.example"], domain_not_in=["other.example"]).fits(
        "a@house.example", doubt=False
    )
    assert argument(domain_in=["*.house.example"], domain_not_in=["x.house.example"]).fits(
        "a@y.house.example", doubt=False
    )
    for away in ("*.house.example", "*.example"):
        with pytest.raises(ValidationError, match="takes away all"):
            argument(domain_in=["*.house.example"], domain_not_in=[away])
