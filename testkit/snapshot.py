"""The final state of a world, as plain values that two runs can be compared by."""

from collections.abc import Iterable
from email.message import EmailMessage
from typing import Any

from tools.world import World


def snapshot(world: World, position: str) -> dict[str, Any]:
    """What a run left behind: interviews in calendars and records, mails, drafts, candidates, proposed merges."""
    return {
        "calendar": [
            (one.uid, one.start, one.end, sorted(person.mail for person in one.attendees), one.sequence)
            for one in world.agenda.events()
        ],
        "busy": {
            person.mail: world.agenda.busy(person.mail, one.start, one.end)
            for one in world.agenda.events()
            for person in one.attendees
            if person.host
        },
        "interviews": world.ats.interviews(position),
        "candidates": world.ats.candidates(position),
        "merges": world.ats.merges(),
        "positions": world.ats.positions(),
        "sent": mails(world.mailbox.sent()),
        "drafts": mails(world.mailbox.drafts()),
    }


def mails(messages: Iterable[EmailMessage]) -> list[tuple[str, str, str, str]]:
    """Each mail as its Message-ID, recipient, subject and words, sorted."""
    return sorted((str(one["Message-ID"]), str(one["To"]), str(one["Subject"]), words(one)) for one in messages)


def words(message: EmailMessage) -> str:
    """The mail's text as a person reads it."""
    body = message.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""
