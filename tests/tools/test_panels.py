"""Interviews after they were booked: who may sit in, when they may be, and who has not been told."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from guard.doubt import look
from guard.preview import previewed
from runtime.errors import TryAgain
from tests.tools.hiring import ADA, BEN, START, apply, book, house
from tests.tools.test_effects import called
from tools.agenda import book_interview, cancel_interview
from tools.backends.protocols import Attendee
from tools.directory import Person
from tools.mail import send_cancellation, send_invitation
from tools.panels import find_substitutes_on_panel, list_untold, move_interview, replace_panelist
from tools.tool import Reverse, declared
from tools.world import World

CY, DEE = "cy@house.example", "dee@house.example"
KIM = "kim@mail.example"
TOOLS = {one.name: one for one in declared()}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Ada and Ben interview Kim; Cy has Ada's team and skill, Dee the team alone."""
    people = (
        Person("Ada Berg", ADA, "Europe/Berlin", team="data", skills=("python",)),
        Person("Ben Cole", BEN, "America/New_York", team="people", skills=("hiring",)),
        Person("Cy Dahl", CY, "Europe/Berlin", team="data", skills=("python", "sql")),
        Person("Dee Eck", DEE, "Europe/Berlin", team="data", skills=("design",)),
    )
    world = house(tmp_path, people)
    apply(world, "kim", stage="shortlisted")
    return world


def due(world: World, interview: str) -> list[tuple[str, str]]:
    return [(one["to"], one["about"]) for one in list_untold(interview, world=world)["due"]]


def test_a_substitute_has_the_team_and_a_skill_in_common(world: World) -> None:
    event = book(world, "kim")
    found = find_substitutes_on_panel(event.uid, ADA, world=world)
    alone = find_substitutes_on_panel(event.uid, BEN, world=world)

    assert found["people"] == [{"mail": CY, "name": "Cy Dahl", "skills": ["python"]}]
    assert (alone["people"], alone["why"]) == ([], "nobody else is in the team 'people'")
    for comes, why in ((DEE, "no skill in common"), (BEN, "takes part already"), ("x@evil.example", "not in the dir")):
        with pytest.raises(TryAgain, match=why):
            replace_panelist(event.uid, ADA, comes, world=world)
    assert world.agenda.find(event.uid) == event


def test_somebody_who_is_busy_then_does_not_sit_in_and_the_reason_is_told(world: World) -> None:
    event = book(world, "kim")
    world.agenda.book(replace(event, uid="other@house.example", attendees=(Attendee(CY, "Cy Dahl", "Europe/Berlin"),)))

    assert find_substitutes_on_panel(event.uid, ADA, world=world)["why"] == (
        "Cy Dahl is busy; Dee Eck has no skill in common with Ada Berg"
    )


@pytest.mark.statement("office", 12)
def test_a_replacement_is_found_by_its_probe_and_taken_back_by_its_reverse(world: World) -> None:
    event = book(world, "kim")
    tool, args = called("replace_panelist"), {"interview": event.uid, "leaves": ADA, "comes": CY}
    assert look(tool, args, world).standing == "absent"
    done = replace_panelist(**args, world=world)

    assert (done["panel"], done["sequence"]) == ([CY, BEN], 1)
    assert look(tool, args, world).standing == "found"
    assert tool.undo is not None
    back = tool.undo(args, done)
    assert back == Reverse("replace_panelist", {"interview": event.uid, "leaves": CY, "comes": ADA})
    replace_panelist(**back.args, world=world)
    changed = world.agenda.find(event.uid)
    assert changed is not None
    assert [one.mail for one in changed.attendees] == [KIM, ADA, BEN]
    assert (ADA, "invitation") in due(world, event.uid)


def test_a_move_suits_the_candidate_too_or_is_refused_with_the_next_times(world: World) -> None:
    event = book(
        world,
        "kim",
        start=START - timedelta(hours=4),
        end=START - timedelta(hours=3),
        attendees=(
            Attendee(KIM, "Kim Miller", "Asia/Kolkata", host=False),
            Attendee(ADA, "Ada Berg", "Europe/Berlin"),
        ),
    )
    with pytest.raises(TryAgain, match="the candidate does not work Wed 17 Mar 2027, 20:30") as refused:
        move_interview(event.uid, "2027-03-17T15:00:00Z", world=world)
    assert "the next free starts are 2027-03-17T08:00:00Z" in refused.value.remedy

    tool, args = called("move_interview"), {"interview": event.uid, "start": "2027-03-17T09:00:00Z"}
    assert look(tool, args, world).standing == "absent"
    done = move_interview(**args, world=world)
    assert look(tool, args, world).standing == "found"
    assert tool.undo is not None
    assert tool.undo(args, done) == Reverse("move_interview", {"interview": event.uid, "start": "2027-03-16T10:00:00Z"})


def test_whoever_left_is_told_once_however_often_the_interview_changes(world: World) -> None:
    apply(world, "kim", stage="shortlisted", zone="Europe/Berlin")
    event = book(world, "kim")
    assert due(world, event.uid) == [(KIM, "invitation"), (ADA, "invitation"), (BEN, "invitation")]
    for mail in (KIM, ADA, BEN):
        send_invitation(event.uid, mail, world=world)
    assert due(world, event.uid) == []

    replace_panelist(event.uid, ADA, CY, world=world)
    assert due(world, event.uid) == [
        (KIM, "invitation"),
        (CY, "invitation"),
        (BEN, "invitation"),
        (ADA, "cancellation"),
    ]
    send_cancellation(event.uid, ADA, world=world)
    letter = world.mailbox.sent()[-1].get_body()
    assert letter is not None
    assert "a colleague takes your place" in letter.get_content().replace("\n", " ")
    move_interview(event.uid, "2027-03-16T13:30:00Z", world=world)
    assert (ADA, "cancellation") not in due(world, event.uid)


def test_only_those_who_were_invited_hear_of_a_cancellation(world: World) -> None:
    event = book(world, "kim")
    send_invitation(event.uid, ADA, world=world)
    cancel_interview(event.uid, world=world)

    assert due(world, event.uid) == [(ADA, "cancellation")]
    send_cancellation(event.uid, ADA, world=world)
    assert due(world, event.uid) == []
    with pytest.raises(TryAgain, match="there never was an interview 'x'"):
        list_untold("x", world=world)


AT = "2027-03-16T14:00:00Z"


@pytest.fixture
def near(world: World) -> World:
    """The world, with somebody who could be met in the middle of the day."""
    apply(world, "lou", stage="shortlisted", zone="Europe/Berlin")
    return world


def preview(world: World, name: str, **args: Any) -> str:
    return previewed(TOOLS[name], args, world)


def test_whoever_is_asked_about_a_booking_sees_the_entry_and_nothing_is_booked(near: World) -> None:
    told = preview(near, "book_interview", candidate="lou", panel=[ADA, BEN], start=AT, minutes=60)

    assert told.splitlines() == [
        "Booked: Interview: Backend Engineer with Lou Miller",
        "Tue 16 Mar 2027, 15:00–16:00 CET (UTC+01:00)",
        "Tue 16 Mar 2027, 10:00–11:00 EDT (UTC-04:00)",
        f"With: lou@mail.example, {ADA}, {BEN}",
    ]
    assert near.agenda.events() == []


def test_whoever_is_asked_about_a_change_sees_what_it_is_now_and_what_it_was(near: World) -> None:
    event = book(near, "lou")

    moved = preview(near, "move_interview", interview=event.uid, start="2027-03-17T14:00:00Z")
    swapped = preview(near, "replace_panelist", interview=event.uid, leaves=ADA, comes=CY)
    cancelled = preview(near, "cancel_interview", interview=event.uid)

    assert moved.startswith(f"Changed: {event.title}\nWed 17 Mar 2027, 15:00")
    assert "Was: Tue 16 Mar 2027, 15:00–16:00 CET (UTC+01:00)" in moved
    assert swapped.endswith(f"With: lou@mail.example, {CY}, {BEN}\nNo longer: {ADA}")
    assert cancelled.startswith(f"Cancelled: {event.title}\nTue 16 Mar 2027")
    assert near.agenda.events() == [event]


def test_a_booking_that_is_there_already_and_one_that_would_fail_say_so(near: World) -> None:
    tools_own = book_interview("lou", [ADA, BEN], AT, 60, world=near)

    again = preview(near, "book_interview", candidate="lou", panel=[ADA, BEN], start=AT, minutes=60)
    away = preview(near, "cancel_interview", interview="i9")

    assert again == "The calendars say so already; nothing would change."
    assert away == "As things are now, nothing would happen: no interview 'i9' is booked."
    assert [one.uid for one in near.agenda.events()] == [tools_own["interview"]]
