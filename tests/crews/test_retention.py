"""Whose time is up is erased, and nobody a day too early; rates are computed as the city's rules say."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from crews.config import load_config
from crews.fairness import Assessed, furthest, reached, read_demographics, tables
from crews.retention import due_on
from runtime.clock import FixedClock
from runtime.erased import Erased
from runtime.errors import ConfigError, UsageError
from runtime.subjects import Vault
from testkit.projects import CHECKOUT, make_project, with_scenarios

SCENARIO = "title: T\ngoal: G\ncrew: deputy\n{more}"


def with_retention(folder: Path, more: str) -> Path:
    project = with_scenarios(make_project(folder, settings=(CHECKOUT / "config" / "settings.yaml").read_text()))
    for name, text in (("hiring", more), ("other", "")):
        (project / "scenarios" / name).mkdir(parents=True)
        (project / "scenarios" / name / "scenario.yaml").write_text(SCENARIO.format(more=text))
    return project


def test_everybody_is_due_on_the_day_that_their_scenario_says_and_not_before(tmp_path: Path) -> None:
    config = load_config(with_retention(tmp_path / "project", "retention_days: 30\n"))
    vault = Vault(tmp_path / "subjects.sqlite", FixedClock(datetime(2027, 3, 1, 23, 30, tzinfo=UTC)))
    vault.know("cand-1", ["a@mail.example"], "hiring")
    vault.know("cand-2", ["b@mail.example"], "other")

    assert due_on(vault, config, date(2027, 3, 30)) == []
    assert [one.subjects for one in due_on(vault, config, date(2027, 3, 31))] == [("cand-1",)]


@pytest.mark.parametrize("wrong", ["0", "-1", "soon", "40000", "1.5"])
def test_a_retention_that_is_no_number_of_days_is_refused(tmp_path: Path, wrong: str) -> None:
    project = with_retention(tmp_path / "project", f"retention_days: {wrong}\n")

    with pytest.raises(ConfigError, match="retention_days"):
        load_config(project)


def test_who_was_erased_is_known_again_by_each_name_and_named_by_none(tmp_path: Path) -> None:
    erased = Erased(tmp_path)
    assert not erased.knows("jo@mail.example")
    erased.remember(["Jo@mail.example", "+49 1", ""], date(2027, 3, 1))
    erased.remember(["ann@mail.example"], date(2027, 3, 2))

    again = Erased(tmp_path)
    assert again.knows("nobody", "JO@mail.example")
    assert not again.knows(None, "", "mail.example")
    assert "mail" not in (tmp_path / "erased.jsonl").read_text()
    assert erased.lift("+49 1") == 1
    assert not again.knows("jo@mail.example")
    assert again.knows("ann@mail.example")
    assert erased.lift("+49 1") == 0


def one(name: str, stage: str, score: float | None) -> Assessed:
    return Assessed(name, "p", stage, reached(stage, "shortlisted"), score, None, "2027-03-01", "")


PEOPLE = [
    *(one(f"f{number}", "interview" if number < 3 else "screened", 80) for number in range(4)),
    *(one(f"m{number}", "interview" if number < 3 else "screened", 40) for number in range(6)),
    one("x", "hired", 100),
    one("y", "applied", None),
]
SAID = {
    **{f"f{number}": {"sex": "female", "race_ethnicity": "asian"} for number in range(4)},
    **{f"m{number}": {"sex": "male", "race_ethnicity": ""} for number in range(6)},
    "x": {"sex": "unknown", "race_ethnicity": "asian"},
}


def test_rates_and_ratios_are_those_of_the_citys_rules() -> None:
    by_sex, by_origin, by_both = tables(PEOPLE, SAID)

    female, male = by_sex.rates
    assert (female.people, female.selected, female.selection_rate, female.selection_ratio) == (4, 3, 0.75, 1.0)
    assert (male.people, male.selected, male.selection_rate) == (6, 3, 0.5)
    assert male.selection_ratio == pytest.approx(0.5 / 0.75)
    assert (female.scoring_rate, female.scoring_ratio, male.scoring_rate, male.scoring_ratio) == (1.0, 1.0, 0.0, 0.0)
    assert (by_sex.unknown, by_origin.unknown, by_both.unknown) == (2, 7, 8)
    assert [rate.category for rate in by_both.rates] == ["female / asian"]
    assert by_origin.rates[0].people == 5


def test_nobody_is_counted_where_nobody_said_anything_and_small_categories_are_marked() -> None:
    assert tables(PEOPLE, {})[0].rates == ()
    many = [replace(PEOPLE[0], candidate=str(number)) for number in range(100)]
    said = {str(number): {"sex": "female" if number else "male", "race_ethnicity": ""} for number in range(100)}

    assert {rate.category: rate.small for rate in tables(many, said)[0].rates} == {"female": False, "male": True}


def test_the_furthest_stage_counts_also_for_who_was_rejected_later() -> None:
    history = [{"before": "screened", "after": "interview"}, {"before": "interview", "after": "rejected"}]

    assert furthest("rejected", history) == "interview"
    assert furthest("withdrawn", []) == "applied"
    with pytest.raises(UsageError, match="nobody is selected by being 'rejected'"):
        reached("applied", "rejected")


def test_a_file_of_categories_is_refused_where_it_is_ambiguous(tmp_path: Path) -> None:
    path = tmp_path / "said.csv"
    path.write_text("candidate,gender\n")
    with pytest.raises(UsageError, match="no column sex, race_ethnicity"):
        read_demographics(path)
    path.write_text("candidate,sex,race_ethnicity\na, Female ,X\na,male,x\n")
    with pytest.raises(UsageError, match="'a' is there twice"):
        read_demographics(path)
    path.write_text("\ufeffcandidate,sex,race_ethnicity\na, Female ,X\n")
    assert read_demographics(path) == {"a": {"sex": "female", "race_ethnicity": "x"}}
