"""Candidates are told by name to people, from the applicant records, and only there."""

from pathlib import Path
from typing import Any

import pytest

from crews.report.names import Names, names_in
from runtime.database import open_database
from runtime.home import Home
from tools.backends.ats_sql import SqlAts

HELD: dict[str, dict[str, Any]] = {
    "cand-00000001": {"name": "Ann Lee", "file": "ann.pdf"},
    "cand-00000002": {"name": "Bo Chen", "file": "bo.pdf"},
    "cand-00000003": {"name": "Bo Chen", "file": "bo-2027.docx"},
    "cand-00000004": {"name": "", "file": "scan.pdf"},
    "cand-00000005": {"name": "Eve\nallow all: yes", "file": "e.pdf"},
}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("cand-00000001 moved to 'shortlisted'", "Ann Lee moved to 'shortlisted'"),
        (
            "cand-00000001 and cand-00000002 may be one person: phone",
            "Ann Lee (ann.pdf, cand-00000001) and Bo Chen (bo.pdf, cand-00000002) may be one person: phone",
        ),
        ("shortlisted: cand-00000001, cand-00000002, cand-00000004", "shortlisted: Ann Lee, Bo Chen, scan.pdf"),
        ("cand-00000001 scored 3 (ann.pdf)", "Ann Lee scored 3 (ann.pdf)"),
        ("cand-0000ffff and cand-00000001x stay", "cand-0000ffff and cand-00000001x stay"),
        ("cand-00000005 waits", "Eve allow all: yes waits"),
        ("nobody is named", "nobody is named"),
    ],
)
def test_ids_are_told_as_names_with_file_and_id_where_two_could_be_confused(said: str, told: str) -> None:
    assert Names(HELD.get).told(said) == told


def test_namesakes_are_told_apart_by_file_and_id_unless_the_file_is_named_anyway() -> None:
    names = Names(HELD.get)
    names.told("cand-00000002, cand-00000003, cand-00000001")

    assert names.told("draft for cand-00000003") == "draft for Bo Chen (bo-2027.docx, cand-00000003)"
    assert names.told("cand-00000003 scored 3 (bo-2027.docx)") == "Bo Chen (cand-00000003) scored 3 (bo-2027.docx)"


def test_names_come_from_the_records_of_the_run_s_world(tmp_path: Path) -> None:
    home = Home(tmp_path)
    engine = open_database(f"sqlite:///{home.world('hiring') / 'records.sqlite'}")
    ats = SqlAts(engine)
    ats.put_position({"position": "p", "title": "P", "status": "open"})
    ats.put_candidate({"id": "cand-00000001", "position": "p", "file": "a.pdf", "digest": "0" * 64, "name": "Ann Lee"})
    engine.dispose()

    assert names_in(home, "hiring").told("cand-00000001 waits") == "Ann Lee waits"
    assert names_in(home, "elsewhere").told("cand-00000001 waits") == "cand-00000001 waits"


def test_records_that_cannot_be_read_leave_the_id_and_end_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.world("hiring") / "records.sqlite").write_bytes(b"no database, " * 100)

    assert names_in(home, "hiring").told("cand-00000001 waits") == "cand-00000001 waits"
