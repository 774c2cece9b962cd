"""Scores by rule: each point has its words, the undated is unknown, and nobody's name or file format counts."""

from datetime import date
from functools import cache
from math import floor
from pathlib import Path

import pytest

from runtime.canonical import plain
from scenarios.recruiting.fixtures.candidates import CANDIDATES, Candidate
from scenarios.recruiting.scoring import score
from tests.tools.resume_files import world_with
from tools.candidates import Recorded, find_duplicates, record_candidate
from tools.documents import read_resume
from tools.resumes.job import Job, load_job
from tools.resumes.paper import Paper, WorkEntry, numbering
from tools.resumes.read import read_file
from tools.resumes.scores import Score, mistakes

WORLD = Path(__file__).parents[2] / "scenarios" / "recruiting" / "world"
TODAY = date(2027, 3, 8)
READABLE = [one for one in CANDIDATES if one.grade != "unreadable"]


@cache
def _job() -> Job:
    return load_job(WORLD / "job.yaml")


@cache
def _paper(file: str) -> Paper:
    return read_file(file, (WORLD / "resumes" / file).read_bytes(), TODAY).paper


def _scores(paper: Paper) -> dict[str, Score]:
    return {one.criterion: one for one in score(_job(), paper)}


def _written(*lines: str, work: tuple[WorkEntry, ...] = ()) -> Paper:
    return Paper(candidate="cand-00000000", file="cv.txt", status="ok", lines=numbering(list(lines)), work=work)


def _name(one: Candidate) -> str:
    return one.file


@pytest.mark.parametrize("one", READABLE, ids=_name)
def test_every_score_of_the_demo_stands_up_to_the_check_that_models_must_pass(one: Candidate) -> None:
    paper = _paper(one.file)

    assert mistakes(score(_job(), paper), _job(), paper.numbered()) == []


@pytest.mark.parametrize("one", READABLE, ids=_name)
def test_evidence_is_found_for_what_a_fair_reader_finds_and_for_nothing_else(one: Candidate) -> None:
    assert {criterion for criterion, found in _scores(_paper(one.file)).items() if found.quote} == one.met


@pytest.mark.parametrize("one", READABLE, ids=_name)
@pytest.mark.statement("recruiting", 1)
def test_years_of_python_earn_points_in_proportion_and_undated_years_are_unknown(one: Candidate) -> None:
    points = _scores(_paper(one.file))["python"].points

    if not one.python_years:
        assert points is None
    else:
        assert points is not None
        assert floor(25 * min(1, one.python_years / 4)) <= points <= floor(25 * min(1, (one.python_years + 1) / 4))


def test_the_strong_come_out_above_the_middling_and_those_above_the_weak() -> None:
    musts = {"python": 25, "sql": 20}

    def standing(one: Candidate) -> tuple[bool, float]:
        scores = _scores(_paper(one.file))
        met = all(scores[criterion].points == most for criterion, most in musts.items())
        return met, sum(found.points or 0 for found in scores.values())

    ranked = sorted((one for one in READABLE if one.grade != "undated"), key=standing, reverse=True)
    grades = [one.grade for one in ranked]
    assert grades == sorted(grades, key=["strong", "middling", "weak"].index)


def test_a_paper_that_could_not_be_read_gets_no_scores() -> None:
    assert score(_job(), _paper("Scan_2027-01-18.pdf")) == []


def test_the_same_person_gets_the_same_points_from_pdf_and_from_word() -> None:
    one, other = (_scores(_paper(file)) for file in ("CV Gabriela Fontes Moreira.pdf", "gfmoreira_2027.docx"))

    assert {key: found.points for key, found in one.items()} == {key: found.points for key, found in other.items()}


@pytest.mark.statement("recruiting", 11)
def test_another_name_and_other_pronouns_change_no_score() -> None:
    body = (WORLD / "resumes" / "marcus_adeyemi.txt").read_text(encoding="utf-8")
    other = body.replace("MARCUS ADEYEMI", "FATIMA AL-RASHID").replace("marcus.adeyemi@", "f.alrashid@")
    papers = [read_file("cv.txt", text.encode(), TODAY).paper for text in (body, other.replace("madeyemi", "fatima"))]

    assert papers[0].lines == papers[1].lines
    assert score(_job(), papers[0]) == score(_job(), papers[1])


def test_nosql_is_not_sql_and_what_is_denied_does_not_count() -> None:
    paper = _written("NoSQL for years", "no experience with Snowflake", "I want to learn BigQuery", "not only Kafka")

    scores = _scores(paper)
    assert (scores["sql"].points, scores["sql"].quote) == (None, "")
    assert scores["streaming"].points == 20


def test_positions_held_side_by_side_are_counted_once() -> None:
    work = (
        WorkEntry(start="2023-01", end="2024-12", lines=(1, 1), years=2.0),
        WorkEntry(start="2024-01", end="2024-12", lines=(2, 2), years=1.0),
    )

    assert _scores(_written("Python here", "Python there", work=work))["python"].points == floor(25 * 2 / 4)


def test_only_positions_that_mention_the_term_count_as_its_years() -> None:
    work = (
        WorkEntry(start="2015-01", end="2024-12", lines=(1, 1), years=10.0),
        WorkEntry(start="2025-01", end="2025-12", lines=(2, 2), years=1.0),
    )
    found = _scores(_written("Java", "- Python, at last", work=work))["python"]

    assert (found.points, found.line, found.quote) == (6, 2, "Python, at last")


def test_a_term_among_the_skills_alone_says_nothing_of_years() -> None:
    work = (WorkEntry(start="2015-01", end="2024-12", lines=(1, 1), years=10.0),)
    found = _scores(_written("Java", "Python, SQL", work=work))["python"]

    assert (found.points, found.line) == (None, 2)


def test_a_long_line_is_quoted_in_part_and_still_stands() -> None:
    line = "word " * 60 + "and then PostgreSQL came " + "word " * 60
    found = _scores(_written(line.strip()))["sql"]

    assert len(found.quote) <= 200
    assert "PostgreSQL" in found.quote
    assert found.quote in line


def test_the_whole_demo_is_recorded_once_and_the_one_who_applied_twice_is_found(tmp_path: Path) -> None:
    files = {path.name: path.read_bytes() for path in (WORLD / "resumes").iterdir()}
    world = world_with(tmp_path, files, (WORLD / "job.yaml").read_text(encoding="utf-8"))

    def record_all() -> list[Recorded]:
        papers = [Paper.model_validate(plain(read_resume(file, world=world))) for file in sorted(files)]
        return [record_candidate(paper.file, plain(score(_job(), paper)), world=world) for paper in papers]

    first, again = record_all(), record_all()
    people = {one["id"]: one for one in world.ats.candidates(_job().position)}
    (pair,) = find_duplicates(world=world)
    assert len(people) == len(files)
    assert (all(one.changed for one in first), any(one.changed for one in again)) == (True, False)
    assert sorted(people[one.candidate]["file"] for one in first if one.waits_for_person) == [
        "Dylan_Mercer_Resume.pdf",
        "Scan_2027-01-18.pdf",
        "vsethi_cv_protected.pdf",
    ]
    assert {people[one]["name"] for one in (pair.first, pair.second)} == {"Gabriela Fontes Moreira"}
    assert pair.why == "phone, name and employer"
