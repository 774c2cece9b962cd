"""Writing to people: invitations and cancellations that are sent once, rejections that are only drafted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runtime.errors import CannotWork, InDoubt, TryAgain
from tools.backends.ical import invitation, next_version
from tools.backends.protocols import Attendee, Event
from tools.letters import (
    House,
    cancellation_letter,
    checked_note,
    invitation_letter,
    message_id,
    named_in,
    rejection_letter,
)
from tools.meeting_facts import left_of
from tools.ranking import shortlisted
from tools.stages import is_open
from tools.tool import Reverse, tool
from tools.world import World

if TYPE_CHECKING:
    from email.message import EmailMessage


def _is_sent(interview: str, to: str, note: str = "", *, world: World) -> dict[str, Any] | None:
    mail, message_id = _invitation_of(interview, to, world)
    if not world.mailbox.has_sent(message_id):
        return None
    return {"to": mail, "interview": interview, "message_id": message_id, "sent": True, "already": False}


def _settle_sent(happened: bool, interview: str, to: str, note: str = "", *, world: World) -> None:
    world.mailbox.settle(_invitation_of(interview, to, world)[1], left=happened)


def _unsend(_args: Mapping[str, Any], result: Any) -> Reverse | None:
    if result["already"]:
        return None
    return Reverse("send_cancellation", {"interview": result["interview"], "to": result["to"]})


@tool(
    effect="send",
    targets=("to",),
    identity=("interview", "to"),
    subjects=("interview", "to"),
    keyed=True,
    probe=_is_sent,
    settle=_settle_sent,
    undo=_unsend,
    preview="letter",
)
def send_invitation(interview: str, to: str, note: str = "", *, world: World) -> dict[str, Any]:
    """Send one person the invitation to an interview: the time on their own clock, where, with whom, and a calendar
    entry. `to` is the mail address of one of its attendees. `note` is a short friendly text of yours, without links;
    the greeting and all facts are added. A second call for the same person and time sends nothing."""
    event = world.agenda.find(interview)
    if event is None:
        raise TryAgain(f"no interview '{interview}' is booked", remedy="take one that list_interviews gives")
    if event.end <= world.clock.now():
        raise CannotWork(f"the interview '{interview}' is over", remedy="invite to a later one")
    person = _attendee(event, to)
    candidate = _candidate(event.facts.get("candidate", ""), world)
    if not is_open(candidate["stage"]):
        raise CannotWork(f"candidate '{candidate['id']}' is {candidate['stage']}", remedy="cancel the interview")
    others = [] if person.host else _others(candidate, world, event)
    if named := named_in(f"{event.title}\n{event.location}\n{event.description}", others):
        raise CannotWork(f"the calendar entry names another candidate, '{named}'", remedy="a person must correct it")
    earlier = range(event.sequence)
    message = invitation_letter(
        event,
        person,
        _house(world),
        applicant=candidate["name"] or candidate["id"],
        title=_title(candidate, world),
        note=checked_note(note, others),
        calendar=invitation(event, clock=world.clock),
        now=world.clock.now(),
        changed=any(world.mailbox.has_sent(_invitation_id(event, person.mail, one, world)) for one in earlier),
    )
    sent = world.mailbox.send(message)
    told = {"to": person.mail, "interview": interview, "message_id": str(message["Message-ID"])}
    return {**told, "sent": sent, "already": not sent}


def _is_cancelled(interview: str, to: str, *, world: World) -> dict[str, Any] | None:
    told = _told(*_cancellation_of(interview, to, world))
    return {**told, "sent": True, "already": False} if world.mailbox.has_sent(told["message_id"]) else None


def _settle_cancelled(happened: bool, interview: str, to: str, *, world: World) -> None:
    _, message = _cancellation_of(interview, to, world)
    world.mailbox.settle(str(message["Message-ID"]), left=happened)


@tool(
    effect="send",
    targets=("to",),
    identity=("interview", "to"),
    subjects=("interview", "to"),
    keyed=True,
    probe=_is_cancelled,
    settle=_settle_cancelled,
    preview="letter",
)
def send_cancellation(interview: str, to: str, *, world: World) -> dict[str, Any]:
    """Tell one person that an interview does not take place, or does without them, with a calendar entry that removes
    it. `to` is the mail address of one of its attendees, or of who left its panel. This alone cancels nothing in the
    house's calendars."""
    person, message = _cancellation_of(interview, to, world)
    sent = world.mailbox.send(message)
    return {**_told(person, message), "sent": sent, "already": not sent}


def _undraft(args: Mapping[str, Any], result: Any) -> Reverse | None:
    return None if result["already"] else Reverse("withdraw_draft", {"candidate": args["candidate"]})


@tool(
    effect="write",
    targets=("candidate",),
    identity=("candidate",),
    subjects=("candidate",),
    keyed=True,
    undo=_undraft,
    preview="letter",
)
def draft_rejection(candidate: str, note: str = "", *, world: World) -> dict[str, Any]:
    """Draft a short, kind rejection to one candidate. It is never sent: a person reads it and sends it, or does not.
    `note` is a short personal text of yours, such as thanks for something they did, without links."""
    record = _candidate(candidate, world)
    if record["stage"] in ("hired", "withdrawn"):
        raise CannotWork(f"candidate '{candidate}' is {record['stage']}", remedy="draft no rejection")
    if candidate in shortlisted(record["position"], world):
        raise CannotWork(f"the ranking shortlists '{candidate}'", remedy="draft no rejection; a person decides")
    if not record["mail"]:
        raise CannotWork(f"candidate '{candidate}' has no mail address", remedy="a person has to reach them otherwise")
    message = rejection_letter(
        candidate,
        record["name"],
        record["mail"],
        _house(world),
        title=_title(record, world),
        note=checked_note(note, _others(record, world)),
        now=world.clock.now(),
    )
    drafted = world.mailbox.draft(message)
    wait = f"read and send (or discard) the rejection to {record['name'] or candidate}"
    told = {"candidate": candidate, "draft": str(message["Message-ID"]), "already": not drafted}
    return {**told, "waits_for_person": wait}


@tool(effect="write", targets=("candidate",), identity=("candidate",), subjects=("candidate",), keyed=True)
def withdraw_draft(candidate: str, *, world: World) -> dict[str, Any]:
    """Take the drafted rejection of one candidate back, if no person has sent or discarded it yet."""
    draft = message_id(_house(world), "rejection", candidate)
    return {"candidate": candidate, "draft": draft, "withdrawn": world.mailbox.withdraw(draft)}


def _invitation_of(interview: str, to: str, world: World) -> tuple[str, str]:
    """Whom the invitation is for and its Message-ID. Raises InDoubt if the interview is not in the calendars."""
    event = world.agenda.find(interview)
    if event is None:
        raise InDoubt(f"the interview '{interview}' is not booked any more, and its mails cannot be told apart")
    mail = _attendee(event, to).mail
    return mail, _invitation_id(event, mail, event.sequence, world)


def _invitation_id(event: Event, mail: str, version: int, world: World) -> str:
    return message_id(_house(world), "invitation", event.uid, str(version), mail.lower())


def _cancellation_of(interview: str, to: str, world: World) -> "tuple[str, EmailMessage]":
    """Whom the cancellation is for, and the mail; it is the same before and after the calendars are changed."""
    booked = world.agenda.find(interview)
    event = next_version(booked) if booked else world.agenda.cancelled(interview)
    if event is None:
        raise TryAgain(f"there never was an interview '{interview}'", remedy="take one that list_interviews gives")
    version = left_of(event).get(to.strip().lower())
    if version is not None:
        event = replace(event, sequence=version)
    person = _attendee(event, to) if version is None else _former(to, world)
    title = _title({"position": event.facts.get("position", "")}, world) or "the position"
    calendar = invitation(replace(event, attendees=(person,)), "CANCEL", clock=world.clock)
    house, now = _house(world), world.clock.now()
    replaced = version is not None
    letter = cancellation_letter(event, person, house, title=title, calendar=calendar, now=now, replaced=replaced)
    return person.mail, letter


def _told(mail: str, message: "EmailMessage") -> dict[str, Any]:
    return {"to": mail, "message_id": str(message["Message-ID"])}


def _attendee(event: Event, to: str) -> Attendee:
    for one in event.attendees:
        if one.mail.casefold() == to.strip().casefold():
            return one
    known = ", ".join(one.mail for one in event.attendees)
    raise TryAgain(f"'{to}' does not take part in the interview", remedy=f"write to one of {known}")


def _former(to: str, world: World) -> Attendee:
    """Somebody of the house who was on a panel."""
    mail = to.strip().lower()
    known = next((one for one in world.directory.people if one.mail == mail), None)
    return Attendee(mail, known.name if known else "", known.zone if known else "")


def _candidate(candidate: str, world: World) -> dict[str, Any]:
    record = world.ats.candidate(candidate)
    if record is None:
        raise TryAgain(f"the records hold no candidate '{candidate}'", remedy="take an id from list_candidates")
    return record


def _others(candidate: dict[str, Any], world: World, event: Event | None = None) -> list[str]:
    """Names and addresses of the position's other candidates, without those that the mail's own people share."""
    own = {candidate["name"], candidate["mail"]} | {one.name for one in (event.attendees if event else ())}
    same = {name.casefold() for name in own}
    others = [one for one in world.ats.candidates(candidate["position"]) if one["id"] != candidate["id"]]
    return [name for one in others for name in (one["name"], one["mail"]) if name and name.casefold() not in same]


def _house(world: World) -> House:
    return House(world.house_name, world.house_mail)


def _title(candidate: dict[str, Any], world: World) -> str:
    position = str(candidate["position"])
    return next((str(one["title"]) for one in world.ats.positions() if one["position"] == position), "") or position
