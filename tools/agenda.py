"""Finding, booking and cancelling interviews.

Everybody who takes part is within their working hours: the panel within those of the directory, the candidate from nine
to six, Monday to Friday, in their own time zone if it is known. Of the panel's calendars only busy and free is read.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from runtime.errors import CannotWork, TryAgain
from tools.backends.ical import when
from tools.backends.protocols import AlreadyBooked, Attendee, Event, SlotTaken
from tools.diaries import objection, someone
from tools.directory import Person
from tools.moments import check_minutes, days_of, local_times, start_of, utc
from tools.slots import Someone, free_slots, why_none
from tools.tool import Reverse, tool
from tools.world import World

_LIMIT = 50
_NEXT = timedelta(days=14)
_READY = ("shortlisted", "interview")
_UNKNOWN_ZONE = "the candidate's time zone is unknown: only the panel's working hours were respected"


@tool(effect="read", trusted=("*",), subjects=("candidate",))
def find_slots(
    candidate: str, panel: list[str], minutes: int, first_day: str, last_day: str, limit: int = 10, *, world: World
) -> dict[str, Any]:
    """Find times at which the candidate and everybody on the panel can meet. `candidate` is the id in the applicant
    records, `panel` mail addresses of the house; the days are like 2027-03-15. Gives starts in UTC with everybody's
    local time, earliest first, or why there is none."""
    applicant, members = applicant_of(candidate, world), panel_of(panel, world)
    check_minutes(minutes)
    first, last = days_of(first_day, last_day, world)
    people = people_for(applicant, members, first, last, world)
    search: dict[str, Any] = {"first_day": first, "last_day": last, "minutes": minutes, "after": world.clock.now()}
    starts = free_slots(people, **search, limit=max(1, min(limit, _LIMIT)))
    span = timedelta(minutes=minutes)
    result: dict[str, Any] = {
        "slots": [{"start": utc(start), "local": local_times(start, start + span, people)} for start in starts],
        "minutes": minutes,
    }
    if not starts:
        result["why"] = why_none(people, **search)
    return result | ({} if applicant["zone"] else {"note": _UNKNOWN_ZONE})


def _is_booked(candidate: str, panel: list[str], start: str, minutes: int, *, world: World) -> dict[str, Any] | None:
    known = world.agenda.find(_uid(candidate, world))
    return interview_row(known, already=False) if known else None


def _unbook(_args: Mapping[str, Any], result: Any) -> Reverse | None:
    return None if result["already"] else Reverse("cancel_interview", {"interview": result["interview"]})


@tool(
    effect="write",
    targets=("candidate", "panel"),
    identity=("candidate",),
    trusted=("*",),
    subjects=("candidate", "interview"),
    keyed=True,
    probe=_is_booked,
    undo=_unbook,
    preview="entry",
)
def book_interview(candidate: str, panel: list[str], start: str, minutes: int, *, world: World) -> dict[str, Any]:
    """Book the interview of one candidate into the calendars of everybody on the panel. `start` is a time that
    find_slots gave, such as 2027-03-16T14:00:00Z. A candidate has one interview per position: if it is booked already,
    it is returned as it is and nothing changes."""
    applicant, uid = applicant_of(candidate, world), _uid(candidate, world)
    if known := world.agenda.find(uid):
        return interview_row(known, already=True)
    if applicant["stage"] not in _READY:
        raise CannotWork(f"candidate '{candidate}' is not on the shortlist", remedy="book interviews for those who are")
    if not applicant["mail"]:
        raise CannotWork(f"candidate '{candidate}' has no mail address", remedy="a person has to add it to the records")
    members = panel_of(panel, world)
    check_minutes(minutes)
    begins = start_of(start, world)
    ends = begins + timedelta(minutes=minutes)
    day = begins.date()
    people = people_for(applicant, members, day - timedelta(days=1), day + _NEXT, world, but=uid)
    check_time(people, begins, ends, world)
    event = Event(
        uid=uid,
        title=f"Interview: {_title(applicant['position'], world)} with {applicant['name'] or candidate}",
        start=begins,
        end=ends,
        organizer=world.house_mail,
        attendees=(_guest(applicant), *(Attendee(one.mail, one.name, one.zone) for one in members)),
        facts={"candidate": candidate, "position": applicant["position"]},
    )
    try:
        written = world.agenda.book(event)
    except SlotTaken as taken:
        people = people_for(applicant, members, day - timedelta(days=1), day + _NEXT, world)
        problem = f"that slot was just taken: {taken.who} is busy at {utc(begins)} now"
        raise TryAgain(problem, remedy=next_free(people, minutes, world, day)) from taken
    except AlreadyBooked as known_now:
        return interview_row(known_now.event, already=True)
    return interview_row(world.agenda.find(uid) or event, already=not written)


@tool(
    effect="write",
    targets=("interview",),
    identity=("interview",),
    subjects=("interview", "candidate"),
    keyed=True,
    preview="entry",
)
def cancel_interview(interview: str, *, world: World) -> dict[str, Any]:
    """Cancel an interview in the calendars of everybody on its panel. `interview` is the id that book_interview gave.
    Nobody is told by this alone."""
    event = world.agenda.cancel(interview)
    if event is None:
        there = ", ".join(f"'{one.uid}'" for one in world.agenda.events()[:10])
        raise TryAgain(f"no interview '{interview}' is booked", remedy=f"booked are {there}" if there else "none is")
    result = interview_row(event, already=False)
    del result["already"]
    return result | {"cancelled": True, "sequence": event.sequence}


def _uid(candidate: str, world: World) -> str:
    """The id of the candidate's interview for the position, the same at every run."""
    domain = world.house_mail.rsplit("@", 1)[-1]
    position = applicant_of(candidate, world)["position"]
    return f"{uuid5(uuid5(NAMESPACE_DNS, domain), f'interview/{position}/{candidate}')}@{domain}"


def applicant_of(candidate: str, world: World) -> dict[str, Any]:
    """The applicant's record, with every field that is used here."""
    record = world.ats.candidate(candidate)
    if record is None:
        raise TryAgain(f"the records hold no candidate '{candidate}'", remedy="use an id that list_candidates gives")
    return {name: record.get(name) or "" for name in ("position", "name", "mail", "zone", "stage")} | {"id": candidate}


def panel_of(panel: Sequence[str], world: World) -> list[Person]:
    """The people of the house meant by the addresses, each once."""
    members: dict[str, Person] = {}
    strangers: list[str] = []
    for mail in panel:
        try:
            person = world.directory.by_mail(mail)
        except KeyError:
            near = ", ".join(one.mail for one in world.directory.search(mail.split("@")[0].replace(".", " "))[:3])
            strangers.append(f"'{mail}'" + (f" (did you mean {near}?)" if near else ""))
        else:
            members[person.mail] = person
    if strangers or not members:
        problem = f"not in the directory: {', '.join(strangers)}" if strangers else "the panel is empty"
        raise TryAgain(problem, remedy="give mail addresses that find_people gives")
    return list(members.values())


def people_for(
    applicant: dict[str, Any], members: list[Person], first: date, last: date, world: World, but: str = ""
) -> list[Someone]:
    """Everybody who has to be there, with what they have in those days but for the interview `but`.

    The candidate's own diary is not known.
    """
    people = [someone(one, first, last, world, but=but) for one in members]
    if applicant["zone"]:
        people.append(Someone("the candidate", applicant["zone"]))
    return people


def check_time(people: list[Someone], begins: datetime, ends: datetime, world: World) -> None:
    """Raise TryAgain with who cannot come at that time, and the next times at which all of them can."""
    reasons = [said for one in people if (said := objection(one, begins, ends))]
    if reasons:
        minutes = int((ends - begins) / timedelta(minutes=1))
        problem = f"{utc(begins)} does not suit: {'; '.join(reasons)}"
        raise TryAgain(problem, remedy=next_free(people, minutes, world, begins.date()))


def next_free(people: list[Someone], minutes: int, world: World, day: date) -> str:
    """The next times at which everybody can meet from that day on, as the remedy of an error."""
    search: dict[str, Any] = {"first_day": day, "last_day": day + _NEXT, "minutes": minutes}
    starts = free_slots(people, **search, after=world.clock.now(), limit=3)
    if not starts:
        return f"nothing is free up to {day + _NEXT}; choose another panel"
    return f"the next free starts are {', '.join(utc(start) for start in starts)}"


def interview_row(event: Event, *, already: bool) -> dict[str, Any]:
    """An interview as the tools here give it back: no name, and each zone's own time."""
    return {
        "interview": event.uid,
        "candidate": event.facts.get("candidate", ""),
        "start": utc(event.start),
        "end": utc(event.end),
        "panel": [one.mail for one in event.attendees if one.host],
        "already": already,
        "local": {one.zone: when(event.start, event.end, one.zone) for one in event.attendees if one.zone},
    }


def _guest(applicant: dict[str, Any]) -> Attendee:
    return Attendee(applicant["mail"], applicant["name"], applicant["zone"], host=False)


def _title(position: str, world: World) -> str:
    known = {one["position"]: str(one["title"]) for one in world.ats.positions()}
    return known.get(position) or position
