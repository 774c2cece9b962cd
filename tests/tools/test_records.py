"""The tools that look candidates up, rank them and move them along."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from guard.preview import previewed
from runtime.canonical import canonical
from runtime.errors import CannotWork, TryAgain
from tests.tools.hiring import ADA, BEN, START, apply, book, house
from tools.records import (
    list_candidates,
    list_interviews,
    list_positions,
    move_stage,
    propose_merge,
    rank_candidates,
    record_interview,
)
from tools.tool import declared
from tools.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return house(tmp_path)


def stage(world: World, candidate: str) -> str:
    record = world.ats.candidate(candidate)
    assert record is not None
    return str(record["stage"])


@pytest.mark.statement("assistant", 5)
def test_open_positions_are_listed_as_of_the_worlds_time(world: World) -> None:
    world.ats.put_position({"position": "old", "title": "Old", "status": "closed"})
    world.ats.put_position({"position": "cfo", "title": "CFO", "status": "confidential"})

    listed = list_positions(world=world)

    assert listed["as_of"] == "2027-03-08T08:00:00.000Z"
    backend = {"position": "backend", "title": "Backend Engineer", "status": "open", "location": ""}
    assert listed["positions"] == [{**backend, "opened": "2027-02-01"}]


def test_closed_and_confidential_positions_are_never_listed(world: World) -> None:
    world.ats.put_position({"position": "old", "title": "Old", "status": "closed"})
    world.ats.put_position({"position": "cfo", "title": "CFO", "status": "confidential"})

    assert [one["position"] for one in list_positions(world=world)["positions"]] == ["backend"]
    with pytest.raises(ValueError, match="status"):
        next(tool for tool in declared() if tool.name == "list_positions").args(status="closed")


def test_candidates_are_listed_without_anything_that_tells_who_they_are(world: World) -> None:
    apply(world, "ann", [8, None], phone="+4930123456", city="Pune", country="IN", resume={"work": ["Acme"]})

    listed = list_candidates("backend", world=world)

    facts = {"stage": "screened", "status": "ok", "total": 8, "known": 10, "zone": "Asia/Kolkata"}
    assert listed == [{"candidate": "ann", **facts}]


def test_candidates_can_be_listed_by_stage(world: World) -> None:
    apply(world, "ann")
    apply(world, "bob")
    world.ats.move("bob", "shortlisted")

    assert [one["candidate"] for one in list_candidates("backend", "shortlisted", world=world)] == ["bob"]
    with pytest.raises(CannotWork, match="'fired' is no stage"):
        list_candidates("backend", "fired", world=world)


@pytest.mark.parametrize("look", [list_candidates, list_interviews, rank_candidates])
def test_a_position_that_is_not_there_is_answered_with_those_that_are(world: World, look: Callable[..., Any]) -> None:
    with pytest.raises(TryAgain, match=r"backnd.*\n.*'backend'"):
        look("backnd", world=world)


def test_ranking_goes_by_total_then_by_known_points_then_by_id(world: World) -> None:
    apply(world, "low", [5, 3, 0])
    apply(world, "even", [10, 0])
    apply(world, "zed", [10, 0, 0])
    apply(world, "abe", [10, 0, 0])
    apply(world, "top", [10, 6, 4])

    ranking = rank_candidates("backend", world=world)["ranking"]

    placed = [(one["candidate"], one["total"], one["known"]) for one in ranking]
    assert placed == [("top", 20, 20), ("abe", 10, 20), ("zed", 10, 20), ("even", 10, 16), ("low", 8, 20)]


def test_every_point_is_given_with_the_words_it_rests_on(world: World) -> None:
    apply(world, "ann", [8.5, 6, None])

    [ann] = rank_candidates("backend", world=world)["ranking"]

    assert ann["reasons"] == [
        {"criterion": "python", "points": 8.5, "of": 10, "quote": "python words", "line": 1},
        {"criterion": "sql", "points": 6, "of": 6, "quote": "sql words", "line": 2},
    ]
    assert ann["unknown"] == ["mentoring"]
    assert (ann["stage"], ann["meets_must"], ann["same_as"]) == ("screened", True, "")


@pytest.mark.parametrize(
    ("scores", "meets"),
    [([5, 3], True), ([4, 6, 4], False), ([10, None, 4], False), ([10], False), ([10, 0, 4], False)],
)
def test_a_must_is_met_with_half_its_points_and_not_if_unknown(
    world: World, scores: list[float | None], meets: bool
) -> None:
    apply(world, "ann", scores)

    result = rank_candidates("backend", world=world)

    assert [one["meets_must"] for one in result["ranking"]] == [meets]
    assert result["shortlist"] == (["ann"] if meets else [])


def test_a_must_is_met_only_by_a_quote_that_holds_one_of_its_words(world: World) -> None:
    apply(world, "ann", [10, 6])
    scores = [{"criterion": "python", "points": 10, "quote": "Shops in PHP.", "line": 1, "max": 10}]
    scores += [{"criterion": "sql", "points": 6, "quote": "Some SQL", "line": 2, "max": 6}]
    world.ats.put_scores("ann", scores)

    result = rank_candidates("backend", world=world)

    assert (result["ranking"][0]["total"], result["ranking"][0]["meets_must"], result["shortlist"]) == (16, False, [])


def test_the_shortlist_is_as_long_as_the_job_asks_and_skips_who_misses_a_must(world: World) -> None:
    apply(world, "first", [10, 0, 4])
    apply(world, "second", [8, 5])
    apply(world, "third", [7, 5])
    apply(world, "fourth", [6, 5])

    assert rank_candidates("backend", world=world)["shortlist"] == ["second", "third"]


@pytest.mark.statement("recruiting", 2)
def test_who_needs_a_person_is_not_ranked_last_but_apart_with_the_reason(world: World) -> None:
    apply(world, "scan", status="needs_ocr")
    apply(world, "locked", status="needs_human")
    apply(world, "fresh")
    apply(world, "vague", [None, None, None])
    apply(world, "gone", [10, 6, 4])
    world.ats.move("gone", "withdrawn")

    result = rank_candidates("backend", world=world)

    why = {one["candidate"]: (one["status"], one["why"].split(":")[0]) for one in result["not_ranked"]}
    assert (result["ranking"], result["shortlist"]) == ([], [])
    assert why == {
        "scan": ("needs_ocr", "the file is a picture without text"),
        "locked": ("needs_human", "the file cannot be read"),
        "fresh": ("ok", "the candidate has no scores yet"),
        "vague": ("ok", "no criterion could be judged from the file"),
        "gone": ("ok", "the application is closed"),
    }


def test_a_person_who_applied_twice_is_shortlisted_once(world: World) -> None:
    apply(world, "one", [9, 6])
    apply(world, "two", [10, 6])
    apply(world, "three", [8, 6])
    apply(world, "other", [7, 6])
    propose_merge("one", "two", "same phone", world=world)
    propose_merge("three", "one", "same address", world=world)

    result = rank_candidates("backend", world=world)

    same = {one["candidate"]: one["same_as"] for one in result["ranking"]}
    assert same == {"two": "", "one": "two", "three": "two", "other": ""}
    assert result["shortlist"] == ["two", "other"]


def test_a_double_whose_other_file_cannot_be_read_is_ranked_as_itself(world: World) -> None:
    apply(world, "one", [9, 6])
    apply(world, "scan", status="needs_ocr")
    propose_merge("scan", "one", "same phone", world=world)

    assert rank_candidates("backend", world=world)["shortlist"] == ["one"]


def test_ranking_another_position_than_the_jobs_is_refused(world: World) -> None:
    world.ats.put_position({"position": "designer", "title": "Designer"})

    with pytest.raises(TryAgain, match="the job at hand is 'backend', not 'designer'"):
        rank_candidates("designer", world=world)


def test_what_is_ranked_can_be_told_to_a_model_and_holds_no_name(world: World) -> None:
    apply(world, "ann", [8.5, 6, None])
    apply(world, "bob", status="needs_ocr")

    told = json.loads(canonical(rank_candidates("backend", world=world)))

    assert "Miller" not in json.dumps(told)
    assert told["shortlist"] == ["ann"]


def test_moving_says_whether_anything_changed(world: World) -> None:
    apply(world, "ann")

    told = [move_stage("ann", "withdrawn", world=world) for _ in range(2)]

    assert [one["changed"] for one in told] == [True, False]
    assert told[0] == {"candidate": "ann", "stage": "withdrawn", "changed": True}
    assert stage(world, "ann") == "withdrawn"


def test_nobody_is_shortlisted_past_the_ranking(world: World) -> None:
    apply(world, "ann")

    with pytest.raises(CannotWork, match="'ann' is not on the shortlist of the ranking"):
        move_stage("ann", "shortlisted", world=world)

    assert stage(world, "ann") == "screened"


@pytest.mark.statement("recruiting", 10)
def test_only_a_person_rejects(world: World) -> None:
    apply(world, "ann")

    with pytest.raises(CannotWork, match=r"only a person rejects 'ann'\n.*draft_rejection"):
        move_stage("ann", "rejected", world=world)

    assert stage(world, "ann") == "screened"


def test_a_booked_interview_is_kept_and_moves_its_candidate(world: World) -> None:
    apply(world, "ann")
    world.ats.move("ann", "shortlisted")
    event = book(world, "ann")

    told = [record_interview(event.uid, world=world) for _ in range(2)]

    assert told[0] == {"interview": event.uid, "candidate": "ann", "stage": "interview", "changed": True}
    assert told[1]["changed"] is False
    assert stage(world, "ann") == "interview"
    times = {"start": "2027-03-16T14:00:00Z", "end": "2027-03-16T15:00:00Z"}
    row = {"uid": event.uid, "candidate": "ann", "position": "backend", **times, "panel": [ADA, BEN]}
    assert world.ats.interviews("backend") == [row]


def test_an_interview_of_somebody_not_shortlisted_is_not_kept(world: World) -> None:
    apply(world, "ann")
    event = book(world, "ann")

    with pytest.raises(CannotWork, match="'ann' cannot go from 'screened' to 'interview'"):
        record_interview(event.uid, world=world)

    assert world.ats.interviews("backend") == []
    assert stage(world, "ann") == "screened"


def test_an_interview_that_is_not_booked_is_not_kept(world: World) -> None:
    with pytest.raises(TryAgain, match="no interview 'i9' is booked"):
        record_interview("i9", world=world)


def test_interviews_are_listed_with_everybody_and_each_ones_own_time(world: World) -> None:
    apply(world, "ann", stage="shortlisted")
    apply(world, "bob", stage="shortlisted")
    later = book(world, "ann", "later", start=START + timedelta(hours=1), end=START + timedelta(hours=2))
    record_interview(later.uid, world=world)
    record_interview(book(world, "bob", "sooner").uid, world=world)

    sooner, second = list_interviews("backend", world=world)

    assert second["interview"] == "later"
    assert sooner == {
        "interview": "sooner",
        "candidate": "bob",
        "start": "2027-03-16T14:00:00Z",
        "end": "2027-03-16T15:00:00Z",
        "attendees": ["bob@mail.example", ADA, BEN],
        "local": {
            "America/New_York": "Tue 16 Mar 2027, 10:00–11:00 EDT (UTC-04:00)",
            "Asia/Kolkata": "Tue 16 Mar 2027, 19:30–20:30 IST (UTC+05:30)",
            "Europe/Berlin": "Tue 16 Mar 2027, 15:00–16:00 CET (UTC+01:00)",
        },
    }


def test_an_interview_that_was_cancelled_is_listed_with_nobody_to_write_to(world: World) -> None:
    apply(world, "ann", stage="shortlisted")
    event = book(world, "ann")
    record_interview(event.uid, world=world)
    world.agenda.cancel(event.uid)

    [listed] = list_interviews("backend", world=world)

    assert (listed["attendees"], listed["note"]) == ([], "it is not in the calendars any more")


def test_a_merge_is_proposed_for_a_person_to_decide(world: World) -> None:
    apply(world, "ann")
    apply(world, "bob")

    told = [
        propose_merge("bob", "ann", "same\nphone", world=world),
        propose_merge("ann", "bob", "same phone", world=world),
    ]

    assert [one["changed"] for one in told] == [True, False]
    assert told[0]["waits_for_person"] == "decide whether bob and ann are one person (same phone)"
    assert [one["candidate"] for one in list_candidates("backend", world=world)] == ["ann", "bob"]


def test_whoever_is_asked_about_a_stage_sees_whose_and_from_where(world: World) -> None:
    apply(world, "ann", stage="interview")
    tools = {one.name: one for one in declared()}

    told = previewed(tools["move_stage"], {"candidate": "ann", "stage": "offered"}, world)
    never = previewed(tools["move_stage"], {"candidate": "ann", "stage": "hired"}, world)

    assert told == "Ann Miller, for 'backend': is interview, and would be offered"
    assert never.startswith("As things are now, nothing would happen: candidate 'ann' cannot go")
    assert stage(world, "ann") == "interview"


def test_whoever_is_asked_about_two_who_may_be_one_sees_names_files_and_what_is_the_same(world: World) -> None:
    work = {"work": [{"name": "Acme Inc"}]}
    apply(world, "ann", file="ann.pdf", phone="+4930123", mail="a.miller@mail.example", resume=work)
    apply(world, "anne", file="cv.docx", name="ANN Miller", phone="+4930123", resume={"work": [{"name": "acme inc"}]})
    apply(world, "bob", file="bob.pdf")
    tool = next(one for one in declared() if one.name == "propose_merge")

    told = previewed(tool, {"first": "ann", "second": "anne", "reason": "phone"}, world)
    other = previewed(tool, {"first": "ann", "second": "bob", "reason": "a feeling"}, world)

    assert told.splitlines() == [
        "Ann Miller (ann.pdf, ann)",
        "ANN Miller (cv.docx, anne)",
        "same phone: +4930123",
        "same name and employer: Ann Miller, Acme Inc",
    ]
    assert other.endswith("their records have nothing in common that can be compared")
