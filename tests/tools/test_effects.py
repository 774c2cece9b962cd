"""Every effect can be made once: it has a key or a probe. What can be taken back, is taken back."""

import socket
from pathlib import Path
from typing import Any

import pytest

from crews.catalogue import catalogue
from guard.doubt import identity_of, look
from runtime.errors import CannotWork, InDoubt
from testkit.smtp import SmtpServer
from tests.tools.hiring import ADA, apply, book, house
from tools.agenda import cancel_interview
from tools.backends.ical import event_of
from tools.backends.mail_smtp import SmtpMailbox
from tools.mail import draft_rejection, send_cancellation, send_invitation, withdraw_draft
from tools.records import forget_interview, move_stage, propose_merge, record_interview, withdraw_merge
from tools.tool import Reverse, Tool
from tools.world import World

EFFECTS = [tool for tool in catalogue().values() if tool.effect != "read"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = house(tmp_path)
    apply(world, "kim", [8, 5, 2], stage="shortlisted")
    return world


def called(name: str) -> Tool:
    return catalogue()[name]


def test_there_are_effects_to_test() -> None:
    assert len(EFFECTS) >= 11


@pytest.mark.parametrize("tool", EFFECTS, ids=lambda tool: tool.name)
def test_an_effect_has_a_key_or_a_probe(tool: Tool) -> None:
    assert tool.repeatable, f"nobody could know after a crash whether '{tool.name}' happened: declare a key or a probe"


def test_a_mail_is_found_by_its_message_id(world: World) -> None:
    event = book(world, "kim")
    args = {"interview": event.uid, "to": ADA}
    assert look(called("send_invitation"), args, world).standing == "absent"

    sent = send_invitation(event.uid, ADA, world=world)
    seen = look(called("send_invitation"), args, world)
    assert (seen.standing, seen.result) == ("found", sent)


def test_a_mail_to_an_interview_that_is_gone_cannot_be_known_of(world: World) -> None:
    assert look(called("send_invitation"), {"interview": "gone", "to": ADA}, world).standing == "unknown"


def test_an_interview_is_found_by_its_uid_and_a_stage_by_the_record(world: World) -> None:
    args = {"candidate": "kim", "panel": [ADA], "start": "2027-03-16T08:00:00Z", "minutes": 60}
    tool = called("book_interview")
    assert look(tool, args, world).standing == "absent"
    booked = tool.run(**args, world=world)
    assert look(tool, args, world).result == booked

    move = {"candidate": "kim", "stage": "interview"}
    assert look(called("move_stage"), move, world).standing == "absent"
    assert move_stage(**move, world=world) == look(called("move_stage"), move, world).result


def test_over_smtp_a_mail_that_was_cut_off_is_in_doubt_until_a_person_has_looked(world: World, tmp_path: Path) -> None:
    event = book(world, "kim")
    with SmtpServer() as server:
        mailbox = SmtpMailbox(server.url, tmp_path / "smtp", timeout=5)
        over_smtp = World(**{**vars(world), "mailbox": mailbox})
        args = {"interview": event.uid, "to": ADA}
        tool = called("send_invitation")
        message_id = str(_sent(over_smtp, event.uid)["message_id"])
        mailbox.settle(message_id, left=False)
        assert look(tool, args, over_smtp).standing == "found", "its copy is there"

        mailbox._claim("<other@house.example>")  # as a process does that dies while it sends
        with pytest.raises(InDoubt, match="nobody knows whether the mail <other@"):
            mailbox.has_sent("<other@house.example>")
        mailbox.settle("<other@house.example>", left=True)
        assert mailbox.has_sent("<other@house.example>")
        mailbox.close()


def _sent(world: World, interview: str) -> dict[str, Any]:
    sent: dict[str, Any] = send_invitation(interview, ADA, world=world)
    return sent


def test_a_mail_server_that_is_not_there_may_be_asked_again_later(world: World, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = taken.getsockname()[1]
    mailbox = SmtpMailbox(f"smtp://127.0.0.1:{closed}", tmp_path / "smtp", timeout=1)
    event = book(world, "kim")
    over_smtp = World(**{**vars(world), "mailbox": mailbox})

    with pytest.raises(Exception, match="does not answer") as caught:
        _sent(over_smtp, event.uid)
    assert type(caught.value).__name__ == "TryLater"
    assert look(called("send_invitation"), {"interview": event.uid, "to": ADA}, over_smtp).standing == "absent"
    mailbox.close()


def test_a_cancellation_is_an_itip_cancel_with_the_same_number_as_the_calendars(world: World) -> None:
    event = book(world, "kim")
    send_invitation(event.uid, ADA, world=world)
    before = send_cancellation(event.uid, ADA, world=world)
    cancelled = cancel_interview(event.uid, world=world)
    after = send_cancellation(event.uid, ADA, world=world)

    [_, mail] = world.mailbox.sent()
    [part] = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    calendar = part.get_content()
    assert part.get_param("method") == "CANCEL"
    assert "METHOD:CANCEL" in calendar
    assert event_of(calendar).sequence == cancelled["sequence"] == 1
    assert [one.mail for one in event_of(calendar).attendees] == [ADA]
    assert (before["sent"], after["sent"], after["already"]) == (True, False, True)
    assert look(called("send_cancellation"), {"interview": event.uid, "to": ADA}, world).standing == "found"


def test_undoing_a_recorded_interview_leaves_calendar_and_records_agreeing(world: World) -> None:
    event = book(world, "kim")
    record_interview(event.uid, world=world)
    assert forget_interview(event.uid, world=world) == {"interview": event.uid, "candidate": "kim", "changed": True}
    cancel_interview(event.uid, world=world)

    record = world.ats.candidate("kim")
    assert record is not None
    assert record["stage"] == "shortlisted"
    assert (world.ats.interviews("backend"), world.agenda.events()) == ([], [])
    assert forget_interview(event.uid, world=world) == {"interview": event.uid, "changed": False}


def test_a_draft_is_withdrawn_once_and_can_be_drafted_anew(world: World) -> None:
    apply(world, "lee", [None, None, 1])
    draft_rejection("lee", world=world)
    assert withdraw_draft("lee", world=world)["withdrawn"] is True
    assert withdraw_draft("lee", world=world)["withdrawn"] is False
    assert world.mailbox.drafts() == []
    assert draft_rejection("lee", world=world)["already"] is False


def test_a_merge_proposal_is_withdrawn_in_either_order(world: World) -> None:
    apply(world, "lee")
    propose_merge("lee", "kim", "same phone", world=world)
    assert withdraw_merge("lee", "kim", world=world)["changed"] is True
    assert (world.ats.merges(), withdraw_merge("kim", "lee", world=world)["changed"]) == ([], False)


@pytest.mark.parametrize(
    ("tool", "args", "result", "reverse"),
    [
        ("book_interview", {}, {"interview": "i1", "already": False}, Reverse("cancel_interview", {"interview": "i1"})),
        ("book_interview", {}, {"interview": "i1", "already": True}, None),
        (
            "send_invitation",
            {},
            {"interview": "i1", "to": ADA, "already": False},
            Reverse("send_cancellation", {"interview": "i1", "to": ADA}),
        ),
        ("draft_rejection", {"candidate": "kim"}, {"already": False}, Reverse("withdraw_draft", {"candidate": "kim"})),
        (
            "move_stage",
            {"candidate": "kim", "stage": "interview"},
            {"changed": True},
            Reverse("move_stage", {"candidate": "kim", "stage": "shortlisted"}),
        ),
        ("move_stage", {"candidate": "kim", "stage": "interview"}, {"changed": False}, None),
    ],
)
def test_what_takes_an_effect_back(
    tool: str, args: dict[str, str], result: dict[str, Any], reverse: Reverse | None
) -> None:
    undo = called(tool).undo
    assert undo is not None
    assert undo(args, result) == reverse
    assert reverse is None or set(reverse.args) <= set(called(reverse.tool).args.model_fields)


def test_what_cannot_be_taken_back_says_why() -> None:
    undo = called("move_stage").undo
    assert undo is not None
    with pytest.raises(CannotWork, match="stages only go forward, and 'kim' is shortlisted"):
        undo({"candidate": "kim", "stage": "shortlisted"}, {"changed": True})


def test_case_and_spaces_do_not_make_another_identity() -> None:
    tool = called("send_invitation")
    one = identity_of(tool, {"interview": "i1", "to": "Ada@House.example ", "note": "hello"})
    assert one == identity_of(tool, {"interview": "i1", "to": ADA})
    assert one != identity_of(tool, {"interview": "i2", "to": ADA})
