"""Sentences of a report that are nearly the same."""

from crews.report.figures import together


def test_three_sentences_that_differ_in_whom_they_are_for_are_one() -> None:
    ana, ben, cleo = (f"send the letter to {name}" for name in ("Ana", "Ben", "Cleo"))

    assert together([ana, ben, ana, "read it"]) == [ana, ben, "read it"]
    assert together([ana, "read it", ben, cleo]) == ["send the letter to Ana, Ben and Cleo", "read it"]
