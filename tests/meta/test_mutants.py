"""Which mistakes the measurement of our tests makes, and that it makes one at a time."""

import os
import subprocess
import sys
from pathlib import Path

import yaml

from benchmarks.mutants import TABLE
from benchmarks.mutation import mutants
from tests.meta.pages import ROOT

SOURCE = '''
"""A module."""

def fits(size: int, most: "int" = 3) -> bool:
    """Whether it does."""
    if size < 0 or not most:
        raise ValueError(f"no {size}")
    return size + 1 <= most
'''


def test_each_mistake_is_listed_with_its_line_and_words_are_left_alone() -> None:
    found = [(one.line, one.what) for one in mutants(SOURCE)]

    assert sorted(found) == [
        (4, "3  ->  4"),
        (6, "0  ->  1"),
        (6, "if size < 0 or not most:  ->  if not (size < 0 or not most):"),
        (6, "if size < 0 or not most:  ->  pass"),
        (6, "not most  ->  most"),
        (6, "size < 0  ->  size <= 0"),
        (6, "size < 0  ->  size >= 0"),
        (6, "size < 0 or not most  ->  not most"),
        (6, "size < 0 or not most  ->  size < 0"),
        (6, "size < 0 or not most  ->  size < 0 and (not most)"),
        (7, "raise ValueError(f'no {size}')  ->  pass"),
        (8, "1  ->  2"),
        (8, "return size + 1 <= most  ->  return None"),
        (8, "size + 1  ->  size - 1"),
        (8, "size + 1 <= most  ->  size + 1 < most"),
        (8, "size + 1 <= most  ->  size + 1 > most"),
    ]


def test_a_mutant_differs_in_that_one_thing() -> None:
    [other] = [one for one in mutants(SOURCE) if one.what == "size + 1 <= most  ->  size + 1 > most"]
    whole: dict[str, object] = {}
    exec(other.code(SOURCE, Path("fits.py")), whole)
    fits = whole["fits"]

    assert callable(fits)
    assert (fits(1), fits(3)) == (False, True)


def test_every_module_that_allows_something_has_its_tests_named() -> None:
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    modules = [one for one in sorted((ROOT / "guard").glob("*.py")) if mutants(one.read_text(encoding="utf-8"))]

    assert list(table["tests"]) == [str(one.relative_to(ROOT)) for one in modules]
    assert [one for tests in table["tests"].values() for one in tests if not (ROOT / one).is_file()] == []


def test_what_is_listed_as_no_change_is_a_mutant_that_there_is_and_says_why() -> None:
    for module, listed in yaml.safe_load(TABLE.read_text(encoding="utf-8"))["equal"].items():
        known = {(one.text, one.what) for one in mutants((ROOT / module).read_text(encoding="utf-8"))}
        assert [one for one in listed if (one["line"], one["change"]) not in known] == [], module
        assert all(one["why"] for one in listed)


SIZE = "MOST = 3\nLEAST = 1\n\n\ndef fits(size):\n    return LEAST <= size and size <= MOST\n"
TEST = """from tools.size import fits


def test_three_fit():
    assert [fits(one) for one in (2, 3, 4)] == [True, True, False]
"""


def test_a_mutant_is_noticed_on_loading_and_in_a_function_and_what_is_not_is_listed(tmp_path: Path) -> None:
    for name, text in {"tools/size.py": SIZE, "tests/test_size.py": TEST}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).with_name("__init__.py").touch()
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.mutants", "tools/size.py", "--tests", "tests/test_size.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    told = [
        subprocess.run(
            [*command, "--keep", "kept"], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]
    assert [one.strip().removeprefix("tools/size.py:") for one in told[0].splitlines() if one.startswith("  ")] == [
        "2  1  ->  2",
        "6  LEAST <= size and size <= MOST  ->  size <= MOST",
        "6  LEAST <= size  ->  LEAST < size",
    ]
    assert told[0].splitlines()[-1].split() == ["all", "12", "12", "9", "75.0", "%", "0", "75.0", "%"]
    assert told[1] == told[0], "what nobody noticed is tried again, and the rest is kept"
    assert len((tmp_path / "kept").read_text(encoding="utf-8").splitlines()) == 15
