"""Changing meetings that are booked: another time, or somebody else in place of who cannot come.

The meeting keeps its id (UID) and counts its changes (SEQUENCE), so that everybody's calendar follows it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from runtime.clock import stamp
from runtime.errors import CannotWork, TryAgain
from tools.backends.ical_entries import occurrences
from tools.backends.protocols import Attendee, Event, SlotTaken
from tools.diaries import objection, someone, without
from tools.directory import Person
from tools.meeting_facts import MEETING, leaving, meeting_of, shown, untold
from tools.moments import days_of, start_of, utc
from tools.series import rule_from, times_of
from tools.slots import Someone
from tools.tool import Reverse, tool
from tools.world import World


@tool(effect="read", trusted=("*.meeting",))
def list_meetings(first_day: str = "", last_day: str = "", meeting: str = "", *, world: World) -> list[dict[str, Any]]:
    """List the meetings that were booked here, by time, with everybody's local time and who has not been told of their
    present state (`untold`). Give days like 2027-03-15, or the id of one meeting, which is given also when it is
    cancelled. What else is in anybody's calendar is not listed."""
    if meeting:
        event = world.agenda.find(meeting) or world.agenda.cancelled(meeting)
        events = [event] if event else []
    else:
        events = world.agenda.events()
        if first_day:
            first, last = days_of(first_day, last_day or first_day, world)
            events = [one for one in events if first <= one.start.date() <= last]
    sent = world.mailbox.sent_ids()
    return [
        shown(one, world, already=True) | {"untold": untold(one, world, sent)}
        for one in events
        if one.facts.get("kind") == MEETING
    ]


@tool(effect="read", trusted=("meeting", "people.*.mail"))
def find_substitutes(meeting: str, leaves: str, *, world: World) -> dict[str, Any]:
    """Find colleagues who could take somebody's place in a meeting at its time: of the same team, free, and not in it
    already. `leaves` is the mail address of who cannot come. Those with most skills in common come first."""
    event = meeting_of(meeting, world)
    gone = _member(event, leaves, world)
    present = {one.mail for one in event.attendees}
    able = [
        one
        for one in (world.directory.team(gone.team) if gone.team else ())
        if one.mail not in present and not hindered(one, event, world)
    ]
    able.sort(key=lambda one: -len(set(one.skills) & set(gone.skills)))
    people = [
        {"mail": one.mail, "name": one.name, "skills": sorted(set(one.skills) & set(gone.skills))} for one in able
    ]
    return {"meeting": event.uid, "leaves": gone.mail, "people": people}


def _moved(meeting: str, start: str, *, world: World) -> Any:
    """The probe of move_meeting: the meeting, if it is at that time."""
    event = world.agenda.find(meeting)
    at = datetime.fromisoformat(start)
    return shown(event, world, already=True) if event and event.start == at else None


def _moved_back(args: Mapping[str, Any], result: Any) -> Reverse | None:
    if result.get("already"):
        return None
    return Reverse("move_meeting", {"meeting": result["meeting"], "start": result["before"]})


@tool(
    effect="write",
    targets=("meeting",),
    identity=("meeting", "start"),
    trusted=("meeting",),
    probe=_moved,
    undo=_moved_back,
    preview="entry",
)
def move_meeting(meeting: str, start: str, *, world: World) -> dict[str, Any]:
    """Move a meeting to another time in the calendars of everybody who takes part and of its room, or in none. `start`
    is a time like 2027-03-16T14:00:00Z. A series moves as a whole. Nobody is told by this alone."""
    event = meeting_of(meeting, world)
    begins = start_of(start, world)
    if event.start == begins:
        return shown(event, world, already=True)
    moved = replace(event, start=begins, end=begins + (event.end - event.start), facts=_asked_now(event, world))
    if event.rule:
        moved = replace(moved, rule=rule_from(event.rule, begins, event.zone))
        times_of(moved)
    said = [why for one in _needed(event, moved, world) if (why := objection(one, moved.start, moved.end))]
    if said:
        raise TryAgain(f"{utc(begins)} does not suit: {'; '.join(said)}", remedy="take a time that find_times gives")
    return _changed(moved, world) | {"before": utc(event.start)}


def _replaced(meeting: str, leaves: str, comes: str, *, world: World) -> Any:
    """The probe of replace_attendee: the meeting, if the one has left it and the other is in it."""
    event = taken_over(meeting, leaves, comes, world)
    return shown(event, world, already=True) if event else None


def _swapped_back(args: Mapping[str, Any], result: Any) -> Reverse | None:
    if result.get("already"):
        return None
    back = {"meeting": args["meeting"], "leaves": args["comes"], "comes": args["leaves"]}
    return Reverse("replace_attendee", back)


@tool(
    effect="write",
    targets=("meeting", "leaves", "comes"),
    identity=("meeting", "leaves", "comes"),
    trusted=("meeting",),
    probe=_replaced,
    undo=_swapped_back,
    preview="entry",
)
def replace_attendee(meeting: str, leaves: str, comes: str, *, world: World) -> dict[str, Any]:
    """Put somebody of the house into a meeting in place of who cannot come. Both are addresses; `comes` is one that
    find_substitutes gave. The time stays. Nobody is told by this alone."""
    if done := _replaced(meeting, leaves, comes, world=world):
        return dict(done)
    event = meeting_of(meeting, world)
    gone, new = _member(event, leaves, world), colleague(comes, world)
    if new.mail in {one.mail for one in event.attendees}:
        raise CannotWork(f"'{new.mail}' takes part already", remedy="take somebody else")
    if why := hindered(new, event, world):
        raise TryAgain(why, remedy="take somebody that find_substitutes gives")
    others = tuple(one for one in event.attendees if one.mail != gone.mail)
    facts = _asked_now(event, world) | {"left": leaving(event, gone.mail, new.mail)}
    people = (*others, Attendee(new.mail, new.name, new.zone))
    return _changed(replace(event, attendees=people, facts=facts), world) | {"leaves": gone.mail, "comes": new.mail}


def _changed(event: Event, world: World) -> dict[str, Any]:
    try:
        now = world.agenda.change(event)
    except SlotTaken as taken:
        raise TryAgain(f"{taken.who} is busy then", remedy="take a time that find_times gives") from taken
    if now is None:
        raise TryAgain(f"the meeting '{event.uid}' was just cancelled", remedy="list the meetings again")
    return shown(now, world, already=False)


def _needed(event: Event, moved: Event, world: World) -> list[Someone]:
    """Who decides about the new time, free of the meeting as it stands in their calendars now."""
    own = occurrences(event)
    days = moved.start.date(), moved.end.date() + timedelta(days=1)
    people = [
        someone(world.directory.by_mail(one.mail), *days, world)
        for one in event.attendees
        if one.host and one.part != "optional"
    ]
    return [without(one, own) for one in people]


def hindered(person: Person, event: Event, world: World) -> str:
    """Why somebody of the house could not come to a meeting as it is; empty if they could."""
    spans = occurrences(event)
    days: tuple[date, date] = spans[0].start.date(), spans[-1].end.date()
    one = someone(person, *days, world)
    busy = "" if all(one.free(span.start, span.end) for span in spans) else f"{person.name} is busy"
    return objection(one, event.start, event.end) or busy


def _asked_now(event: Event, world: World) -> dict[str, str]:
    return {**event.facts, "asked": stamp(world.clock.now())}


def _member(event: Event, mail: str, world: World) -> Person:
    if mail.strip().lower() not in {one.mail for one in event.attendees if one.part != "room"}:
        people = ", ".join(one.mail for one in event.attendees)
        raise TryAgain(f"'{mail}' does not take part", remedy=f"those who do are {people}")
    return colleague(mail, world)


def taken_over(uid: str, leaves: str, comes: str, world: World) -> Event | None:
    """The booked event, if the one has left it and the other is in it."""
    event = world.agenda.find(uid)
    mails = {one.mail for one in event.attendees} if event else set()
    return event if comes.strip().lower() in mails and leaves.strip().lower() not in mails else None


def colleague(mail: str, world: World) -> Person:
    """Who has that address in the directory. Raises TryAgain if nobody has."""
    try:
        return world.directory.by_mail(mail)
    except KeyError as error:
        raise TryAgain(f"'{mail}' is not in the directory", remedy="give an address that find_people gives") from error
