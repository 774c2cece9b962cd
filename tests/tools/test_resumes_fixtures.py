"""Every résumé of the recruiting world is read as a fair reader would read it."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from scenarios.recruiting.fixtures.candidates import CANDIDATES, INJECTION, Candidate
from tools.resumes.read import Reading, read_file

FOLDER = Path(__file__).parents[2] / "scenarios" / "recruiting" / "world" / "resumes"
TODAY = date(2027, 3, 8)

POSITIONS = {
    "cv_thora_bjornsdottir.pdf": 3,
    "Ananya_Krishnamurthy_Resume.pdf": 3,
    "Lukasz-Zak-CV.docx": 3,
    "marcus_adeyemi.txt": 3,
    "resume-hanh-nguyen.json": 2,
    "CV Gabriela Fontes Moreira.pdf": 2,
    "gfmoreira_2027.docx": 2,
    "Lebenslauf_Hartmann.pdf": 2,
    "Sunita_Pillai.pdf": 2,
    "Dylan_Mercer_Resume.pdf": 2,
    "OliverGrant.pdf": 2,
    "bewerbung-weiss.pdf": 2,
    "rohan_deshmukh.txt": 2,
    "rahimi-projects.pdf": 3,
    "jo_tanakaboyd.txt": 3,
    "Scan_2027-01-18.pdf": 0,
    "vsethi_cv_protected.pdf": 0,
}
STATUS = {"scanned PDF": "needs_ocr", "encrypted PDF": "needs_human"}
READABLE = [one for one in CANDIDATES if one.form not in STATUS]


def _name(one: Candidate) -> str:
    return one.file


@cache
def _reading(file: str) -> Reading:
    return read_file(file, (FOLDER / file).read_bytes(), TODAY)


def test_the_table_covers_every_file_of_the_world() -> None:
    assert set(POSITIONS) == {path.name for path in FOLDER.iterdir()}


@pytest.mark.parametrize("one", CANDIDATES, ids=_name)
def test_status_and_number_of_positions_are_right(one: Candidate) -> None:
    paper = _reading(one.file).paper

    assert (paper.status, len(paper.work)) == (STATUS.get(one.form, "ok"), POSITIONS[one.file])


@pytest.mark.parametrize("one", READABLE, ids=_name)
def test_name_mail_phone_and_zone_are_right(one: Candidate) -> None:
    basics = _reading(one.file).candidate.basics

    assert (basics.name, basics.email, basics.phone, basics.zone) == (one.name, one.mail, one.phone, one.zone)
    assert basics.location.city == one.city.partition(",")[0]


@pytest.mark.parametrize("one", READABLE, ids=_name)
def test_neither_name_nor_contact_data_is_left_in_the_paper(one: Candidate) -> None:
    paper = _reading(one.file).paper
    shown = paper.lines + "".join(f"{work.title} {work.employer}" for work in paper.work)

    for part in (*one.name.split(), one.name.upper(), one.mail, one.mail.partition("@")[0], one.phone[-4:]):
        assert part not in shown
    assert "[name]" in shown


@pytest.mark.parametrize("one", READABLE, ids=_name)
def test_title_and_employer_are_known_wherever_dates_are(one: Candidate) -> None:
    dated = [work for work in _reading(one.file).paper.work if work.start]

    assert all(work.title and work.employer and work.years for work in dated)
    assert bool(dated) == (one.python_years is not None)


def test_hidden_text_is_found_in_the_one_file_that_has_it_and_nowhere_else() -> None:
    found = {one.file: _reading(one.file).paper.findings for one in CANDIDATES}
    hiding = {file: findings for file, findings in found.items() if findings}

    assert list(hiding) == ["Dylan_Mercer_Resume.pdf"]
    (finding,) = hiding["Dylan_Mercer_Resume.pdf"]
    assert finding.text == INJECTION.replace("hr-list@collector.example", "[mail]")
    assert "previous instructions" not in _reading("Dylan_Mercer_Resume.pdf").paper.lines


@pytest.mark.statement("recruiting", 11)
def test_protected_attributes_are_masked_where_somebody_tells_them() -> None:
    lines = _reading("Lebenslauf_Hartmann.pdf").paper.lines

    for word in ("1984", "Ulm", "married", "Catholic", "children", "Nationality", "Lechner", "2006", "2011–2016"):
        assert word not in lines
    assert "Kontor Datentechnik, Augsburg | 2011–2018" in lines
