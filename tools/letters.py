"""The mails of a recruiting house: the words of each, put together from facts. Nothing here sends or looks anything up.

A mail's Message-ID follows from what it is about, so that composing it twice gives the same mail to whoever keeps them.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from runtime.errors import CannotWork, TryAgain
from tools.backends.ical import one_line, when
from tools.backends.protocols import Attendee, Event

if TYPE_CHECKING:
    from email.headerregistry import Address
    from email.message import EmailMessage

NOTE_LIMIT = 600

_SPECIALS = dict.fromkeys(map(ord, '()<>[]{}:;@\\,"'), " ")  # RFC 5322, 3.2.3, but for the dot
_LINK = re.compile(r"https?:|www\.|\S@\S", re.IGNORECASE)
_NO_ZONE = "We do not know your time zone, so the time is given in UTC."


@dataclass(frozen=True)
class House:
    """Who writes."""

    name: str
    mail: str


def invitation_letter(
    event: Event,
    to: Attendee,
    house: House,
    *,
    applicant: str,
    title: str,
    note: str,
    calendar: bytes,
    now: datetime,
    changed: bool = False,
) -> "EmailMessage":
    """The invitation to one person: greeting, note, when on their own clock, where, with whom, and the calendar entry.

    `applicant` is the candidate's name, `title` the position's; `calendar` is an iTIP request for the event. `changed`
    says that the person has been invited to an earlier version of it.
    """
    guest = not to.host
    purpose = _purpose(house, short(applicant), f"the position '{short(title)}'", guest=guest, changed=changed)
    company = [short(one.name) or one.mail for one in event.attendees if one.host and one.mail != to.mail]
    with_whom = company if guest else [f"{short(applicant)} (candidate)", *company]
    facts = [
        *times_for(event, to),
        f"Where: {one_line(event.location) or 'not fixed yet'}",
        f"With:  {', '.join(with_whom)}",
    ]
    answer = "A calendar entry comes with this mail. If the time does not suit you, please answer this mail."
    paragraphs = [greeting(to.name), purpose, note, "\n".join(facts), answer, farewell(house)]
    subject = f"Interview: {title} at {house.name}" if guest else f"Interview with {applicant}: {title}"
    subject = f"Changed: {subject}" if changed else subject
    message = mail_to(house, to.name, to.mail, subject, paragraphs, now)
    message["Message-ID"] = message_id(house, "invitation", event.uid, str(event.sequence), to.mail.lower())
    message["Auto-Submitted"] = "auto-generated"
    message.add_alternative(calendar.decode(), subtype="calendar", params={"method": "REQUEST"})
    return message


def _purpose(house: House, applicant: str, position: str, *, guest: bool, changed: bool) -> str:
    if changed:
        interview = f"your interview for {position}" if guest else f"the interview of {applicant} for {position}"
        return f"{interview} has changed. Only what stands here holds."
    if guest:
        return f"{house.name} invites you to an interview for {position}."
    return f"please interview {applicant} for {position}."


def cancellation_letter(
    event: Event, to: Attendee, house: House, *, title: str, calendar: bytes, now: datetime, replaced: bool = False
) -> "EmailMessage":
    """The word to one person that the interview does not take place, with an iTIP cancellation in `calendar`; or that
    it does without them, if somebody has `replaced` them.

    `event` has its sequence raised above the one that the person was invited with.
    """
    purpose = (
        f"a colleague takes your place in the interview for the position '{short(title)}'."
        if replaced
        else f"the interview for the position '{short(title)}' does not take place. We are sorry for the change."
    )
    facts = "\n".join(times_for(event, to))
    paragraphs = [greeting(to.name), purpose, facts, "Your calendar removes the entry.", farewell(house)]
    message = mail_to(house, to.name, to.mail, f"Cancelled: interview, {title}", paragraphs, now)
    message["Message-ID"] = message_id(house, "cancellation", event.uid, str(event.sequence), to.mail.lower())
    message["Auto-Submitted"] = "auto-generated"
    message.add_alternative(calendar.decode(), subtype="calendar", params={"method": "CANCEL"})
    return message


def rejection_letter(
    candidate: str, name: str, mail: str, house: House, *, title: str, note: str, now: datetime
) -> "EmailMessage":
    """A short, kind no, for a person to read and send. `candidate` is the id; mail programs open it as unsent."""
    paragraphs = [
        greeting(name or "applicant"),
        f"thank you for your application for the position '{short(title)}', and for the time you gave it.",
        "We have read it with care and are sorry to tell you that we will not take it further.",
        note,
        "If you want to know how we came to this, or want us to delete your documents, please answer this mail.",
        "We wish you all the best.",
        farewell(house),
    ]
    message = mail_to(house, name, mail, f"Your application: {title}", paragraphs, now)
    message["Message-ID"] = message_id(house, "rejection", candidate)
    message["X-Unsent"] = "1"
    return message


def message_id(house: House, *about: str) -> str:
    """The Message-ID of the mail about these things, the same each time."""
    mark = hashlib.sha256("\0".join(about).encode()).hexdigest()[:32]
    return f"<{about[0]}.{mark}@{house.mail.rpartition('@')[2]}>"


def checked_note(note: str, others: Iterable[str]) -> str:
    """The note as it may stand in a mail: printable, short, with no link or address, naming none of `others`."""
    text = "\n".join(one_line(line) for line in note.splitlines()).strip()
    if len(text) > NOTE_LIMIT:
        raise TryAgain(f"the note has {len(text)} characters", remedy=f"write at most {NOTE_LIMIT}")
    if _LINK.search(text):
        raise TryAgain("the note holds a link or an address", remedy="leave it out; the mail has all that is needed")
    if named := named_in(text, others):
        raise TryAgain(f"the note names another candidate, '{named}'", remedy="leave the name out")
    return text


def named_in(text: str, people: Iterable[str]) -> str:
    """The first full name or address of `people` that stands in `text`, or nothing. Single words are not names."""
    words = _spoken(text)
    for person in people:
        spoken = _spoken(person)
        if (" " in spoken or "@" in spoken) and re.search(rf"(?<!\w){re.escape(spoken)}(?!\w)", words):
            return person
    return ""


def mail_to(house: House, name: str, mail: str, subject: str, paragraphs: list[str], now: datetime) -> "EmailMessage":
    """A mail of the house to one person, still without a Message-ID; empty paragraphs are left out."""
    from email.message import EmailMessage
    from email.policy import default

    message = EmailMessage(policy=default.clone(cte_type="7bit"))
    message["From"] = _address(house.name, house.mail)
    message["To"] = _address(name, mail)
    message["Subject"] = short(subject, 150)
    message["Date"] = now.replace(microsecond=0)
    message.set_content("\n\n".join(part for part in paragraphs if part) + "\n")
    return message


def _address(name: str, mail: str) -> "Address":
    from email.errors import HeaderParseError
    from email.headerregistry import Address

    try:
        return Address(header_name(name), addr_spec=mail)
    except (ValueError, HeaderParseError, IndexError) as error:  # what the library says to addresses that are none
        raise CannotWork(f"'{mail}' is no mail address", remedy="a person has to correct it in the records") from error


def header_name(name: str) -> str:
    """A name as it may stand before an address: with nothing that a reader of headers takes for another address.

    Where a name is longer than a line, Python's `email` folds it without its quotes, and what stood between commas
    would be recipients.
    """
    return short(name.translate(_SPECIALS), 60)


def times_for(event: Event, to: Attendee) -> list[str]:
    """The lines that say when it is: on their own clock and in UTC."""
    utc = when(event.start, event.end, "UTC").replace(" (UTC+00:00)", "")
    if to.zone:
        return [f"When:  {when(event.start, event.end, to.zone)}", f"       {utc}"]
    return [f"When:  {utc}", f"       {_NO_ZONE}"]


def greeting(name: str) -> str:
    """How a letter to that name begins."""
    return f"Dear {short(name)}," if name.strip() else "Hello,"


def farewell(house: House) -> str:
    """How the house ends a letter."""
    return f"Kind regards\n{house.name}"


def short(text: str, most: int = 100) -> str:
    """One line of at most that many characters: names and titles come from files that anybody may have written."""
    line = one_line(text)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _spoken(text: str) -> str:
    return " ".join(text.casefold().split())
