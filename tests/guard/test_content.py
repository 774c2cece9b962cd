"""Findings in outgoing content: hidden characters, people, code, size, and where each stands."""

import base64
from typing import Any

import pytest
from pydantic import BaseModel

from guard.content import LONGEST, Finding, findings
from guard.disguise import bare, hidden, spelled, visible

PARTIES = {"Ann Lee", "ann@house.example", "+49 30 1234567"}
OTHERS = {"Bob Stone", "Ann Lee", "Zoë van der Berg", "bob@house.example", "+49 30 99887766", "Cher"}
CODE = base64.b64encode(bytes(range(60))).decode()


def found(content: Any, **changed: Any) -> tuple[Finding, ...]:
    given: dict[str, Any] = {
        "parties": PARTIES,
        "trusted_hosts": {"house.example"},
        "secrets": (),
        "others": OTHERS,
        "limit": 10_000,
    }
    return findings(content, **{**given, **changed})


def shown(content: Any, kind: str) -> list[str]:
    return [one.shown for one in found(content) if one.kind == kind]


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ann Lee,\n\tthank you! We meet 2027-03-15, 10:30-11:00 (UTC+01:00), at https://house.example/room?x=1.",
        "Write to ann@house.example or call 030 1234567 or +49 (0)30 1234567.",
        "Python 3.11.7, e.g. report.pdf; i.e. 12.50 EUR. Mr.Smith said so. Stone is hard, says Bob. Cher sings.",
        "family 👨‍👩‍👧 ❤️ 1️⃣ می‌خواهم क्‍ष Zoë naïve 日本 “quoted” – …",
        "this-is-a-very-long-slug-of-words-that-people-would-like-to-read-in-a-link-really-2027",
        "-" * 80 + "=" * 80 + "_" * 70,
        "",
    ],
)
def test_an_honest_text_has_no_findings(text: str) -> None:
    assert found(text) == ()


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("pay\u200bnow", "zero-width"),
        ("pay\u200dnow", "zero-width"),
        ("soft\u00adhyphen", "zero-width"),
        ("pay\u202enow", "direction"),
        ("\u2066pay\u2069", "direction"),
        ("a\U000e0061", "tag"),
        ("a\ufe0f", "selector"),
        ("a\U000e0101", "selector"),
        ("a\ue000", "private"),
        ("a\U00100000", "private"),
        ("a\x00b", "control"),
        ("a\x1b[2K", "control"),
        ("a\x85b", "control"),
        ("a\u2028b", "control"),
        ("a\ud800", "control"),
    ],
)
def test_characters_that_are_not_seen_are_asked_about(text: str, sort: str) -> None:
    (finding,) = found({"body": text})
    assert (finding.kind, finding.where, finding.severity) == ("hidden", "body", "ask")
    assert sort in finding.shown
    assert {one.sort for one in hidden(text)} == {sort}


def test_what_hidden_characters_spell_is_said() -> None:
    tags = "hi" + "".join(chr(0xE0000 + ord(one)) for one in "send it")
    selectors = "hi" + "".join(chr(0xE0100 + ord(one) - 16) for one in "send it")
    assert "they spell 'send it'" in shown(tags, "hidden")[0]
    assert "they spell 'send it'" in shown(selectors, "hidden")[0]
    assert spelled("plain") == ""


def test_hidden_characters_can_be_taken_out_or_shown() -> None:
    assert bare("a\u200bb\ufe0f c") == "ab c"
    assert visible("a\u200b é\n\u202e") == "a\\u{200b} é\\u{a}\\u{202e}"


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("and Bob Stone too", "bob stone"),
        ("and BOB\nSTONE too", "bob stone"),
        ("and Bo\u200bb Stone too", "bob stone"),
        ("Stone, Bob is out", "stone bob"),
        ("zoe van der berg", "zoe van der berg"),
        ("bob@house.example", "bob@house.example"),
        ("mailto:bob@house.example", "bob@house.example"),
        ("<stranger@house.example>", "stranger@house.example"),
        ("+49 30 99887766", "+493099887766"),
        ("call +44 20 7946 0958", "+442079460958"),
        ("call 030 99887766", "a number that ends in 766"),
    ],
)
def test_data_of_people_who_are_no_party_are_asked_about(text: str, person: str) -> None:
    findings_of = [one for one in found({"note": text}) if one.kind == "person"]
    assert person in [one.shown for one in findings_of]
    assert {(one.where, one.severity) for one in findings_of} == {("note", "ask")}


def test_a_person_who_becomes_a_party_is_no_finding() -> None:
    text = "Bob Stone, bob@house.example, +49 30 99887766, 030 99887766"
    assert found(text, parties={"Bob Stone", "Bob <BOB@house.example>", "0049 30 99887766"}) == ()


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        f"see {CODE} there",
        bytes(range(30, 64)).hex(),
        bytes(range(30, 64)).hex(" "),
        bytes(range(30, 64)).hex(":"),
        " ".join(CODE[at : at + 8] for at in range(0, 80, 8)),
        "\n".join(CODE[at : at + 20] for at in range(0, 80, 20)),
        CODE[:30] + "\u200b" + CODE[30:],
    ],
)
def test_long_code_is_asked_about(text: str) -> None:
    (finding,) = [one for one in found({"body": text}) if one.kind == "encoded"]
    assert (finding.where, finding.severity) == ("body", "ask")


@pytest.mark.parametrize("text", [CODE[:59], bytes(range(30, 58)).hex(), " ".join((CODE[:28], "and", CODE[28:56]))])
def test_short_code_is_not(text: str) -> None:
    assert shown(text, "encoded") == []


@pytest.mark.parametrize(
    "text", ["data:text/plain,hello", "DATA:image/png;base64,iVBO", "![x](data:;charset=utf-8,hi)", "da\u200bta:,x"]
)
def test_a_file_inside_a_link_is_asked_about(text: str) -> None:
    assert len(shown(text, "data")) == 1
    assert shown("the data: a, b", "data") == []


def test_size_counts_over_everything_that_leaves() -> None:
    content = {"a": "x" * 30, "b": ["y" * 69]}  # and the two names
    assert found(content, limit=101) == ()
    assert found(content, limit=100) == (Finding("oversize", "", "101 characters, more than 100", "ask"),)


def test_what_is_too_long_to_look_through_does_not_leave() -> None:
    kinds = {(one.kind, one.where, one.severity) for one in found({"body": "x " * (LONGEST // 2) + "x"}, limit=10**9)}
    assert kinds == {("unread", "body", "deny")}


def test_each_finding_says_where_it_stands_and_denials_come_first() -> None:
    content = {
        "to": ["ann@house.example"],
        "parts": [{"text": "go to evil.com"}, {"bob stone": 1}, "sk-" + "a1" * 12, b"\0"],
    }
    assert [(one.kind, one.where, one.severity) for one in found(content)] == [
        ("secret", "parts.2", "deny"),
        ("link", "parts.0.text", "ask"),
        ("person", "parts.1", "ask"),
        ("hidden", "parts.3", "ask"),
    ]


def test_a_finding_in_a_model_says_in_which_of_its_fields_it_stands() -> None:
    class Note(BaseModel):
        body: str

    assert [(one.where, one.kind) for one in found(Note(body="go to evil.com"))] == [("body", "link")]


def test_a_text_full_of_findings_shows_some_of_them() -> None:
    assert len(shown(" ".join(f"evil{index}.com" for index in range(100)), "link")) == 20
    assert len(shown(" ".join(f"p{index}@else.example" for index in range(100)), "person")) == 20


def test_hidden_characters_are_counted_by_their_sort_and_what_they_spell_is_cut() -> None:
    assert shown("a\u200bb\u200bc\u202e", "hidden") == [
        "characters that are not seen: 1 direction, 2 zero-width",
    ]
    tags = "".join(chr(0xE0000 + ord(one)) for one in "x" * 61)
    assert shown(f"hi{tags}", "hidden") == [f"characters that are not seen: 61 tag; they spell '{'x' * 60}'"]


def test_a_file_inside_a_link_is_named_and_a_finding_is_cut() -> None:
    assert shown("data:text/plain,hello", "data") == ["a file inside a 'data:' link"]
    [link] = shown(f"https://{'a' * 60}.{'b' * 60}.{'c' * 60}.com/", "link")
    assert len(link) == 160


def test_each_name_in_nested_content_is_looked_at_once_and_where_it_stands() -> None:
    content = {"bob stone": [{"x": 1}, {"x": 2}], "a": {"bob stone": 1}}
    assert [(one.where, one.shown) for one in found(content)] == [("", "bob stone"), ("a", "bob stone")]
    assert found({"x" * 30: ["y" * 30, "z" * 40]}, limit=100) == ()
    assert len(found({"x" * 30: ["y" * 30, "z" * 40]}, limit=99)) == 1


def test_the_longest_text_that_is_looked_through() -> None:
    text = "x " * (LONGEST // 2)
    assert len(text) == LONGEST
    assert found({"": text}, limit=10**9) == ()
    assert [one.kind for one in found({"": text + "x"}, limit=10**9)] == ["unread"]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (CODE[:60], ["60 characters that no person reads"]),
        (f"({CODE[:60]})", ["60 characters that no person reads"]),
        (f"({'aB1cD2e3' * 8})", ["64 characters that no person reads"]),
        (f"({'aB1cD2e' * 9})", []),
        (f" {CODE[:59]}", []),
        (" | ".join([CODE[:30], CODE[30:60]]), []),
        (" ".join(["aB1c", "D2e3"] * 8), ["64 characters that no person reads"]),
        ("aB1cD2e3" * 8, ["64 characters that no person reads"]),
        ("aB1cD2e" * 9, []),
        (" ".join([CODE[:30], CODE[30:60]]), ["60 characters that no person reads"]),
        (" ".join([CODE[:30], CODE[30:59]]), []),
        (", ".join([CODE[:30], CODE[30:60]]), []),
        (" ".join(["aB1cD2e3"] * 8), ["64 characters that no person reads"]),
        (" ".join(["aB1cD2e"] * 9), []),
    ],
)
def test_code_is_told_by_its_length_and_its_variety(text: str, size: list[str]) -> None:
    assert shown(text, "encoded") == size
