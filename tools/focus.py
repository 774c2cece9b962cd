"""Time of one's own: what the organiser wants to get done, and blocks for it in nobody else's calendar."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from runtime.checked import checked
from runtime.clock import stamp
from runtime.errors import CannotWork, TryAgain
from runtime.problems import ConfigProblems
from runtime.yamlfile import load_yaml
from tools.backends.protocols import AlreadyBooked, Attendee, Event, SlotTaken
from tools.diaries import objection, someone
from tools.directory import Person
from tools.meeting_facts import FOCUS, shown, title_of
from tools.moments import check_minutes, days_of, start_of, utc
from tools.slots import Someone, free_slots
from tools.tool import Reverse, tool
from tools.world import World


class Priority(BaseModel):
    """Something to get done: how many hours it takes, and by when. The file lists the most important first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str = Field(min_length=1, max_length=100, description="what is to be done")
    hours: float = Field(gt=0, le=40, description="how many hours it takes")
    by: date | None = Field(default=None, description="the day by whose end it is to be done")


class Desk(BaseModel):
    """The scheduling scenario's input `desk`: whose assistant this is, and what matters to them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organiser: str = Field(description="the mail address of whoever invites; in the directory")
    block_minutes: int = Field(default=120, ge=30, le=240, description="how long a block of work is at most")
    day_minutes: int = Field(default=240, ge=30, le=480, description="how much of a day is planned at most")
    remind_after_hours: int = Field(default=24, ge=1, le=240, description="how long an answer may take")
    priorities: tuple[Priority, ...] = Field(default=(), description="what is to be done, the most important first")


def desk_of(world: World) -> Desk:
    """The desk that the inputs name. Raises CannotWork without one, ConfigProblems if it is wrong."""
    if "desk" not in world.inputs:
        raise CannotWork("no desk file is given", remedy="a person has to name it: --input desk=FILE")
    located = load_yaml(world.inputs["desk"])
    desk, problems = checked(Desk, located) if located.readable else (None, [])
    if desk is None or problems or located.problems:
        raise ConfigProblems([*located.problems, *problems])
    return desk


@tool(effect="read", trusted=("priorities.*.what",))
def read_priorities(first_day: str, last_day: str, *, world: World) -> dict[str, Any]:
    """Read what the organiser wants to get done, the most important first, how many hours of it are planned in these
    days already, and how long a block of work and the planned part of a day are at most."""
    desk = desk_of(world)
    planned = planned_before(*days_of(first_day, last_day, world), world)
    told = [one.model_dump(mode="json") | {"planned": planned.get(one.what, 0.0)} for one in desk.priorities]
    return {"block_minutes": desk.block_minutes, "day_minutes": desk.day_minutes, "priorities": told}


@tool(effect="read", trusted=("*",))
def find_focus(minutes: int, first_day: str, last_day: str, *, world: World) -> dict[str, Any]:
    """Find when the organiser has so many minutes for themselves, earliest first: working hours without meetings, their
    own focus time included."""
    check_minutes(minutes)
    first, last = days_of(first_day, last_day, world)
    one = _own(_organiser(world), first, last, world)
    search: dict[str, Any] = {"first_day": first, "last_day": last, "minutes": minutes, "after": world.clock.now()}
    starts = free_slots([one], **search, limit=200)
    return {"minutes": minutes, "zone": one.zone, "starts": [utc(at) for at in starts]}


def _kept(title: str, start: str, minutes: int, *, world: World) -> Any:
    """The probe of book_focus: the block, if it is there."""
    known = world.agenda.find(_uid(title, start, world))
    return shown(known, world, already=True) if known else None


def _given_back(args: Mapping[str, Any], result: Any) -> Reverse | None:
    return None if result.get("already") else Reverse("cancel_meeting", {"meeting": result["meeting"]})


@tool(effect="write", identity=("title", "start"), trusted=("meeting",), probe=_kept, undo=_given_back, preview="entry")
def book_focus(title: str, start: str, minutes: int, *, world: World) -> dict[str, Any]:
    """Keep a block of time in the organiser's own calendar for one of their priorities. `start` is one that find_focus
    gave. Nobody else takes part, and nobody is told. The same block again changes nothing."""
    if done := _kept(title, start, minutes, world=world):
        return dict(done)
    check_minutes(minutes)
    me, begins = _organiser(world), start_of(start, world)
    ends = begins + timedelta(minutes=minutes)
    if why := objection(_own(me, begins.date(), ends.date(), world, but=_uid(title, start, world)), begins, ends):
        raise TryAgain(f"{utc(begins)} does not suit: {why}", remedy="take a start that find_focus gives")
    people = (Attendee(me.mail, me.name, me.zone),)
    facts = {"kind": FOCUS, "asked": stamp(world.clock.now())}
    event = Event(_uid(title, start, world), title_of(title), begins, ends, me.mail, people, facts=facts)
    try:
        world.agenda.book(event)
    except SlotTaken as taken:
        raise TryAgain(f"{utc(begins)} was just taken", remedy="take a start that find_focus gives") from taken
    except AlreadyBooked as known:
        return shown(known.event, world, already=True)
    return shown(world.agenda.find(event.uid) or event, world, already=False)


def _uid(title: str, start: str, world: World) -> str:
    """The id of the block: one per title and half of a day, so that planning a week again does not double it."""
    domain = world.house_mail.rsplit("@", 1)[-1]
    local = datetime.fromisoformat(start).astimezone(ZoneInfo(_organiser(world).zone))
    about = f"focus/{title_of(title).casefold()}/{local:%Y-%m-%d}/{'am' if local.hour < 12 else 'pm'}"
    return f"{uuid5(uuid5(NAMESPACE_DNS, domain), about)}@{domain}"


def _organiser(world: World) -> Person:
    try:
        return world.directory.by_mail(world.house_mail)
    except KeyError as error:
        raise CannotWork(f"'{world.house_mail}' is not in the directory", remedy="a person has to add them") from error


def _own(person: Person, first: date, last: date, world: World, but: str = "") -> Someone:
    """The organiser's own time: what others may not book is theirs, and blocks need no buffer."""
    return replace(someone(person, first, last, world, but=but), focus=(), buffer=timedelta())


def planned_before(first: date, last: date, world: World) -> dict[str, float]:
    """How many hours of each priority are in the calendar already, by its title."""
    hours: dict[str, float] = {}
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
    ends = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    for event in world.agenda.events():
        if event.facts.get("kind") == FOCUS and begins <= event.start < ends:
            hours[event.title] = hours.get(event.title, 0.0) + (event.end - event.start) / timedelta(hours=1)
    return hours
