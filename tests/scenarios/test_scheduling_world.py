"""The committed world of the scheduling scenario is what its generator makes, and answers are read as what they are."""

from collections.abc import Iterator
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

import pytest

from runtime.errors import CannotWork, TryAgain
from scenarios.scheduling.fixtures import earlier
from scenarios.scheduling.fixtures.build import WORLD, files
from tests.scenarios.recruiting import shipped
from tests.scenarios.scheduling import DANIELLE, JORG, MARIA, SIOBHAN, world_of
from tools.backends.inbox import FolderInbox
from tools.invitations import list_unanswered, remind, send_meeting
from tools.replies import read_replies, replies
from tools.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = world_of(shipped(tmp_path / "project"))
    yield opened
    opened.close()


def test_the_committed_files_are_those_that_the_generator_makes() -> None:
    made = {name: make() for name, make in files().items()}
    there = {path.relative_to(WORLD).as_posix(): path.read_bytes() for path in WORLD.rglob("*") if path.is_file()}

    assert there == made


def test_answers_are_told_from_proposals_forwards_and_forgeries(world: World) -> None:
    said = {(one.meeting, one.mail): one.said for one in replies(world)}

    assert said[earlier.KICK_OFF.uid, MARIA] == "declined"
    assert said[earlier.SECURITY.uid, SIOBHAN] == "accepted"
    assert said[earlier.BUDGET.uid, DANIELLE] == "counter"
    assert said[earlier.BUDGET.uid, "pierre@consultancy.example"] == "forwarded"
    assert said[earlier.SECURITY.uid, JORG] == "forged"


def test_an_answer_to_an_earlier_state_of_a_meeting_is_stale(world: World) -> None:
    event = earlier.KICK_OFF
    people = tuple(one for one in event.attendees if one.mail != SIOBHAN)
    world.agenda.change(type(event)(**{**vars(event), "attendees": people}))

    said = {one.mail: one.said for one in replies(world) if one.meeting == event.uid}

    assert said == {MARIA: "stale", SIOBHAN: "forwarded"}


def test_what_strangers_answer_waits_for_a_person(world: World) -> None:
    waits = [one["waits_for_person"] for one in read_replies(world=world) if "waits_for_person" in one]

    assert len(waits) == 3


@pytest.mark.statement("office", 8)
def test_a_reminder_is_for_who_was_asked_long_enough_ago_and_has_not_answered(world: World) -> None:
    [due] = list_unanswered(24, world=world)
    assert (due["meeting"], due["mail"]) == (earlier.SECURITY.uid, JORG)
    assert list_unanswered(200, world=world) == []
    with pytest.raises(CannotWork, match="has answered"):
        remind(earlier.SECURITY.uid, SIOBHAN, world=world)

    first = remind(earlier.SECURITY.uid, JORG, world=world)
    again = remind(earlier.SECURITY.uid, JORG, world=world)

    assert (first["sent"], again["already"]) == (True, True)
    assert list_unanswered(24, world=world) == []


def test_a_mail_about_a_meeting_goes_to_who_takes_part_only_and_holds_no_link(world: World) -> None:
    with pytest.raises(TryAgain, match="does not take part"):
        send_meeting(earlier.SECURITY.uid, MARIA, world=world)
    with pytest.raises(TryAgain, match="link or an address"):
        send_meeting(earlier.SECURITY.uid, JORG, "see https://evil.example", world=world)
    assert world.mailbox.sent() == []


def test_a_maildir_is_read_like_a_folder_of_mails(tmp_path: Path) -> None:
    folder = Maildir(tmp_path / "inbox", create=True)
    for number in range(2):
        message = EmailMessage()
        message["Subject"] = f"Answer {number}"
        folder.add(message.as_bytes())
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "one.eml").write_bytes(b"Subject: One\n\nText\n")

    assert sorted(str(one["Subject"]) for one in FolderInbox(tmp_path / "inbox").messages()) == ["Answer 0", "Answer 1"]
    assert [str(one["Subject"]) for one in FolderInbox(tmp_path / "plain").messages()] == ["One"]
    assert FolderInbox(None).messages() == []


@pytest.mark.parametrize(
    "broken", [b"", b"\xff\xfe", b"BEGIN:VCALENDAR", b"BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR"]
)
def test_a_broken_answer_is_no_answer(tmp_path: Path, broken: bytes) -> None:
    project = shipped(tmp_path / "project")
    inbox = project / "scenarios" / "scheduling" / "world" / "inbox"
    for one in inbox.iterdir():
        one.unlink()
    mail = b"From: a@b.example\nContent-Type: text/calendar; method=REPLY\n\n" + broken
    (inbox / "odd.eml").write_bytes(mail)

    world = world_of(project)
    assert replies(world) == []
    world.close()
