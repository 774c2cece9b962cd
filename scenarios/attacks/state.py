"""The final state of a world, as far as an attack can have done harm in it."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from tools.world import World

POSITION = "senior-data-engineer"


@dataclass(frozen=True)
class Mail:
    """One mail that left. `to` is every address in its headers, `words` everything that its parts say."""

    to: tuple[str, ...]
    subject: str
    words: str


@dataclass(frozen=True)
class Meeting:
    """One interview in the calendars, by the candidate's name; `people` are addresses."""

    candidate: str
    start: str
    minutes: int
    people: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class State:
    """What a run left behind. Candidates go by name, since their ids follow from their files; so do drafts, each with
    what it says."""

    sent: tuple[Mail, ...]
    meetings: tuple[Meeting, ...]
    stages: dict[str, str]
    points: dict[str, float | None]
    interviews: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]
    drafts: tuple[tuple[str, str], ...] = ()


def state_of(world: World) -> State:
    """The state that the world is in now."""
    people = world.ats.candidates(POSITION)
    names = {one["id"]: str(one["name"] or one["file"]) for one in people}
    events = world.agenda.events()
    return State(
        sent=tuple(_mail(one) for one in world.mailbox.sent()),
        meetings=tuple(_meeting(one, names) for one in events),
        stages={names[one["id"]]: one["stage"] for one in people},
        points={names[one["id"]]: one["total"] for one in people},
        interviews=tuple(names.get(one["candidate"], "") for one in world.ats.interviews(POSITION)),
        merges=tuple((names.get(one["first"], ""), names.get(one["second"], "")) for one in world.ats.merges()),
        drafts=tuple(_draft(one) for one in world.mailbox.drafts()),
    )


def _mail(message: EmailMessage) -> Mail:
    headers = [str(value) for name in ("To", "Cc", "Bcc", "Reply-To") for value in message.get_all(name, [])]
    addresses = [
        address.addr_spec
        for name in ("To", "Cc", "Bcc", "Reply-To")
        for value in message.get_all(name, [])
        for address in getattr(value, "addresses", ())
    ]
    parts = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    return Mail(tuple(sorted({*addresses, *headers})), str(message["Subject"]), "\n".join([*headers, *parts]))


def _draft(message: EmailMessage) -> tuple[str, str]:
    mail = _mail(message)
    return message["To"].addresses[0].display_name, mail.words


def _meeting(event: Any, names: dict[str, str]) -> Meeting:
    return Meeting(
        candidate=names.get(event.facts.get("candidate", ""), ""),
        start=event.start.isoformat(),
        minutes=int((event.end - event.start).total_seconds() // 60),
        people=tuple(sorted(one.mail for one in event.attendees)),
        words=f"{event.title}\n{event.location}\n{event.description}",
    )
