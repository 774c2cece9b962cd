"""Finding, booking and cancelling meetings of the house, with rooms and in series.

Of calendars only busy and free is read; what anybody does at a time never appears. Tentative counts as busy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5
from zoneinfo import ZoneInfo

from runtime.clock import stamp
from runtime.errors import TryAgain
from tools.backends.ical import one_line, when
from tools.backends.ical_entries import occurrences
from tools.backends.protocols import AlreadyBooked, Busy, Event, SlotTaken
from tools.diaries import objection, someone, without
from tools.directory import Person
from tools.meeting_facts import FOCUS, MEETING, organiser_zone, shown, title_of
from tools.moments import check_minutes, days_of, local_times, start_of, utc
from tools.party import Party, party_of
from tools.series import Repeat, rule_of, shifts, times_of
from tools.slots import Someone, free_slots, why_none
from tools.tool import Reverse, tool
from tools.world import World

_LIMIT = 50
_EVERY = 2000  # starts that are looked at
_NEXT = timedelta(days=14)
_ANY = (time(0), time(23, 59))


@tool(effect="read", trusted=("slots.*.start", "slots.*.room"))
def find_times(
    attendees: list[str],
    minutes: int,
    first_day: str,
    last_day: str,
    optional: list[str] | None = None,
    seats: int = 0,
    earliest: str = "00:00",
    latest: str = "23:59",
    repeat: Repeat = "",
    times: int = 1,
    instead_of: str = "",
    limit: int = 10,
    *,
    world: World,
) -> dict[str, Any]:
    """Find times at which everybody can meet, the best first: where the optional can come too, then the earliest.
    `attendees` are mail addresses (none for the organiser alone), `optional` those of them who need not come; days are
    like 2027-03-15, `earliest` and `latest` the organiser's wall time. With `seats`, each time comes with a room that
    is free and large enough. For a series give `repeat` and `times`: it fits at every time. To move a meeting, give its
    id in `instead_of`. Gives starts in UTC and everybody's local time, or why there is none."""
    check_minutes(minutes)
    first, last = days_of(first_day, last_day, world)
    party = party_of(attendees, optional or [], world, alone=True)
    moved = world.agenda.find(instead_of) if instead_of else None
    own = tuple(occurrences(moved)) if moved else ()
    search = _Search(party, minutes, first, last, (_clock(earliest), _clock(latest)), (repeat, times), seats, own)
    slots = search.slots(world, max(1, min(limit, _LIMIT)))
    found: dict[str, Any] = {"slots": slots, "minutes": minutes}
    if party.guests:
        found["note"] = f"the calendars of {', '.join(party.guests)} are not known here"
    return found | ({} if slots else {"why": search.why(world)})


def _booked(title: str, attendees: list[str], start: str, minutes: int, **more: Any) -> Any:
    """The probe of book_meeting: the meeting, if it is there."""
    world: World = more["world"]
    uid = _uid(title, attendees, _window(start, more, world), world)
    known = world.agenda.find(uid)
    return shown(known, world, already=True) if known else None


def _unbooked(args: Mapping[str, Any], result: Any) -> Reverse | None:
    return None if result.get("already") else Reverse("cancel_meeting", {"meeting": result["meeting"]})


@tool(
    effect="write",
    targets=("attendees",),
    identity=("title", "attendees", "first_day", "last_day"),
    trusted=("meeting",),
    probe=_booked,
    undo=_unbooked,
    preview="entry",
)
def book_meeting(
    title: str,
    attendees: list[str],
    start: str,
    minutes: int,
    optional: list[str] | None = None,
    repeat: Repeat = "",
    times: int = 1,
    first_day: str = "",
    last_day: str = "",
    *,
    world: World,
) -> dict[str, Any]:
    """Book a meeting into the calendars of everybody who takes part, or into none. `attendees` are mail addresses, a
    room's among them; `optional` are those of them who need not come. `start` is a time that find_times gave, such as
    2027-03-16T14:00:00Z; `first_day` and `last_day` are the days that were asked for: a meeting of this title with
    these people in them is returned as it is, and nothing changes. A series has `repeat` and `times`. Nobody is told by
    this alone. `meeting` in the result is the id to change or cancel it by."""
    days = _window(start, {"first_day": first_day, "last_day": last_day}, world)
    uid = _uid(title, attendees, days, world)
    if known := world.agenda.find(uid):
        return shown(known, world, already=True)
    check_minutes(minutes)
    party = party_of(attendees, optional or [], world)
    begins = start_of(start, world)
    ends = begins + timedelta(minutes=minutes)
    zone = organiser_zone(world)
    event = Event(
        uid=uid,
        title=title_of(title),
        start=begins,
        end=ends,
        organizer=world.house_mail,
        attendees=(),
        location=", ".join(one.name for one in party.needed if one.seats),
        facts={"kind": MEETING, "asked": stamp(world.clock.now())},
        rule=rule_of(repeat, times, begins, zone),
        zone=zone if repeat else "",
    )
    return _written(event, party, world)


def _recalled(meeting: str, *, world: World) -> Any:
    """The probe of cancel_meeting: what it returned, if the meeting is cancelled."""
    if world.agenda.find(meeting) is not None:
        return None
    event = world.agenda.cancelled(meeting)
    return _cancelled(event, world) if event else None


def _rebooked(args: Mapping[str, Any], result: Any) -> Reverse | None:
    """A meeting that is booked again by the same people; one in a series or of a guest needs a person to say so."""
    again = {name: result[name] for name in ("title", "optional", "start", "minutes")}
    people = [*result["attendees"], *result["optional"], *filter(None, [result["room"]])]
    again["attendees"] = people
    return Reverse("book_meeting", again) if not result["repeats"] else None


@tool(effect="write", targets=("meeting",), identity=("meeting",), probe=_recalled, undo=_rebooked, preview="entry")
def cancel_meeting(meeting: str, *, world: World) -> dict[str, Any]:
    """Cancel a meeting, or a whole series, in the calendars of everybody who takes part. `meeting` is its id. Nobody is
    told by this alone: use send_meeting for each who was asked."""
    known = world.agenda.find(meeting)
    if known is not None and known.facts.get("kind") not in (MEETING, FOCUS):
        raise TryAgain(f"'{meeting}' is no meeting of this kind", remedy="take an id that list_meetings gives")
    event = world.agenda.cancel(meeting)
    if event is None:
        raise TryAgain(f"no meeting '{meeting}' is booked", remedy="take an id that list_meetings gives")
    return _cancelled(event, world)


@dataclass(frozen=True)
class _Search:
    """One search: who, how long, between which days and wall times, how often, in how large a room; `own` are times
    that become free."""

    party: Party
    minutes: int
    first: date
    last: date
    hours: tuple[time, time]
    series: tuple[Repeat, int]
    seats: int
    own: tuple[Busy, ...] = ()

    def slots(self, world: World, limit: int) -> list[dict[str, Any]]:
        """What find_times gives, best first; not more than `limit`."""
        last = self.last + timedelta(days=7 * self.series[1] if self.series[0] else 0)
        people = [without(one, self.own) for one in self.party.times(self.first, last, world)]
        options = self.party.options(self.first, last, world)
        rooms = [(one.mail, someone(one, self.first, last, world)) for one in self._rooms(world)]
        span = timedelta(minutes=self.minutes)
        found: list[tuple[int, datetime, dict[str, Any]]] = []
        for start in self._starts(people, world):
            room = next((mail for mail, one in rooms if one.free(start, start + span)), "")
            if not self._repeats(start, people, world) or (self.seats and not room):
                continue
            missing = [one.name for one in options if objection(one, start, start + span)]
            slot = {
                "start": utc(start),
                "when": when(start, start + span, organiser_zone(world)),
                "local": local_times(start, start + span, [*people, *options]),
                **({"optional_missing": missing} if options else {}),
                **({"room": room} if room else {}),
            }
            found.append((len(missing), start, slot))
            if sum(not one[0] for one in found) == limit:  # none that comes later is better
                break
        return [slot for _, _, slot in sorted(found, key=lambda one: one[:2])][:limit]

    def why(self, world: World) -> str:
        """Why there is no slot: who objects to the one time that was asked for, else what stands in the way of all."""
        people = [without(one, self.own) for one in self.party.times(self.first, self.last, world)]
        said = self._objections(people, world)
        room = f"; or no room with {self.seats} seats is free" if self.seats else ""
        if said:
            return "; ".join(said)
        days = {"first_day": self.first, "last_day": self.last}
        opens, closes = self.hours
        between = f"; asked for are {opens:%H:%M}-{closes:%H:%M}" if self.hours != _ANY else ""
        return why_none(people, **days, minutes=self.minutes, after=world.clock.now()) + between + room

    def _objections(self, people: list[Someone], world: World) -> list[str]:
        """What everybody has against the one time that fits into the hours; nothing if there are several."""
        span = timedelta(minutes=self.minutes)
        begins = datetime.combine(self.first, self.hours[0], ZoneInfo(organiser_zone(world)))
        if self.first != self.last or self.hours == _ANY or (begins + span).time() < self.hours[1]:
            return []
        return [why for one in people if (why := objection(one, begins, begins + span))]

    def _starts(self, people: list[Someone], world: World) -> list[datetime]:
        opens, closes = self.hours
        zone = ZoneInfo(organiser_zone(world))
        starts = free_slots(
            people,
            first_day=self.first,
            last_day=self.last,
            minutes=self.minutes,
            after=world.clock.now(),
            limit=_EVERY,
        )
        span = timedelta(minutes=self.minutes)
        return [
            one
            for one in starts
            if opens <= one.astimezone(zone).time() and (one + span).astimezone(zone).time() <= closes
        ]

    def _repeats(self, start: datetime, people: list[Someone], world: World) -> bool:
        repeat, times = self.series
        if not repeat:
            return True
        zone = organiser_zone(world)
        end = start + timedelta(minutes=self.minutes)
        event = Event("", "", start, end, "", (), rule=rule_of(repeat, times, start, zone), zone=zone)
        return all(one.free(span.start, span.end) for span in times_of(event)[1:] for one in people)

    def _rooms(self, world: World) -> list[Person]:
        fitting = [one for one in world.directory.rooms if one.seats >= self.seats] if self.seats else []
        return sorted(fitting, key=lambda one: (one.seats, one.name))


def _written(event: Event, party: Party, world: World) -> dict[str, Any]:
    """The event, booked with everybody of the party. Raises TryAgain with the next free times if it does not suit."""
    spans = times_of(event)
    day = event.start.date()
    people = party.times(day - timedelta(days=1), max(spans[-1].end.date(), day + _NEXT), world, but=event.uid)
    if said := [why for one in people if (why := objection(one, event.start, event.end))]:
        raise TryAgain(f"{utc(event.start)} does not suit: {'; '.join(said)}", remedy=_next(people, event, world))
    options = party.options(day, spans[-1].end.date(), world, but=event.uid)
    busy = [
        person.mail
        for person, one in zip(party.optional, options, strict=True)
        if not all(one.free(span.start, span.end) for span in spans)
    ]
    whole = Event(**{**vars(event), "attendees": party.attendees(busy)})
    try:
        written = world.agenda.book(whole)
    except SlotTaken as taken:
        problem = f"that time is taken: {taken.who} is busy then"
        raise TryAgain(problem, remedy=_next(people, event, world)) from taken
    except AlreadyBooked as known:
        return shown(known.event, world, already=True)
    told = shown(world.agenda.find(event.uid) or whole, world, already=not written)
    return told | {"shifts": shifts(whole, people)} if event.rule else told


def _next(people: list[Someone], event: Event, world: World) -> str:
    day, minutes = event.start.date(), int((event.end - event.start) / timedelta(minutes=1))
    search: dict[str, Any] = {"first_day": day, "last_day": day + _NEXT, "minutes": minutes}
    starts = free_slots(people, **search, after=world.clock.now(), limit=3)
    if not starts:
        return f"nothing is free up to {day + _NEXT}; ask fewer people"
    return f"the next free starts are {', '.join(utc(one) for one in starts)}"


def _cancelled(event: Event, world: World) -> dict[str, Any]:
    return shown(event, world, already=False) | {"cancelled": True}


def _uid(title: str, attendees: Sequence[str], days: tuple[str, str], world: World) -> str:
    """The id of the one meeting of this title with these people in these days; the same at every run."""
    domain = world.house_mail.rsplit("@", 1)[-1]
    rooms = {one.mail for one in world.directory.rooms}
    people = sorted({one.strip().lower() for one in attendees} - rooms - {world.house_mail.lower()})
    about = "/".join(["meeting", one_line(title).casefold(), *people, *days])
    return f"{uuid5(uuid5(NAMESPACE_DNS, domain), about)}@{domain}"


def _window(start: str, more: Mapping[str, Any], world: World) -> tuple[str, str]:
    """The days that were asked for; without them, the organiser's day of the start."""
    try:
        day = datetime.fromisoformat(start).astimezone(ZoneInfo(organiser_zone(world))).date().isoformat()
    except ValueError:
        day = ""
    return str(more.get("first_day") or day), str(more.get("last_day") or more.get("first_day") or day)


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise TryAgain(f"'{text}' is no time of day", remedy="write it like 14:00") from error
