"""Whatever the content is, looking through it ends, soon, and never repeats a secret."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.content import findings

SECRET = "Tr0ub4dor&3-horse"
PIECES = (
    *("a@x.org", "https://evil.com/", "[x](", ")", "<a href=", "%41", "\\x41", "&#65;", "QUJD", "41 ", "eyJa", "."),
    *("://", "sk-", "data:", ";base64,", "\u200b", "\u202e", "\U000e0041", "\ufe0f", "\ud800", "👨‍👩", "xn--", "[.]"),
    *("+49 30 1", "Bob Stone", "\n", " ", "-----BEGIN ", "@", SECRET, SECRET[::-1]),
)
texts = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
contents: st.SearchStrategy[Any] = st.recursive(
    texts | st.integers() | st.floats() | st.booleans() | st.none() | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def found(content: Any, hosts: set[str], people: set[str]) -> Any:
    sets = {"parties": people, "trusted_hosts": hosts, "secrets": {SECRET}, "others": people | {"Bob Stone"}}
    return findings(content, **sets, limit=100)


@settings(max_examples=150, deadline=None)
@given(contents, st.sets(texts, max_size=2), st.sets(texts, max_size=2))
def test_no_content_is_too_odd_to_look_through(content: Any, hosts: set[str], people: set[str]) -> None:
    given_once = found(content, hosts, people)
    assert given_once == found(content, hosts, people)
    assert not any(SECRET in one.shown + one.where for one in given_once)
    assert all(one.shown.isprintable() for one in given_once)


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_a_secret_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    assert any(one.severity == "deny" for one in found(before + SECRET + after, set(), set()))


UNITS = "a.|eyJaa-|QUJD|http://|a@|[a](|6a |%41|aws |1 |\"'|<a href=|xn--a.|a:|awskey|a\u200b|\\x41|sk-|data:;|+49 "


@pytest.mark.parametrize("unit", UNITS.split("|"))
def test_a_long_hostile_text_is_looked_through_to_its_end(unit: str) -> None:
    findings_at_the_end = found(unit * (20_000 // len(unit)) + f" {SECRET}", {"house.example"}, {"Ann Lee"})

    assert any(one.severity == "deny" for one in findings_at_the_end)
