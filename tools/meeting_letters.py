"""The mails about a meeting: the invitation, the change, the cancellation and the reminder, put together from facts."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from tools.backends.ical import one_line
from tools.backends.protocols import Attendee, Event
from tools.letters import House, farewell, greeting, mail_to, short, times_for

if TYPE_CHECKING:
    from email.message import EmailMessage

About = Literal["invitation", "change", "cancellation", "reminder"]

_WORDS: dict[About, tuple[str, str]] = {
    "invitation": ("Invitation: {}", "{house} invites you to a meeting: {title}."),
    "change": ("Changed: {}", "the meeting '{title}' has changed. Only what stands here holds."),
    "cancellation": ("Cancelled: {}", "the meeting '{title}' does not take place for you."),
    "reminder": ("Reminder: {}", "you have not answered the invitation to '{title}' yet. Can you come?"),
}
_RHYTHM = {
    "FREQ=WEEKLY": "every week",
    "INTERVAL=2": "every other week",
    "BYDAY=MO,TU,WE,TH,FR": "every working day",
    "FREQ=MONTHLY": "every month",
}


def meeting_letter(
    event: Event, to: Attendee, house: House, about: About, *, note: str, calendar: bytes, now: datetime
) -> "EmailMessage":
    """A mail to one person about the meeting, without a Message-ID; `calendar` is the iTIP part that goes with it."""
    subject, purpose = _WORDS[about]
    company = [short(one.name) or one.mail for one in event.attendees if one.mail != to.mail and one.part != "room"]
    facts = [
        *times_for(event, to),
        *([f"Again: {_rhythm(event)}"] if event.rule else []),
        f"Where: {one_line(event.location) or 'online'}",
        f"With:  {', '.join(company)}",
    ]
    closing = "" if about == "cancellation" else "Please answer the calendar entry that comes with this mail."
    words = purpose.format(house=house.name, title=short(event.title))
    paragraphs = [greeting(to.name), words, note, "\n".join(facts), closing, farewell(house)]
    message = mail_to(house, to.name, to.mail, subject.format(short(event.title)), paragraphs, now)
    message["Auto-Submitted"] = "auto-generated"
    method = "CANCEL" if about == "cancellation" else "REQUEST"
    message.add_alternative(calendar.decode(), subtype="calendar", params={"method": method})
    return message


def _rhythm(event: Event) -> str:
    parts = event.rule.split(";")
    times = next((one.removeprefix("COUNT=") for one in parts if one.startswith("COUNT=")), "")
    said = [words for mark, words in _RHYTHM.items() if mark in parts]
    return f"{said[-1] if said else event.rule}, {times} times, at the same hour in {event.zone}"
