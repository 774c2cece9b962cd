"""YAML is read by one set of rules, and every word keeps its place."""

from pathlib import Path
from typing import Any

import pytest

from runtime.yamlfile import Place, load_yaml, parse_yaml


def said(text: str) -> list[str]:
    return [str(one) for one in parse_yaml(text, "f.yaml").problems]


def test_every_key_and_value_keeps_its_line_and_column() -> None:
    located = parse_yaml("one:\n  two: [a, b]\n  'três': c\n", "f.yaml")

    assert located.data == {"one": {"two": ["a", "b"], "três": "c"}}
    assert located.place(("one", "two"), key=True) == Place(2, 3)
    assert located.place(("one", "two", 1)) == Place(2, 12)
    assert located.place(("one", "três")) == Place(3, 11)


def test_an_element_of_a_list_is_found_by_its_text() -> None:
    located = parse_yaml("tools: [look, note]\n", "f.yaml")

    assert located.place(("tools", "note")) == Place(1, 15)


def test_what_is_not_written_is_placed_at_the_key_around_it() -> None:
    located = parse_yaml("a: 1\nwriter:\n  role: Writer\n", "f.yaml")

    assert located.place(("writer", "goal")) == Place(2, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("012", "012"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("10:30", "10:30"),
        ("2027-03-15", "2027-03-15"),
        ("2027-13-45", "2027-13-45"),
        ("'no'", "no"),
        ('"12"', "12"),
        ("=", "="),
    ],
)
def test_a_bare_word_has_one_meaning(text: str, value: Any) -> None:
    located = parse_yaml(f"a: {text}\n", "f.yaml")

    assert located.problems == ()
    assert located.data["a"] == value
    assert type(located.data["a"]) is type(value)


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off"])
def test_a_word_that_readers_of_yaml_disagree_on_is_a_problem(word: str) -> None:
    [problem] = parse_yaml(f"a: {word}\n", "f.yaml").problems

    assert problem.where == "f.yaml:1:4"
    assert problem.message.startswith(f"a bare '{word}' is")


def test_all_mistakes_of_a_file_are_found_at_once() -> None:
    assert said("1: a\nb: x\nb: y\n[c]: d\nnull: e\non: f\n? {g: h}\n: i\n") == [
        "f.yaml:1:1: the key 1 is not text; put it in quotes",
        "f.yaml:3:1: the key 'b' is given twice; it stands in line 2 already",
        "f.yaml:4:1: a key must be text, not a list or a mapping; put text with braces in quotes",
        "f.yaml:5:1: the key null is not text; put it in quotes",
        "f.yaml:6:1: a bare 'on' is true to some and text to others; write true, or \"on\" in quotes for the word",
        "f.yaml:7:3: a key must be text, not a list or a mapping; put text with braces in quotes",
    ]


def test_an_alias_gives_the_same_value_again() -> None:
    located = parse_yaml("a: &tools [look]\nb: *tools\n", "f.yaml")

    assert located.data == {"a": ["look"], "b": ["look"]}
    assert located.problems == ()


def test_a_value_that_holds_itself_is_refused() -> None:
    assert said("a: &a [*a]\n") == [
        "f.yaml:1:4: a value holds itself; write the value out in place of the '*' alias",
    ]


def test_aliases_cannot_blow_a_small_file_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{one}: &a{one} [{', '.join([f'*a{one - 1}'] * 8)}]" for one in range(1, 9)]

    assert said("\n".join(lines)) == ["f.yaml:1:1: the file is too deep or too large to be meant"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here; write one document to a file"),
        ("a: *b\n", "f.yaml:1:4: this alias names no anchor; write the value out, or put text with '*' in quotes"),
        ("a: &x 1\nb: &x 2\n", "f.yaml:2:4: this anchor is given twice; give each '&' anchor a name of its own"),
        ("a: @home\n", "f.yaml:1:4: a value cannot begin with '@'; put the text in quotes"),
        ("a: 1\nb 2\nc: 3\n", "f.yaml:3:1: the key in the line above has no colon; write 'key: value'"),
        ("a: {x: 1\nb: 2\n", "f.yaml:1:4: the '{' that opens here is not closed; close it with '}'"),
        ("a: \x07\n", "f.yaml:1:4: the character U+0007 cannot stand in YAML; remove it"),
        ("a: !int 3\n", "f.yaml:1:4: tags ('!int') are not used here; remove it"),
        ("[" * 5000, "f.yaml:2:1: a value is missing here; write it, or put text with signs in quotes"),
        (
            "%YAML 9.9\n---\na: 1\n",
            "f.yaml:1:1: found incompatible YAML document; check the indentation and the quotes",
        ),
    ],
)
def test_what_is_not_yaml_is_said_in_plain_words(text: str, problem: str) -> None:
    located = parse_yaml(text, "f.yaml")

    assert problem in map(str, located.problems)
    assert len(located.problems) == 1


def test_a_file_that_is_not_utf8_is_placed_at_its_first_wrong_byte(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes("a: 1\nname: René\n".encode("latin-1"))

    [problem] = load_yaml(tmp_path / "f.yaml", "f.yaml").problems

    assert str(problem) == "f.yaml:2:10: this is not UTF-8; save the file as UTF-8"


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")

    assert load_yaml(tmp_path / "f.yaml").data == {"a": 1}


def test_a_missing_file_and_a_folder_are_problems_and_not_crashes(tmp_path: Path) -> None:
    missing, folder = load_yaml(tmp_path / "no.yaml", "no.yaml"), load_yaml(tmp_path, "folder")

    assert [str(one) for one in missing.problems] == ["no.yaml: there is no such file"]
    assert [str(one) for one in folder.problems] == ["folder: cannot be read: Is a directory"]
    assert not missing.readable
    assert not folder.readable
