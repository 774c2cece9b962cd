"""Which mistakes the measurement of our tests makes, and that it makes one at a time."""

from pathlib import Path

from benchmarks.mutation import mutants

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
