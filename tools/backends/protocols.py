"""What each real system must offer. One protocol per noun; the files beside this one implement them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from email.message import EmailMessage


@dataclass(frozen=True, order=True)
class Busy:
    """A stretch of time that is taken, in UTC; tentative counts as taken, `transparent` entries never appear."""

    start: datetime
    end: datetime


Part = Literal["required", "optional", "room"]


@dataclass(frozen=True)
class Attendee:
    """Somebody at an event, or the room it is in. `host` calendars are ours to write; a guest's is not."""

    mail: str
    name: str
    zone: str
    host: bool = True
    part: Part = "required"


@dataclass(frozen=True)
class Event:
    """One meeting. `uid` is stable over changes of the same meeting, `sequence` counts them (RFC 5545).

    A series has a `rule`, an RRULE with COUNT such as `FREQ=WEEKLY;COUNT=8`, and keeps the wall time of `zone`; `start`
    and `end` are those of its first time.
    """

    uid: str
    title: str
    start: datetime
    end: datetime
    organizer: str
    attendees: tuple[Attendee, ...]
    sequence: int = 0
    location: str = ""
    description: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)  # X- properties, such as the candidate's id
    rule: str = ""
    zone: str = ""


class SlotTaken(Exception):
    """Somebody of the event is busy at that time."""

    def __init__(self, who: str) -> None:
        self.who = who
        super().__init__(f"{who} is busy at that time")


class AlreadyBooked(Exception):
    """The event's uid is booked already, at another time or with other people; `event` is what is booked."""

    def __init__(self, event: Event) -> None:
        self.event = event
        super().__init__(f"'{event.uid}' is booked already")


class Agenda(Protocol):
    """Calendars of several people."""

    def busy(self, mail: str, start: datetime, end: datetime, *, but: str = "") -> list[Busy]:
        """When `mail` is taken between two aware times, sorted, merged, in UTC. Raises KeyError without a calendar.

        The meeting of the uid `but` takes nobody's time: a booking of it that was cut off may have left holds.
        """
        ...

    def book(self, event: Event) -> bool:
        """Write the event into every host's calendar, all or none, only where all are free.

        True if it was written now, False if this very event (same uid, times and people) was there already.
        Raises SlotTaken if any host is busy, also when another process books at this instant; AlreadyBooked if the uid
        is booked differently; KeyError for a host without a calendar. An event that was cancelled may be booked again:
        its sequence is raised above the cancelled one's.
        """
        ...

    def change(self, event: Event) -> Event | None:
        """Put a booked event to another time, or change who takes part: in all calendars, or in none.

        The event as it is then, its sequence raised by one; as it was if it is so already; None if the uid is not
        booked. Who no longer takes part is free again; who stays at the same times need not be free of other things.
        Raises SlotTaken and KeyError as `book` does.
        """
        ...

    def find(self, uid: str) -> Event | None:
        """The event with that uid, from any calendar; None if there is none, or it is cancelled."""
        ...

    def events(self) -> list[Event]:
        """Every event that was booked through `book` and not cancelled, sorted by start."""
        ...

    def cancel(self, uid: str) -> Event | None:
        """Cancel the event in every calendar: nobody is busy with it any more, and `find` does not see it.

        The event with its sequence raised by one; the same again for one cancelled before; None if it never was there.
        """
        ...

    def cancelled(self, uid: str) -> Event | None:
        """The event with that uid as it was cancelled; None if it is booked, or never was. Changes nothing."""
        ...

    def export(self, folder: Path, uids: Collection[str]) -> list[Path]:
        """One `<mail>.ics` per person who has any of these events, with those, for a person to open; the files."""
        ...


class Mailbox(Protocol):
    """A place that mails leave from. The Message-ID is the identity of a mail."""

    def send(self, message: "EmailMessage") -> bool:
        """Send once per Message-ID. True if it left now, False if it had left before."""
        ...

    def draft(self, message: "EmailMessage") -> bool:
        """Keep for a person to look at and send; never sends. False if the same draft was there already."""
        ...

    def has_sent(self, message_id: str) -> bool:
        """Whether the mail left. Raises InDoubt where nobody here can know."""
        ...

    def settle(self, message_id: str, *, left: bool) -> None:
        """Take note of what a person found out about a mail: it left, or it did not and may be tried again."""
        ...

    def withdraw(self, message_id: str) -> bool:
        """Take a draft back, so that it may be drafted anew. False if it is not there (any more)."""
        ...

    def sent(self, only: Collection[str] | None = None) -> "list[EmailMessage]":
        """What left, in order of sending; `only` the mails with these Message-IDs."""
        ...

    def sent_ids(self) -> set[str]:
        """The Message-IDs of all that left."""
        ...

    def drafts(self, only: Collection[str] | None = None) -> "list[EmailMessage]":
        """What waits for a person; `only` the drafts with these Message-IDs."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...


class Ats(Protocol):
    """Applicant records. Plain dictionaries go in and out; every write says whether it changed anything.

    A write may leave fields out: a new row gets defaults, a known one keeps what it has. Unknown fields are refused.
    """

    def put_position(self, position: Mapping[str, Any]) -> bool:
        """Store by `position`: title, status (open, closed or confidential), location, opened."""
        ...

    def positions(self) -> list[dict[str, Any]]:
        """Every position, also closed and confidential ones, by `position`."""
        ...

    def put_candidate(self, candidate: Mapping[str, Any]) -> bool:
        """Store by `id`: position, file, digest, status (ok, needs_ocr or needs_human), name, mail, phone, zone, city,
        country, resume, findings, stage. The stage counts only for a new candidate; afterwards `move` changes it."""
        ...

    def candidates(self, position: str, stage: str | None = None) -> list[dict[str, Any]]:
        """By id, with `scores`, `total` (the points, None without any) and `known` (what could be had for criteria that
        are not unknown)."""
        ...

    def candidate(self, candidate_id: str) -> dict[str, Any] | None:
        """One candidate as in `candidates`, or None."""
        ...

    def put_scores(self, candidate_id: str, scores: Iterable[Mapping[str, Any]]) -> bool:
        """Replace all scores of the candidate: criterion, points (None for unknown), quote, line, max."""
        ...

    def move(self, candidate_id: str, stage: str) -> bool:
        """Move along the stages of `tools.stages`; CannotWork if there is no way, False if the candidate is there."""
        ...

    def history(self, candidate_id: str) -> list[dict[str, Any]]:
        """The candidate's moves in order: at, before, after."""
        ...

    def put_interview(self, interview: Mapping[str, Any]) -> bool:
        """Store by `uid`: candidate, position, start, end, panel (mails)."""
        ...

    def interviews(self, position: str) -> list[dict[str, Any]]:
        """By start; times in UTC as ISO 8601."""
        ...

    def forget_interview(self, uid: str) -> bool:
        """Remove the interview; False if it is not there."""
        ...

    def withdraw_merge(self, first: str, second: str) -> bool:
        """Take a proposal back, in either order of the two; False if it is not there."""
        ...

    def propose_merge(self, first: str, second: str, reason: str) -> bool:
        """Keep that two candidates may be one person, in either order, once. Never merges."""
        ...

    def merges(self) -> list[dict[str, Any]]:
        """Every proposal: first, second, reason, at."""
        ...
