"""Applicant records behave the same on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, update

from runtime.clock import FixedClock
from runtime.database import open_database, write
from runtime.errors import CannotWork, UsageError
from testkit.postgres import Postgres
from tools.backends.ats_sql import SqlAts
from tools.backends.ats_tables import CANDIDATE

CLOCK = FixedClock(datetime(2026, 11, 23, 9, tzinfo=UTC))

Ann = {"id": "ann", "position": "backend", "file": "ann.pdf", "name": "Ann Lee", "mail": "ann@mail.example"}
Bob = {"id": "bob", "position": "backend", "name": "Bob Ray", "resume": {"skills": ["SQL"]}, "findings": ["white text"]}
Python = {"criterion": "python", "points": 8, "quote": "8 years of Python", "line": 12, "max": 10}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ats.sqlite'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.fixture
def ats(engine: Engine) -> SqlAts:
    return SqlAts(engine, CLOCK)


def test_a_position_comes_back_as_it_was_put(ats: SqlAts) -> None:
    backend = {
        "position": "backend",
        "title": "Backend engineer",
        "status": "confidential",
        "location": "Berlin",
        "opened": "2026-10-01",
    }

    assert ats.put_position(backend)

    assert ats.positions() == [backend]


def test_putting_the_same_again_changes_nothing_and_says_so(ats: SqlAts) -> None:
    position = {"position": "backend", "title": "Backend engineer"}

    assert [ats.put_position(position), ats.put_position(position)] == [True, False]
    assert [ats.put_candidate(Bob), ats.put_candidate(Bob)] == [True, False]
    assert [ats.put_scores("bob", [Python]), ats.put_scores("bob", [Python])] == [True, False]


def test_a_later_reading_changes_only_what_it_says(ats: SqlAts) -> None:
    ats.put_candidate(Ann)

    assert ats.put_candidate({"id": "ann", "position": "backend", "phone": "+49 30 1234"})

    stored = ats.candidate("ann")
    assert stored is not None
    assert (stored["phone"], stored["name"], stored["file"]) == ("+49 30 1234", "Ann Lee", "ann.pdf")


def test_reading_a_resume_again_does_not_move_the_candidate_back(ats: SqlAts) -> None:
    ats.put_candidate(Ann)
    ats.move("ann", "screened")

    assert not ats.put_candidate({**Ann, "stage": "applied"})

    assert [person["stage"] for person in ats.candidates("backend")] == ["screened"]


def test_candidates_come_by_id_with_their_own_scores_and_sums(ats: SqlAts) -> None:
    ats.put_candidate(Bob)
    ats.put_candidate(Ann)
    ats.put_candidate({"id": "cy", "position": "frontend"})
    ats.put_scores(
        "ann", [Python, {"criterion": "sql", "points": None, "max": 5}, {"criterion": "go", "points": 0.5, "max": 2}]
    )

    ann, bob = ats.candidates("backend")

    assert (ann["id"], ann["total"], ann["known"]) == ("ann", 8.5, 12)
    assert ann["scores"][1] == {"criterion": "python", "points": 8, "quote": "8 years of Python", "line": 12, "max": 10}
    assert ann["scores"][2] == {"criterion": "sql", "points": None, "quote": "", "line": None, "max": 5}
    assert (bob["id"], bob["total"], bob["known"], bob["scores"]) == ("bob", None, 0, [])
    assert (bob["resume"], bob["findings"]) == ({"skills": ["SQL"]}, ["white text"])


def test_a_candidate_of_whom_everything_is_unknown_has_no_total(ats: SqlAts) -> None:
    ats.put_candidate(Ann)
    ats.put_scores("ann", [{"criterion": "sql", "points": None, "max": 5}])

    assert [(person["total"], person["known"]) for person in ats.candidates("backend")] == [(None, 0)]


def test_zero_points_are_a_score(ats: SqlAts) -> None:
    ats.put_candidate(Ann)
    ats.put_scores("ann", [{"criterion": "sql", "points": 0, "max": 5}])

    assert [(person["total"], person["known"]) for person in ats.candidates("backend")] == [(0, 5)]


def test_new_scores_replace_all_old_ones(ats: SqlAts) -> None:
    ats.put_candidate(Ann)
    ats.put_scores("ann", [Python, {"criterion": "sql", "points": 5, "max": 5}])

    assert ats.put_scores("ann", [{**Python, "points": 9}])

    [ann] = ats.candidates("backend")
    assert ann["total"] == 9
    assert [score["criterion"] for score in ann["scores"]] == ["python"]


def test_every_move_is_kept_in_order(ats: SqlAts) -> None:
    ats.put_candidate(Ann)

    assert [ats.move("ann", stage) for stage in ("screened", "screened", "shortlisted")] == [True, False, True]

    at = "2026-11-23T09:00:00.000Z"
    assert ats.history("ann") == [
        {"at": at, "before": "applied", "after": "screened"},
        {"at": at, "before": "screened", "after": "shortlisted"},
    ]


@pytest.mark.statement("recruiting", 9)
def test_a_move_that_is_not_allowed_leaves_no_trace(ats: SqlAts) -> None:
    ats.put_candidate(Ann)

    with pytest.raises(CannotWork, match="from 'applied' the next stages are screened, rejected, withdrawn"):
        ats.move("ann", "hired")

    assert ats.history("ann") == []
    assert [person["id"] for person in ats.candidates("backend", "applied")] == ["ann"]
    assert ats.candidates("backend", "hired") == []


def test_an_interview_is_kept_in_utc_whatever_zone_it_was_given_in(ats: SqlAts) -> None:
    ats.put_candidate(Ann)
    start = datetime(2026, 11, 30, 10, tzinfo=timezone(timedelta(hours=1)))
    interview = {
        "uid": "i1",
        "candidate": "ann",
        "position": "backend",
        "start": start,
        "end": start + timedelta(hours=1),
        "panel": ["eva@house.example"],
    }

    assert ats.put_interview(interview)
    assert not ats.put_interview({**interview, "start": "2026-11-30T09:00:00Z"})

    expected = {**interview, "start": "2026-11-30T09:00:00Z", "end": "2026-11-30T10:00:00Z"}
    assert ats.interviews("backend") == [expected]
    assert ats.interviews("frontend") == []


def test_a_merge_is_proposed_once_in_either_order_and_merges_nothing(ats: SqlAts) -> None:
    ats.put_candidate(Ann)
    ats.put_candidate(Bob)

    assert ats.propose_merge("bob", "ann", "same phone")
    assert not ats.propose_merge("ann", "bob", "said in other words")

    assert [(one["first"], one["second"], one["reason"]) for one in ats.merges()] == [("ann", "bob", "same phone")]
    assert [person["id"] for person in ats.candidates("backend")] == ["ann", "bob"]


@pytest.mark.parametrize(
    "change",
    [
        lambda ats: ats.move("nobody", "screened"),
        lambda ats: ats.put_scores("nobody", [Python]),
        lambda ats: ats.propose_merge("ann", "nobody", "same"),
    ],
    ids=["move", "put_scores", "propose_merge"],
)
def test_a_candidate_who_is_not_there_is_named(ats: SqlAts, change: Callable[[SqlAts], Any]) -> None:
    ats.put_candidate(Ann)

    with pytest.raises(CannotWork, match="no candidate 'nobody'"):
        change(ats)

    assert ats.merges() == []
    assert ats.candidate("nobody") is None


def test_a_field_that_does_not_exist_is_refused_by_name(ats: SqlAts) -> None:
    with pytest.raises(UsageError, match="candidate ann: 'salary'"):
        ats.put_candidate({**Ann, "salary": 1})

    assert ats.candidates("backend") == []


def test_more_points_than_there_are_and_two_scores_for_one_criterion_are_refused(ats: SqlAts) -> None:
    ats.put_candidate(Ann)

    with pytest.raises(UsageError, match="more than the most there are"):
        ats.put_scores("ann", [{**Python, "points": 11}])
    with pytest.raises(UsageError, match="two scores for one criterion"):
        ats.put_scores("ann", [Python, Python])

    assert [person["scores"] for person in ats.candidates("backend")] == [[]]


def test_nul_characters_from_a_pdf_do_not_reach_the_database(ats: SqlAts) -> None:
    ats.put_candidate({**Ann, "name": "Ann\0 Lee", "resume": {"summary\0": ["a\0b"]}})

    stored = ats.candidate("ann")
    assert stored is not None
    assert (stored["name"], stored["resume"]) == ("Ann Lee", {"summary": ["ab"]})


def test_records_outlive_the_program_that_wrote_them(url: str) -> None:
    first = open_database(url)
    SqlAts(first).put_candidate(Ann)
    first.dispose()

    second = open_database(url)
    people = SqlAts(second).candidates("backend")
    second.dispose()

    assert [person["name"] for person in people] == ["Ann Lee"]


def test_of_many_writers_with_the_same_news_exactly_one_hears_that_it_was_new(url: str) -> None:
    """Eight writers, each with its own engine as eight processes would have, start together on an empty database."""
    together = Barrier(8)

    def work(number: int) -> tuple[bool, ...]:
        engine = open_database(url)
        together.wait(60)
        ats = SqlAts(engine)
        ats.put_candidate({**Ann, "id": f"own{number}"})
        told = (
            ats.put_candidate(Ann),
            ats.put_candidate(Bob),
            ats.put_candidate({**Bob, "phone": "+49 30 1234"}),
            ats.put_scores("ann", [Python]),
            ats.move("ann", "screened"),
        )
        ats.propose_merge(*(("ann", "bob") if number % 2 else ("bob", "ann")), reason="same")
        engine.dispose()
        return told

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(work, range(8)))

    engine = open_database(url)
    ats = SqlAts(engine)
    assert [sum(column) for column in zip(*told, strict=True)] == [1, 1, 1, 1, 1]
    assert len(ats.candidates("backend")) == 10
    assert [change["after"] for change in ats.history("ann")] == ["screened"]
    assert len(ats.merges()) == 1
    engine.dispose()


def test_a_writer_waits_for_another_and_compares_with_what_that_one_wrote(ats: SqlAts, engine: Engine) -> None:
    ats.put_candidate(Ann)

    with ThreadPoolExecutor(1) as pool:
        with write(engine) as connection:
            connection.execute(update(CANDIDATE).where(CANDIDATE.c.id == "ann").values(phone="+49 30 1234"))
            waiting = pool.submit(ats.put_candidate, {**Ann, "phone": "+49 30 1234"})
            with pytest.raises(TimeoutError):
                waiting.result(0.3)

        assert waiting.result(30) is False
