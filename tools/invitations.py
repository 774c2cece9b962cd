"""Writing to people about meetings: each once about each state of a meeting, and one reminder."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from runtime.errors import CannotWork, TryAgain
from tools.backends.ical import invitation
from tools.backends.protocols import Attendee, Event
from tools.letters import House, checked_note, message_id
from tools.meeting_facts import MEETING, left_of, letter_id, meeting_of
from tools.meeting_letters import About, meeting_letter
from tools.moments import utc
from tools.replies import replies
from tools.tool import tool
from tools.world import World


def _told(meeting: str, to: str, note: str = "", *, world: World) -> Any:
    """The probe of send_meeting: what it returned, if the mail about the present state has left."""
    event = _event(meeting, world)
    sent = event is not None and letter_id(event, to, world) in world.mailbox.sent_ids()
    return _result(event, to, letter_id(event, to, world), sent=False) if sent and event else None


@tool(effect="send", targets=("meeting", "to"), identity=("meeting", "to"), probe=_told, preview="letter")
def send_meeting(meeting: str, to: str, note: str = "", *, world: World) -> dict[str, Any]:
    """Tell one person of a meeting as it is now: an invitation, the change, or that it is cancelled for them.
    Which of these follows from the calendar. `to` is the address of one who takes part or did; `note` a short friendly
    text without links. About the same state of a meeting nobody is written to twice."""
    event = _event(meeting, world)
    if event is None:
        raise TryAgain(f"no meeting '{meeting}' was ever booked", remedy="take an id that list_meetings gives")
    gone = world.agenda.find(meeting) is None
    person = _recipient(event, to)
    about = _about(event, person, world, cancelled=gone)
    message = meeting_letter(
        event,
        person,
        House(world.house_name, world.house_mail),
        about,
        note=checked_note(note, ()),
        calendar=_calendar(event, person, about, world),
        now=world.clock.now(),
    )
    message["Message-ID"] = letter_id(event, person.mail, world)
    sent = world.mailbox.send(message)
    return _result(event, person.mail, str(message["Message-ID"]), sent=sent) | {"about": about}


def _reminded(meeting: str, to: str, after_hours: int = 24, *, world: World) -> Any:
    """The probe of remind: what it returned, if the reminder has left."""
    event = world.agenda.find(meeting)
    if event is None or _reminder_id(event, to, world) not in world.mailbox.sent_ids():
        return None
    return _result(event, to, _reminder_id(event, to, world), sent=False)


@tool(effect="send", targets=("meeting", "to"), identity=("meeting", "to"), probe=_reminded, preview="letter")
def remind(meeting: str, to: str, after_hours: int = 24, *, world: World) -> dict[str, Any]:
    """Remind one person who was asked to a meeting at least so many hours ago and has not answered. One reminder is all
    that anybody gets for one state of a meeting."""
    event = meeting_of(meeting, world)
    person = _recipient(event, to)
    if why := _no_need(event, person.mail, after_hours, _answered(world), world):
        raise CannotWork(why, remedy="remind those that list_unanswered gives")
    house = House(world.house_name, world.house_mail)
    calendar = invitation(event, clock=world.clock)
    message = meeting_letter(event, person, house, "reminder", note="", calendar=calendar, now=world.clock.now())
    message["Message-ID"] = _reminder_id(event, person.mail, world)
    sent = world.mailbox.send(message)
    return _result(event, person.mail, str(message["Message-ID"]), sent=sent) | {"about": "reminder"}


@tool(effect="read", trusted=("*.meeting",))
def list_unanswered(after_hours: int = 24, *, world: World) -> list[dict[str, Any]]:
    """List who was asked to a coming meeting at least so many hours ago, has not answered and was not reminded."""
    sent, answered = world.mailbox.sent_ids(), _answered(world)
    return [
        {"meeting": event.uid, "title": event.title, "start": utc(event.start), "mail": one.mail}
        for event in world.agenda.events()
        if event.facts.get("kind") == MEETING and event.start > world.clock.now()
        for one in event.attendees
        if one.part == "required" and not _no_need(event, one.mail, after_hours, answered, world)
        if _reminder_id(event, one.mail, world) not in sent
    ]


def _answered(world: World) -> set[tuple[str, str]]:
    """Who has answered to which meeting; to propose another time is an answer, too."""
    return {(one.meeting, one.mail) for one in replies(world) if one.counts or one.said == "counter"}


def _no_need(event: Event, mail: str, after_hours: int, answered: set[tuple[str, str]], world: World) -> str:
    """Why nobody has to remind somebody; empty if somebody should."""
    if mail == event.organizer:
        return f"'{mail}' organises it"
    asked = event.facts.get("asked", "")
    since = world.clock.now() - datetime.fromisoformat(asked) if asked else timedelta()
    if since < timedelta(hours=max(1, after_hours)):
        return f"'{mail}' was asked less than {after_hours} hours ago"
    return f"'{mail}' has answered" if (event.uid, mail) in answered else ""


def _event(meeting: str, world: World) -> Event | None:
    """The meeting as it is, or as it was cancelled."""
    event = world.agenda.find(meeting) or world.agenda.cancelled(meeting)
    return event if event and event.facts.get("kind") == MEETING else None


def _recipient(event: Event, to: str) -> Attendee:
    mail = to.strip().lower()
    for one in event.attendees:
        if one.mail.lower() == mail and one.part != "room":
            return one
    if mail in left_of(event):
        return Attendee(mail, "", "", host=False)
    people = ", ".join(one.mail for one in event.attendees if one.part != "room")
    raise TryAgain(f"'{to}' does not take part in the meeting", remedy=f"write to one of {people}")


def _about(event: Event, person: Attendee, world: World, *, cancelled: bool) -> About:
    if cancelled or person.mail in left_of(event):
        return "cancellation"
    house = House(world.house_name, world.house_mail)
    earlier = {message_id(house, "meeting", event.uid, str(one), person.mail) for one in range(event.sequence)}
    known = "left" not in event.facts or bool(earlier & world.mailbox.sent_ids())
    return "change" if event.sequence and known else "invitation"


def _calendar(event: Event, person: Attendee, about: About, world: World) -> bytes:
    if about != "cancellation":
        return invitation(event, clock=world.clock)
    mine = event if any(one.mail == person.mail for one in event.attendees) else replace(event, attendees=(person,))
    return invitation(mine, "CANCEL", clock=world.clock)


def _reminder_id(event: Event, to: str, world: World) -> str:
    return letter_id(event, to, world, "reminder")


def _result(event: Event, to: str, written: str, *, sent: bool) -> dict[str, Any]:
    return {"meeting": event.uid, "to": to, "message_id": written, "sent": sent, "already": not sent}
