"""Scheduling on real files, from the command's own entry to the final state of the world."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from testkit.snapshot import words
from testkit.states import meetings
from tests.scenarios.recruiting import Played, shipped
from tests.scenarios.scheduling import DANIELLE, JORG, MARIA, ME, SIOBHAN, TOMAS, YUKI, play, world_of
from tools.backends.protocols import Event
from tools.world import World


@pytest.fixture(scope="module", autouse=True)
def _no_model() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", "playbook")
        yield


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(shipped(tmp_path_factory.mktemp("scheduling") / "project"))


@pytest.fixture(scope="module")
def world(played: Played) -> World:
    return world_of(played.project)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The goal as people type it."""
    project = shipped(tmp_path_factory.mktemp("asked") / "project")
    return play(project, "Schedule a 1-hour sync with the design team today")


def meeting(world: World, title: str) -> Event:
    [found] = [one for one in world.agenda.events() if one.title.startswith(title)]
    return found


def sent_to(world: World, mail: str, subject: str = "") -> list[str]:
    return [str(one["Subject"]) for one in world.mailbox.sent() if mail in str(one["To"]) and subject in one["Subject"]]


@pytest.mark.statement("office", 1)
def test_the_goal_works_as_it_is_typed(asked: Played) -> None:
    assert (asked.outcome.state, asked.outcome.exit_code) == ("done", 0)
    world = world_of(asked.project)
    event = meeting(world, "Sync with the design team")

    assert sorted(one.mail for one in event.attendees) == sorted([ME, MARIA, TOMAS, YUKI])
    assert event.start.astimezone(ZoneInfo("Europe/Paris")).date() == datetime(2027, 3, 8, tzinfo=UTC).date()
    assert event.end - event.start == timedelta(hours=1)
    assert sorted(str(one["To"]).rpartition("<")[2].rstrip(">") for one in world.mailbox.sent()) == [MARIA, TOMAS, YUKI]


@pytest.mark.statement("office", 2)
def test_the_time_is_within_everybodys_hours_and_free_of_tentative_entries(asked: Played) -> None:
    world = world_of(asked.project)
    event = meeting(world, "Sync with the design team")

    for one in event.attendees:
        person, zone = world.directory.by_mail(one.mail), ZoneInfo(one.zone)
        assert person.hours[0] <= event.start.astimezone(zone).time()
        assert event.end.astimezone(zone).time() <= person.hours[1]
    assert event.start == datetime(2027, 3, 8, 15, tzinfo=UTC)  # Yuki is busy up to 14:30, and needs 15 minutes more


def test_each_person_is_told_the_time_on_their_own_clock_with_its_offset(asked: Played) -> None:
    [mail] = [one for one in world_of(asked.project).mailbox.sent() if YUKI in str(one["To"])]

    assert "Mon 8 Mar 2027, 10:00–11:00 EST (UTC-05:00)" in words(mail)


def test_a_second_run_books_and_sends_nothing_again(asked: Played) -> None:
    before = meetings(world_of(asked.project))

    again = play(asked.project, "Schedule a 1-hour sync with the design team today")

    assert again.outcome.exit_code == 0
    assert meetings(world_of(asked.project)) == before


def test_the_scenario_ends_well_with_a_report_worth_reading(played: Played) -> None:
    report = (played.outcome.folder / "report.md").read_text(encoding="utf-8")

    assert (played.outcome.state, played.outcome.exit_code) == ("done", 0)
    assert played.only("tool.failed") == []
    assert [one for one in played.only("call.decided") if one["verdict"] != "allow"] == []
    for title in ("Meetings", "Your own time", "Answers to invitations", "Id to cancel it by"):
        assert title in report


@pytest.mark.statement("office", 7)
def test_people_and_the_room_are_booked_together(world: World) -> None:
    event = meeting(world, "Design review")
    [room] = [one for one in event.attendees if one.part == "room"]

    assert room.mail == "panke@meridian.example"  # the smallest that is free: Spree is taken all Monday
    assert all(world.agenda.busy(one.mail, event.start, event.end) for one in event.attendees)


@pytest.mark.statement("office", 8)
def test_who_declines_is_replaced_by_a_colleague_who_is_free(world: World) -> None:
    event = meeting(world, "Accessibility kick-off")

    assert {one.mail for one in event.attendees} == {ME, SIOBHAN, YUKI}
    assert event.sequence == 1
    assert sent_to(world, MARIA, "Accessibility") == ["Cancelled: Accessibility kick-off"]
    assert len(sent_to(world, YUKI, "Accessibility")) == len(sent_to(world, SIOBHAN, "Accessibility")) == 1


@pytest.mark.statement("office", 8)
def test_without_a_substitute_the_meeting_moves_once_and_everybody_gets_one_mail(world: World) -> None:
    event = meeting(world, "Roadmap workshop")

    assert event.start >= datetime(2027, 3, 11, 11, tzinfo=UTC)
    assert (event.sequence, {one.mail for one in event.attendees}) == (1, {ME, JORG, SIOBHAN})
    assert sent_to(world, JORG, "Roadmap") == sent_to(world, SIOBHAN, "Roadmap") == ["Changed: Roadmap workshop"]


@pytest.mark.statement("office", 8)
def test_one_reminder_goes_to_who_has_not_answered_and_none_to_who_has(world: World, played: Played) -> None:
    assert sent_to(world, JORG, "Reminder") == ["Reminder: Vendor security review"]
    assert sent_to(world, SIOBHAN, "Reminder") == sent_to(world, DANIELLE, "Reminder") == []


@pytest.mark.statement("office", 8)
def test_proposals_forwards_and_forged_answers_change_nothing_and_wait_for_a_person(
    world: World, played: Played
) -> None:
    waits = [one["waits_for_person"] for one in played.results("read_replies")[0] if "waits_for_person" in one]

    assert meeting(world, "Platform budget").sequence == 0
    assert len(waits) == 3
    assert sent_to(world, "pierre@consultancy.example") == []
    assert meeting(world, "Vendor security").sequence == 0  # the decline for Jörg came from another address


def test_a_week_is_planned_in_the_organisers_own_calendar_only(world: World) -> None:
    blocks = [one for one in world.agenda.events() if one.facts.get("kind") == "focus"]
    hours: dict[str, float] = {}
    for one in blocks:
        hours[one.title] = hours.get(one.title, 0) + (one.end - one.start) / timedelta(hours=1)

    assert {mail.mail for one in blocks for mail in one.attendees} == {ME}
    assert hours == {
        "Board paper on the data platform": 4,
        "Hiring plan for the second quarter": 3,
        "Read the accessibility report": 1,
    }
    assert max(one.end for one in blocks if "Board" in one.title).date() <= datetime(2027, 3, 10, tzinfo=UTC).date()


@pytest.mark.statement("office", 4)
def test_private_titles_appear_in_no_record_mail_or_report(played: Played, world: World) -> None:
    private = ("Rendez-vous notaire", "Tandläkare", "Anniversaire", "Investor call", "Map tiles pairing")
    told = "\n".join(
        [str(one.body) for one in played.records],
    )
    report = (played.outcome.folder / "report.md").read_text(encoding="utf-8")
    mails = "\n".join(words(one) for one in world.mailbox.sent())

    assert [one for one in private if one in told + report + mails] == []


@pytest.mark.statement("office", 8)
def test_the_whole_scenario_again_changes_nothing(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    play(project)
    before = meetings(world_of(project))

    again = play(project)

    assert again.outcome.exit_code == 0
    assert meetings(world_of(project)) == before


@pytest.mark.statement("office", 11)
def test_mail_to_an_outsider_waits_for_a_person_also_if_the_goal_names_them(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")

    ran = play(project, "Set up a 30-minute call with Jörg and pat@client.example tomorrow at 11:00")

    world = world_of(project)
    assert ran.outcome.exit_code == 3
    [asked] = ran.only("approval.requested")
    assert (asked["tool"], asked["args"]["to"], asked["rule"]) == (
        "send_meeting",
        "pat@client.example",
        "meetings.outside",
    )
    assert len(sent_to(world, JORG)) == 1
    assert sent_to(world, "pat@client.example") == []


@pytest.mark.statement("office", 12)
def test_cancelling_tells_everybody_and_frees_their_calendars(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")

    ran = play(project, "Cancel the roadmap workshop")

    world = world_of(project)
    assert ran.outcome.exit_code == 0
    assert [one.title for one in world.agenda.events() if "Roadmap" in one.title] == []
    for mail in (JORG, SIOBHAN):
        assert sent_to(world, mail) == ["Cancelled: Roadmap workshop"]
    [part] = [one for one in world.mailbox.sent()[0].walk() if one.get_content_type() == "text/calendar"]
    text = part.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert b"METHOD:CANCEL" in text
    assert b"SEQUENCE:1" in text


def test_no_time_for_everybody_is_a_failure_that_names_who_and_the_next_times(tmp_path: Path) -> None:
    ran = play(shipped(tmp_path / "project"), "Schedule a 3-hour workshop with the design team today")

    assert ran.outcome.exit_code == 1
    assert "is not booked" in ran.outcome.summary
    assert ran.only("tool.intended") == []


@pytest.mark.statement("office", 1)
def test_a_missing_calendar_is_said(tmp_path: Path) -> None:
    ran = play(shipped(tmp_path / "project"), "Schedule a sync with Arjun tomorrow")

    assert ran.outcome.exit_code == 1
    assert "arjun.mehta@meridian.example' has no calendar" in ran.outcome.summary
