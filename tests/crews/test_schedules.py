"""Schedules: once per occurrence, whoever looks, right over daylight saving time, and refused early if wrong."""

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path

import pytest

from crews.schedules import Schedules, key_of, upcoming, wanted
from crews.segment import ledger_of
from crews.timetable import ScheduleSpec, read_timetable
from runtime.clock import FixedClock
from runtime.occurrences import occurrences
from runtime.problems import ConfigProblems
from runtime.work import note_of
from testkit.crashscenes import Recruiting

MORNING = """
morning:
  cron: "*/10 * * * *"
  zone: Europe/Berlin
  scenario: recruiting
  tenant: acme
  missed: {missed}
"""
NOON = datetime(2027, 3, 8, 12, 0, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    scene = Recruiting(tmp_path, resumes=1)
    for name, value in scene.fresh().environ.items():
        monkeypatch.setenv(name, value)
    return scene.project


def schedule(project: Path, missed: str = "once") -> None:
    (project / "config" / "schedules.yaml").write_text(MORNING.format(missed=missed))


def started(project: Path, at: datetime) -> list[str]:
    """What a worker that looks at this moment starts, or finds started."""
    looking = Schedules(project, FixedClock(at))
    try:
        return looking.start_due()
    finally:
        looking.close()


def runs(project: Path) -> int:
    with closing(ledger_of(project)) as ledger:
        return len(ledger.runs(100))


def test_a_new_schedule_starts_nothing_for_the_time_before_it_was_there(project: Path) -> None:
    schedule(project, "all")

    assert started(project, NOON) == []
    assert len(started(project, NOON + timedelta(minutes=10))) == 1
    with closing(ledger_of(project)) as ledger:
        [head] = ledger.runs()
        note = note_of(ledger.engine, head.run)
        began = ledger.records(head.run)[0].body
    assert head.state == "queued"
    assert note is not None
    assert (note.tenant, began["principal"]) == ("acme", "schedule:morning")


@pytest.mark.parametrize(("missed", "expected"), [("skip", 0), ("once", 1), ("all", 5)])
def test_missed_occurrences_are_made_up_for_as_the_policy_says(project: Path, missed: str, expected: int) -> None:
    schedule(project, missed)
    started(project, NOON)

    assert len(started(project, NOON + timedelta(minutes=55))) == expected
    assert len(started(project, NOON + timedelta(minutes=56))) == 0
    assert len(started(project, NOON + timedelta(minutes=60))) == 1


def test_two_workers_that_look_at_once_start_an_occurrence_once(project: Path) -> None:
    schedule(project)
    started(project, NOON)
    found: list[str] = []
    lookers = [
        threading.Thread(target=lambda: found.extend(started(project, NOON + timedelta(minutes=10)))) for _ in range(4)
    ]
    for one in lookers:
        one.start()
    for one in lookers:
        one.join()

    assert len(set(found)) == 1
    assert runs(project) == 1


def test_the_clocks_going_forward_or_back_neither_loses_nor_doubles_a_night() -> None:
    spring, autumn = datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 10, 30, 12, tzinfo=UTC)
    forward = [f"{at:%d %H:%M}" for at in islice(occurrences("30 2 * * *", "Europe/Berlin", spring), 3)]
    back = [f"{at:%d %H:%M}" for at in islice(occurrences("30 2 * * *", "Europe/Berlin", autumn), 3)]
    often = list(islice(occurrences("*/30 * * * *", "Europe/Berlin", datetime(2027, 10, 31, 0, 5, tzinfo=UTC)), 5))

    assert forward == ["28 01:00", "29 00:30", "30 00:30"]
    assert back == ["31 00:30", "01 01:30", "02 01:30"]
    assert {later - earlier for earlier, later in pairwise(often)} == {timedelta(minutes=30)}


def test_an_occurrence_is_named_by_its_moment_so_that_all_workers_call_it_the_same() -> None:
    spec = ScheduleSpec(cron="0 9 * * mon", zone="Europe/Berlin", goal="Recruit.")
    [at] = wanted(spec, NOON - timedelta(days=7), NOON)

    assert key_of("weekly", at) == "schedule:weekly:2027-03-08T08:00:00.000Z"


def test_wrong_schedules_are_all_named_with_their_lines(project: Path) -> None:
    (project / "config" / "schedules.yaml").write_text(
        'a: {cron: "61 * * * *", zone: Europe/Berlin, goal: G}\n'
        'b: {cron: "0 9 * * *", zone: Berlin, goal: G}\n'
        'c: {cron: "0 9 * * *", zone: Europe/Berlin}\n'
        'd: {cron: "0 9 * * *", zone: Europe/Berlin, goal: G, mised: all}\n'
    )

    with pytest.raises(ConfigProblems) as wrong:
        read_timetable(project)

    text = str(wrong.value)
    for line, words in ((1, "61 * * * *"), (2, "no time zone"), (3, "'goal' or a 'scenario'"), (4, "missed")):
        assert any(f"schedules.yaml:{line}" in one and words in one for one in text.splitlines()) or words in text


def test_the_next_times_are_listed_soonest_first(project: Path) -> None:
    schedule(project)

    assert [(one.name, one.at) for one in upcoming(project, NOON)] == [("morning", NOON + timedelta(minutes=10))]
