"""Invitations go once to the people of an interview; rejections only wait."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from runtime.errors import CannotWork, TryAgain
from testkit.smtp import SmtpServer
from tests.tools.hiring import ADA, BEN, START, apply, book, house
from tools.backends.mail_smtp import SmtpMailbox
from tools.mail import draft_rejection, send_invitation
from tools.rehearsal import letter
from tools.world import World

ANN = "ann@mail.example"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A house with Ann, Bob and Cy among its candidates, and Ann's interview booked as 'i1'."""
    world = house(tmp_path)
    for candidate in ("ann", "bob", "cy"):
        apply(world, candidate, stage="shortlisted")
    book(world, "ann", "i1")
    world.ats.move("ann", "interview")
    return world


def text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_each_attendee_gets_one_invitation_on_their_own_clock(world: World) -> None:
    told = [send_invitation("i1", to, "See you soon.", world=world) for to in (ANN, ADA, BEN)]

    sent = world.mailbox.sent()
    assert [one["To"].addresses[0].addr_spec for one in sent] == [ANN, ADA, BEN]
    assert [clock in text(one) for clock, one in zip(("IST", "CET", "EDT"), sent, strict=True)] == [True] * 3
    assert all("See you soon." in text(one) for one in sent)
    first = {"to": ANN, "interview": "i1", "message_id": sent[0]["Message-ID"], "sent": True, "already": False}
    assert told[0] == first


def test_a_preview_is_the_letter_that_would_leave_and_nothing_leaves(world: World) -> None:
    told = letter(send_invitation, interview="i1", to=ANN, note="See you soon.", world=world)

    assert (world.mailbox.sent(), world.mailbox.sent_ids()) == ([], set())
    send_invitation("i1", ANN, "See you soon.", world=world)
    [message] = world.mailbox.sent()
    assert told.splitlines()[:2] == [f"To: {message['To']}", f"Subject: {message['Subject']}"]
    assert told.endswith(text(message).strip())
    assert letter(send_invitation, interview="i1", to=ANN, world=world) == "It was written before; nothing would leave."


def test_a_preview_of_a_draft_leaves_no_draft(world: World) -> None:
    assert "To: " in letter(draft_rejection, candidate="cy", world=world)
    assert world.mailbox.drafts() == []


def test_a_second_call_sends_nothing_and_says_so(world: World) -> None:
    first = send_invitation("i1", ANN, world=world)

    again = send_invitation("i1", "ANN@mail.example ", "another note", world=world)

    assert again == {**first, "sent": False, "already": True}
    assert len(world.mailbox.sent()) == 1


def test_a_moved_interview_is_another_invitation(world: World) -> None:
    first = send_invitation("i1", ANN, world=world)
    world.agenda.cancel("i1")
    book(world, "ann", "i1", start=START.replace(hour=16), end=START.replace(hour=17))

    second = send_invitation("i1", ANN, world=world)

    assert second["sent"]
    assert second["message_id"] != first["message_id"]
    assert "21:30–22:30 IST" in text(world.mailbox.sent()[1])


def test_whoever_does_not_take_part_gets_no_invitation(world: World) -> None:
    with pytest.raises(TryAgain, match=rf"'bob@mail\.example' does not take part.*\n.*{ANN}, {ADA}, {BEN}"):
        send_invitation("i1", "bob@mail.example", world=world)

    assert world.mailbox.sent() == []


@pytest.mark.parametrize("note", ["You beat Bob Miller!", "ask BOB  miller", "Cy Miller was not as good"])
def test_a_candidate_never_reads_another_candidates_name(world: World, note: str) -> None:
    with pytest.raises(TryAgain, match="names another candidate"):
        send_invitation("i1", ANN, note, world=world)

    assert world.mailbox.sent() == []


def test_the_panel_reads_the_candidates_name(world: World) -> None:
    send_invitation("i1", ADA, "Thank you for interviewing Ann Miller.", world=world)

    [sent] = world.mailbox.sent()
    assert sent["Subject"] == "Interview with Ann Miller: Backend Engineer"
    assert "please interview Ann Miller" in text(sent)


def test_a_candidate_of_the_same_name_does_not_stop_a_mail(world: World) -> None:
    apply(world, "twin", name="Ann Miller", mail="ANN@mail.example")

    assert send_invitation("i1", ANN, "Dear Ann Miller, see you!", world=world)["sent"]


def test_a_calendar_entry_that_names_another_candidate_is_not_sent_to_one(world: World) -> None:
    book(world, "cy", "i2", start=START.replace(hour=9), end=START.replace(hour=10), title="Cy Miller after Bob Miller")

    with pytest.raises(CannotWork, match="the calendar entry names another candidate, 'Bob Miller'"):
        send_invitation("i2", "cy@mail.example", world=world)

    assert send_invitation("i2", ADA, world=world)["sent"]


def test_nobody_is_invited_to_what_is_over_or_not_booked(world: World) -> None:
    book(world, "bob", "past", start=START.replace(month=1), end=START.replace(month=1, hour=15))

    with pytest.raises(CannotWork, match="'past' is over"):
        send_invitation("past", "bob@mail.example", world=world)
    with pytest.raises(TryAgain, match="no interview 'i9' is booked"):
        send_invitation("i9", ANN, world=world)

    assert world.mailbox.sent() == []


def test_nobody_is_invited_once_the_candidate_has_withdrawn(world: World) -> None:
    world.ats.move("ann", "withdrawn")

    with pytest.raises(CannotWork, match="'ann' is withdrawn"):
        send_invitation("i1", ADA, world=world)

    assert world.mailbox.sent() == []


def test_an_invitation_reaches_a_real_mail_server(world: World, tmp_path: Path) -> None:
    with SmtpServer() as server:
        smtp = SmtpMailbox(server.url, tmp_path / "smtp")
        posted = World(**{**vars(world), "mailbox": smtp})

        told = [send_invitation("i1", ANN, "Grüße!", world=posted)["sent"] for _ in range(2)]

    assert told == [True, False]
    [received] = server.received
    calendar = list(received.iter_parts())[-1]
    assert "Grüße!" in text(received)
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert "UID:i1" in calendar.get_content()


@pytest.mark.statement("recruiting", 10)
def test_a_rejection_waits_for_a_person_and_is_never_sent(world: World) -> None:
    told = [draft_rejection("bob", "Thank you for the talk.", world=world) for _ in range(2)]

    [draft] = world.mailbox.drafts()
    wait = "read and send (or discard) the rejection to Bob Miller"
    first = {"candidate": "bob", "draft": draft["Message-ID"], "already": False, "waits_for_person": wait}
    assert told == [first, {**first, "already": True}]
    assert world.mailbox.sent() == []
    assert (draft["To"].addresses[0].addr_spec, draft["X-Unsent"]) == ("bob@mail.example", "1")
    assert "Backend Engineer" in text(draft)
    record = world.ats.candidate("bob")
    assert record is not None
    assert record["stage"] == "shortlisted"


@pytest.mark.statement("recruiting", 10)
def test_a_rejection_never_names_another_candidate(world: World) -> None:
    with pytest.raises(TryAgain, match="'Ann Miller'"):
        draft_rejection("bob", "Ann Miller was better.", world=world)

    assert world.mailbox.drafts() == []


@pytest.mark.parametrize(("mail", "why"), [("", "has no mail address"), ("dee@", "is no mail address")])
def test_without_an_address_nothing_is_drafted(world: World, mail: str, why: str) -> None:
    apply(world, "dee", mail=mail)

    with pytest.raises(CannotWork, match=why):
        draft_rejection("dee", world=world)

    assert world.mailbox.drafts() == []


def test_who_withdrew_or_was_hired_is_not_rejected(world: World) -> None:
    world.ats.move("bob", "withdrawn")
    apply(world, "hal", stage="hired")

    for candidate in ("bob", "hal"):
        with pytest.raises(CannotWork, match="draft no rejection"):
            draft_rejection(candidate, world=world)

    assert world.mailbox.drafts() == []


def test_nobody_whom_the_ranking_shortlists_is_rejected(world: World) -> None:
    apply(world, "top", [10, 6, 4])

    with pytest.raises(CannotWork, match="the ranking shortlists 'top'"):
        draft_rejection("top", world=world)


def test_a_candidate_who_is_not_there_is_named(world: World) -> None:
    with pytest.raises(TryAgain, match="no candidate 'nobody'"):
        draft_rejection("nobody", world=world)
