"""Writing to people: invitations that are sent once, rejections that are only drafted."""

from typing import Any

from runtime.errors import CannotWork, TryAgain
from tools.backends.ical import invitation
from tools.backends.protocols import Attendee, Event
from tools.letters import House, checked_note, invitation_letter, named_in, rejection_letter
from tools.stages import is_open
from tools.tool import tool
from tools.world import World


@tool(effect="send", targets=("to",), identity=("interview", "to"), subjects=("interview", "to"))
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
    message = invitation_letter(
        event,
        person,
        _house(world),
        applicant=candidate["name"] or candidate["id"],
        title=_title(candidate, world),
        note=checked_note(note, others),
        calendar=invitation(event, clock=world.clock),
        now=world.clock.now(),
    )
    sent = world.mailbox.send(message)
    told = {"to": person.mail, "interview": interview, "message_id": str(message["Message-ID"])}
    return {**told, "sent": sent, "already": not sent}


@tool(effect="write", targets=("candidate",), identity=("candidate",), subjects=("candidate",))
def draft_rejection(candidate: str, note: str = "", *, world: World) -> dict[str, Any]:
    """Draft a short, kind rejection to one candidate. It is never sent: a person reads it and sends it, or does not.
    `note` is a short personal text of yours, such as thanks for something they did, without links."""
    record = _candidate(candidate, world)
    if record["stage"] in ("hired", "withdrawn"):
        raise CannotWork(f"candidate '{candidate}' is {record['stage']}", remedy="draft no rejection")
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


def _attendee(event: Event, to: str) -> Attendee:
    for one in event.attendees:
        if one.mail.casefold() == to.strip().casefold():
            return one
    known = ", ".join(one.mail for one in event.attendees)
    raise TryAgain(f"'{to}' does not take part in the interview", remedy=f"write to one of {known}")


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
