"""Which characters are not seen, and which only join or shape those that are."""

import pytest

from guard.disguise import bare, hidden, spelled, visible

MAN, WOMAN, HEART = "👨", "👩", "❤"


@pytest.mark.parametrize(
    "text",
    [
        f"{MAN}\u200d{WOMAN}",
        f"{WOMAN}\u200d{HEART}\ufe0f\u200d{MAN}",
        f"{HEART}\ufe0f",
        f"{HEART}\ufe0e",
        "1\ufe0f\u20e3 #\ufe0f\u20e3 *\ufe0f\u20e3",
        "می\u200cخواهم",
        "क\u094d\u200d",
        "क\u094d\u200d ",
        "\U0001f44b\U0001f3fd",
        f"\U0001f44b\U0001f3fd\u200d{WOMAN}",
        "a\tb\r\nc",
    ],
)
def test_what_joins_or_shapes_signs_is_in_its_place(text: str) -> None:
    assert list(hidden(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "\u200dab",
        "\ufe0fab",
        f"\ufe0f\u200d{MAN}",
        f"a\u200d{MAN}",
        f"ab\ufe0f\u200d{MAN}",
        f"{MAN}\u200cb",
        f"{MAN}\u200c{WOMAN}",
        f"{MAN}\u200d",
        f"{MAN}\u200db",
        "1\ufe0f",
        "a\ufe0f\u20e3",
        "م\u200cx",
        "x\u200cم",
        "x\u200c ",
        "x\u200c",
        f"\ufe0f{HEART}",
        "م\u200bم",
        f"{MAN}a\u200d{WOMAN}",
        "é\ufe0f",
        "^\ufe0f",
    ],
)
def test_the_same_characters_elsewhere_hide_something(text: str) -> None:
    assert list(hidden(text))


def test_each_hidden_character_is_told_with_its_place() -> None:
    assert [(one.at, one.character, one.sort) for one in hidden("a\u200bb\x00")] == [
        (1, "\u200b", "zero-width"),
        (3, "\x00", "control"),
    ]
    assert [bare(one) for one in ("a\x00b", "a\u3164b", "a\u202eb\x00")] == ["ab"] * 3
    assert [one.at for one in hidden(f"\ufe0f\u200d{MAN}")] == [0, 1]
    assert [one.at for one in hidden(f"ab\ufe0f\u200d{MAN}")] == [2, 3]


def test_selectors_spell_bytes_from_both_of_their_ranges() -> None:
    assert spelled("x" + "\U000e0139\U000e013a") == "IJ"
    assert spelled("x\ufe0f\U000e0139") == "I", "the first sixteen are bytes that no text has"
    assert spelled("x\U000e0139") == "", "one alone picks a look"
    assert spelled("\U000e016e\U000e016f") == "~", "126 is the last that is seen"
    assert spelled("\U000e0110\U000e0110") == "  "


def test_only_letters_digits_signs_and_marks_are_shown_as_they_are() -> None:
    assert visible("é日²€« ~") == "é日²€« ~"
    assert visible("\u3000\u0301\x7f\u2800") == "\\u{3000}\\u{301}\\u{7f}\\u{2800}"
