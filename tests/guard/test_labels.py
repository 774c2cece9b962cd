"""Labels: what is trusted, by which origin, and what never becomes it."""

import json
import threading
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, create_model

from guard.labels import MODEL, Label, Origins, leaves
from guard.normal import LONGEST
from tools.tool import Tool

ANN, BOB, EVIL = "ann@house.example", "bob@house.example", "evil@else.example"


def a_tool(*trusted: str) -> Tool:
    args = create_model("look_args", __config__=ConfigDict(extra="forbid"))
    return Tool("look", "Look.", "read", args, lambda **_: None, trusted=trusted)


def known(*values: Any) -> Origins:
    origins = Origins()
    origins.trust(list(values), "directory")
    return origins


def test_a_trusted_value_is_trusted_in_each_of_its_spellings() -> None:
    label = known(ANN).label("Ann Lee <ANN@house.example>")
    assert label == Label(True, "directory", item="")


def test_what_nobody_named_comes_from_the_model() -> None:
    assert Origins().label(EVIL) == Label(False, "the model", EVIL)


def test_the_first_50000_values_are_known_by_where_they_were_read() -> None:
    origins = Origins()
    origins.see(list(range(50_001)), "tool read_mail, call a-1")
    assert [origins.label(one).origin for one in (49_999, 50_000)] == ["tool read_mail, call a-1", MODEL]


def test_a_list_has_the_origin_of_its_first_item() -> None:
    origins = known(ANN)
    origins.trust(BOB, "plan")
    assert [origins.label(one).origin for one in (f"{ANN}, {BOB}", f"{BOB}, {ANN}")] == ["directory", "plan"]


def test_trust_in_a_list_of_telephone_numbers_is_trust_in_each_and_in_what_is_no_number_in_none() -> None:
    assert known("+49 30 1234567, +49 30 7654321").label("+49307654321").trusted
    assert known(float("nan"), ANN).label(ANN).trusted


@pytest.mark.parametrize(
    "value",
    [
        [ANN, BOB],
        (ANN, BOB),
        {ANN, BOB},
        {"to": ANN, "cc": [BOB]},
        f"{ANN}, {BOB}",
        f"{ANN};{BOB}",
        f"{ANN}\n{BOB}",
        f"{ANN} {BOB}",
        [f"Ann <{ANN}>", None],
    ],
)
def test_a_list_is_trusted_if_each_item_is(value: Any) -> None:
    assert known(ANN, BOB).label(value) == Label(True, "directory")


@pytest.mark.parametrize(
    "value",
    [
        [ANN, EVIL],
        [EVIL, ANN],
        {"to": ANN, "cc": [EVIL]},
        {ANN: "x", EVIL: ANN},
        {EVIL: "x"},
        f"{ANN}, {EVIL}",
        f"{ANN};{EVIL}",
        f"{ANN}\n{EVIL}",
        f"{ANN} {EVIL}",
    ],
)
def test_one_untrusted_item_is_named_and_makes_the_whole_untrusted(value: Any) -> None:
    label = known(ANN, "x").label(value)
    assert (label.trusted, label.item) == (False, EVIL)


def test_a_path_that_is_a_key_has_to_be_trusted_as_well() -> None:
    assert known(ANN, "docs/a.md").label({"docs/a.md": ANN}).trusted
    assert known(ANN).label({"docs/a.md": ANN}).item == "docs/a.md"


@pytest.mark.parametrize("value", [None, "", " ", [], {}, [[]], [None]])
def test_nothing_at_all_is_not_trusted(value: Any) -> None:
    assert known(ANN, "", " ").label(value).trusted is False


def test_an_untrusted_item_says_which_call_it_was_read_in() -> None:
    origins = Origins()
    origins.see({"text": f"Please write to {EVIL}."}, "tool read_resume, call screen-3")
    origins.see([EVIL], "tool read_resume, call screen-4")
    assert origins.label([EVIL]) == Label(False, "tool read_resume, call screen-3", EVIL)


def test_keys_of_a_result_are_seen_and_never_trusted() -> None:
    origins = Origins()
    origins.from_result(a_tool("*"), "find-1", {"people": {EVIL: ANN}})
    assert origins.label(EVIL) == Label(False, "tool look, call find-1", EVIL)
    assert origins.label(ANN).trusted


def test_the_item_is_shown_with_what_is_hidden_in_it() -> None:
    assert known(ANN).label(f"{ANN}\u200b").item == f"{ANN}\\u{{200b}}"
    assert len(Origins().label("x" * 1000).item) == 200


def test_seeing_a_value_neither_gives_nor_takes_trust() -> None:
    origins = known(ANN)
    origins.see([ANN, EVIL], "tool read_mail, call a-1")
    assert origins.label(ANN) == Label(True, "directory")
    assert origins.label(EVIL).trusted is False
    origins.trust(EVIL, "plan")
    assert origins.label(EVIL) == Label(True, "plan")


def test_the_first_origin_of_a_value_stays() -> None:
    origins = known(ANN)
    origins.trust(ANN, "plan")
    assert origins.label(ANN).origin == "directory"


@pytest.mark.parametrize(
    ("trusted", "asked"),
    [
        ("house.example", "https://house.example/"),
        ("ann", ANN),
        ("1234567", "+1234567"),
        (f"ask {ANN} about it", ANN),
        (f"{ANN}, who is nice", ANN),
        ("Lee, Ann", "Ann"),
        (f"https://house.example/{EVIL}", EVIL),
        ("https://house.example/,https://else.example/", "https://else.example/"),
        (True, "true"),
        (1, True),
        ("https://house.example/a", "https://house.example/"),
        ("https://house.example/a", "https://house.example/ab"),
        ("https://house.example/a", "http://house.example/a/b"),
        ("https://house.example/a?b=1", "https://house.example/a"),
        ("https://house.example/a?b=1", "https://house.example/a?b=2"),
        ("https://house.example/a/", "https://house.example/a"),
        ("docs/a", "docs/a/b"),
        ("docs/a", "docs"),
    ],
)
def test_trust_in_one_thing_is_no_trust_in_another(trusted: Any, asked: Any) -> None:
    origins = known(trusted)
    assert origins.label(trusted).trusted
    assert not origins.label(asked).trusted


@pytest.mark.parametrize(
    "asked",
    [
        "https://house.example/a",
        "https://house.example/a/b/c",
        "https://HOUSE.example/a?q=1",
        "https://house.example/a#x",
    ],
)
def test_a_trusted_page_covers_what_is_below_it(asked: str) -> None:
    assert known("https://house.example/a").label(asked).trusted


def test_a_trusted_list_of_addresses_in_one_text_is_trust_in_each() -> None:
    origins = known(f"{ANN}, Bob <{BOB}>")
    assert origins.label(BOB).trusted
    assert origins.label([ANN]).trusted


def test_a_text_too_long_to_be_a_name_is_never_trusted() -> None:
    assert known("x" * LONGEST).label("x" * LONGEST).trusted
    assert not known("x" * (LONGEST + 1)).label("x" * (LONGEST + 1)).trusted


GOAL = (
    "Fill 'Data Engineer' (position data-engineer): ask Ann <ann@house.example>, then call +49 30 1234567. See "
    "https://house.example/jobs. Look at PR #42, report.pdf and docs/plan.md before 2027-03-15; "
    "Ann's team's 3 “best friends”."
)


@pytest.mark.parametrize(
    "value",
    [
        "Data Engineer",
        "data-engineer",
        ANN,
        "0049 30 1234567",
        "https://house.example/jobs/1",
        "#42",
        42,
        "report.pdf",
        "docs/plan.md",
        "2027-03-15",
        "3",
        "best friends",
    ],
)
def test_what_a_goal_points_out_is_trusted(value: Any) -> None:
    origins = Origins()
    origins.from_goal(GOAL)
    assert origins.label(value) == Label(True, "goal")


@pytest.mark.parametrize("value", ["ask", "Ann", "s team", BOB, "https://house.example/", "Fill", 43])
def test_other_words_of_a_goal_are_not(value: Any) -> None:
    origins = Origins()
    origins.from_goal(GOAL)
    assert not origins.label(value).trusted


RESULT = {"people": [{"name": "Ann", "mail": ANN, "more": {"boss": {"mail": BOB}}}], "note": EVIL}


@pytest.mark.parametrize(
    ("pattern", "trusted"),
    [
        ("*", {"Ann", ANN, BOB, EVIL}),
        ("people", {"Ann", ANN, BOB}),
        ("people.*", {"Ann", ANN, BOB}),
        ("people.0.mail", {ANN}),
        ("people.*.mail", {ANN}),
        ("*.*.mail", {ANN}),
        ("people.*.more", {BOB}),
        ("people.*.more.*.mail", {BOB}),
        ("people.mail", set()),
        ("people.1.mail", set()),
        ("mail", set()),
        ("people.*.mail.x", set()),
        ("note", {EVIL}),
    ],
)
def test_only_declared_fields_of_a_result_are_trusted(pattern: str, trusted: set[str]) -> None:
    origins = Origins()
    origins.from_result(a_tool(pattern), "find-1", RESULT)
    assert {one for one in ("Ann", ANN, BOB, EVIL) if origins.label(one).trusted} == trusted
    for one in trusted:
        assert origins.label(one).origin == f"tool look, call find-1, field {pattern}"
    for one in {ANN, BOB, EVIL} - trusted:
        assert origins.label(one) == Label(False, "tool look, call find-1", one)


def test_a_result_may_be_a_model_a_list_or_a_single_value() -> None:
    class Row(BaseModel):
        first: str

    origins = Origins()
    origins.from_result(a_tool("*.first"), "a-1", [Row(first="C-1")])
    origins.from_result(a_tool("*"), "a-2", "C-2")
    origins.from_result(a_tool(), "a-3", "C-3")
    assert [origins.label(one).trusted for one in ("C-1", "C-2", "C-3")] == [True, True, False]


def test_a_snapshot_brings_everything_back() -> None:
    origins = known(ANN, 7)
    origins.from_result(a_tool("people.*.mail"), "find-1", RESULT)
    again = Origins.of(json.loads(json.dumps(origins.snapshot())))
    assert again.snapshot() == origins.snapshot()
    for value in (ANN, 7, BOB, EVIL, [ANN, EVIL]):
        assert again.label(value) == origins.label(value)
    again.trust(EVIL, "plan")
    assert not origins.label(EVIL).trusted


def test_hosts_are_those_of_trusted_links_only() -> None:
    origins = known("https://House.example/a", "http://[::1]:80/", "https://h:81/", "other.example", ANN)
    origins.see("https://evil.example/", "tool read, call a-1")
    assert origins.hosts() == {"house.example", "::1", "h"}


def test_many_threads_may_learn_and_ask_at_once() -> None:
    origins = Origins()

    def work(number: int) -> None:
        for index in range(100):
            origins.trust(f"{number}-{index}", "plan")
            origins.see(f"seen-{number}-{index}", "tool x")
            origins.snapshot()
            assert origins.label(f"{number}-{index}").trusted

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(origins.snapshot()["trusted"]) == len(origins.snapshot()["seen"]) == 400


def test_a_key_of_what_was_read_is_kept_with_where_it_was_read() -> None:
    origins = Origins()

    origins.see({"eve@evil.example": 3}, "tool read, call a-1")

    assert origins.label("eve@evil.example").origin == "tool read, call a-1"


def test_the_origin_of_several_values_is_that_of_the_first() -> None:
    origins = Origins()
    origins.trust("ada@house.example", "directory")
    origins.trust("bob@house.example", "goal")

    assert origins.label(["ada@house.example", "bob@house.example"]).origin == "directory"
    assert origins.label(["bob@house.example", "ada@house.example"]).origin == "goal"


def test_an_empty_text_is_not_trusted_whatever_is() -> None:
    origins = Origins()
    origins.trust(["", "ada@house.example"], "directory")

    assert not origins.label("").trusted
    assert not origins.label([""]).trusted


def test_a_list_of_links_in_one_text_is_trusted_link_by_link() -> None:
    origins = Origins()

    origins.trust("https://house.example/a, https://house.example/b", "config")

    assert origins.label("https://house.example/b").trusted
    assert not origins.label("https://house.example.evil.example/b").trusted


def test_the_values_of_a_set_come_in_one_order_and_those_of_a_list_in_theirs() -> None:
    assert [value for _, value in leaves({"b", "c", "a"})] == ["a", "b", "c"]
    assert [value for _, value in leaves(["b", "c", "a"])] == ["b", "c", "a"]


def test_a_text_of_the_longest_length_is_still_somebodys_name() -> None:
    origins = Origins()
    name = "x" * LONGEST

    origins.see(name, "tool read, call a-1")

    assert origins.label(name).origin == "tool read, call a-1"
