"""How lines become rows: nothing is lost, nothing is wider than the terminal, nothing in it can move the cursor."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.layout import Line, cells, fitted, laid_out, wrapped


def _rows(line: Line, width: int) -> list[str]:
    return ["".join(text for text, _ in row).rstrip() for row in laid_out(line, width)]


def test_text_wraps_under_its_own_beginning() -> None:
    assert _rows(Line("screen", "deed", "alpha beta gamma delta epsilon zeta eta theta"), 50) == [
        "screen      + alpha beta gamma delta epsilon zeta",
        "              eta theta",
    ]


def test_what_is_indented_stays_so_on_every_row_it_takes() -> None:
    assert list(wrapped("def f():\n    return alpha + beta + gamma", 24)) == [
        "def f():",
        "    return alpha + beta",
        "    + gamma",
    ]


def test_on_a_narrow_screen_the_gutter_becomes_a_row_of_its_own() -> None:
    assert _rows(Line("screen", "deed", "alpha beta"), 40) == ["screen", "+ alpha beta"]


def test_an_aside_stands_at_the_right_end_of_the_first_row() -> None:
    assert _rows(Line("screen", "done", "scored", aside="13 s"), 50) == ["screen      ✓ scored" + " " * 26 + "13 s"]


def test_a_cut_line_takes_one_row() -> None:
    [row] = _rows(Line("screen", "begin", "word " * 40, aside="researcher", cut=True), 60)

    assert row.endswith("…  researcher")
    assert len(row) == 60


def test_marks_have_a_plain_form_for_streams_without_them() -> None:
    rows = laid_out(Line("screen", "denied", "word " * 20, cut=True), 60, ascii_only=True)

    assert "".join(text for text, _ in rows[0]).isascii()


def test_wide_characters_take_two_columns() -> None:
    assert cells("日本") == 4
    assert cells("e\u0301") == 1
    assert fitted("日本語の履歴書", 7) == "日本語…"


@pytest.mark.parametrize("text", ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "a\rb", "\u202etxt.exe", "\x00\x08"])
def test_no_control_character_gets_through(text: str) -> None:
    shown = "".join(_rows(Line(text, "deed", f"before {text} after"), 80))

    assert shown.isprintable()
    assert "before" in shown
    assert "after" in shown


@given(some.text(), some.integers(min_value=20, max_value=120))
def test_every_row_fits_and_no_word_is_lost(text: str, width: int) -> None:
    rows = list(wrapped(text, width))

    assert all(cells(row) <= width for row in rows)
    assert "".join("".join(rows).split()) == "".join(text.split())
