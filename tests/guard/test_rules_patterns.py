"""Patterns in rules: the safe ones match whole texts, the others are refused with a way out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.patterns import LONGEST, Unsafe, check_pattern, matches


@pytest.mark.parametrize(
    "pattern",
    [
        "cand-[0-9a-f]{8}",
        "[a-z]+",
        "[^@/]+@house\\.example",
        "(?:INV|BILL)-\\d{4}",
        "(ab)+c?",
        "a{2}b{2,}c{0,3}",
        "(draft)?s/[\\w.]{1,20}\\.(md|txt)",
        "[\\]\\-a]",
        "a||b",
        "a*a*",
        "a{100}a*a*",
        "a{1,201}a*",
        "a+a{0,201}",
        "(a*){1}a*",
        ".*x.*",
    ],
)
def test_a_safe_pattern_is_taken(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("", "it is empty"),
        ("^a$", "'^' is not needed"),
        ("a$", "'$' is not needed"),
        ("(a+)+", "repeats a group that repeats or chooses inside"),
        ("(a|a)*", "repeats a group that repeats or chooses inside"),
        ("(a?){9}", "repeats a group that repeats or chooses inside"),
        ("((ab)*c){2,}", "repeats a group that repeats or chooses inside"),
        ("a*a*a*b", "too long to match"),
        ("(a*b)?c*d*", "too long to match"),
        ("a{1,99}a{1,99}a{1,99}b", "too long to match"),
        ("a*a{0,201}", "too long to match"),
        ("a+a{0,202}", "too long to match"),
        ("a{2,}a*a*", "too long to match"),
        ("(a*)?a*", "too long to match"),
        ("(a|b){2}", "repeats a group that repeats or chooses inside"),
        ("a**", "a quantifier follows another"),
        ("a*?", "a quantifier follows another"),
        ("a++", "a quantifier follows another"),
        ("*a", "repeats nothing here"),
        ("a|*b", "repeats nothing here"),
        ("(?:*a)", "repeats nothing here"),
        ("a{,3}", "begins no count"),
        ("a{3,2}", "can never be"),
        ("(a", "is not closed"),
        ("a)", "closes nothing"),
        ("(?=a)", "'(?' is not used here"),
        ("(?P<x>a)", "'(?' is not used here"),
        ("(a)\\1", "'\\1' is not used here"),
        ("\\bword", "'\\b' is not used here"),
        ("a\\", "is not used here"),
        ("[a", "cannot be read"),
        ("[]", "cannot be read"),
        ("[[a]", "cannot be read"),
        ("[a--b]", "cannot be read"),
        ("[a&&b]", "cannot be read"),
        ("[a~~b]", "cannot be read"),
        ("[a||b]", "cannot be read"),
        ("[z-a]", "no regular expression"),
    ],
)
def test_any_other_pattern_is_refused_with_its_reason(pattern: str, problem: str) -> None:
    with pytest.raises(Unsafe, match=re.escape(problem)):
        check_pattern(pattern)


def test_the_whole_text_has_to_match_and_long_texts_are_not_tried() -> None:
    assert matches("a+", "aaa") is True
    assert matches("a+", "aab") is False
    assert matches("a+", "aaa\n") is False
    assert matches("\\d", "\u0663") is False
    assert LONGEST == 200
    assert matches("a+", "a" * LONGEST) is True
    assert matches("a+", "a" * (LONGEST + 1)) is None


def test_a_pattern_that_was_refused_is_not_matched_either() -> None:
    with pytest.raises(Unsafe, match="repeats a group"):
        matches("(a+)+", "a")


@pytest.mark.parametrize("pattern", ["a*a*b", "(a|aa)a*a{1,99}b", "(?:a*)?a*b"])
def test_the_worst_that_is_taken_does_not_hang(pattern: str) -> None:
    try:
        check_pattern(pattern)
    except Unsafe:
        return
    assert matches(pattern, "a" * LONGEST) is False


@given(st.text(alphabet="ab()[]|*+?{}2,.\\d^$-", max_size=12))
def test_whatever_is_taken_can_be_matched(pattern: str) -> None:
    try:
        check_pattern(pattern)
    except Unsafe:
        return
    assert matches(pattern, "ab" * (LONGEST // 2)) in (True, False)
