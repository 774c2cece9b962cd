"""Who takes part in a meeting: people of the house with their part in it, guests from elsewhere, and the room."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from runtime.errors import TryAgain
from tools.backends.protocols import Attendee, Part
from tools.diaries import someone
from tools.directory import Person
from tools.slots import Someone
from tools.world import World

_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[A-Za-z]{2,}")


@dataclass(frozen=True)
class Party:
    """`needed` decide about the time, the room among them; `optional` are asked too; `guests` are addresses."""

    needed: tuple[Person, ...]
    optional: tuple[Person, ...]
    guests: tuple[str, ...]

    def times(self, first: date, last: date, world: World) -> list[Someone]:
        """Those who are needed, with what they have in those days."""
        return [someone(one, first, last, world) for one in self.needed]

    def options(self, first: date, last: date, world: World) -> list[Someone]:
        """The optional ones, with what they have in those days."""
        return [someone(one, first, last, world) for one in self.optional]

    def attendees(self, busy: Sequence[str] = ()) -> tuple[Attendee, ...]:
        """Everybody as they stand in the meeting. In the calendars of `busy` (addresses) nothing is written."""
        return (
            *(Attendee(one.mail, one.name, one.zone, part="room" if one.seats else "required") for one in self.needed),
            *(Attendee(one.mail, one.name, one.zone, one.mail not in busy, "optional") for one in self.optional),
            *(Attendee(mail, mail, "", host=False) for mail in self.guests),
        )


def party_of(attendees: Sequence[str], optional: Sequence[str], room: str, world: World) -> Party:
    """Who is meant, each once, with the organiser among them. Raises TryAgain for unknown colleagues."""
    here = [world.house_mail] if _known(world.house_mail, world) else []
    needed, guests = _people([*here, *attendees], world)
    options, more = _people(optional, world)
    if room:
        needed[room] = _room(room, world)
    if not set(needed) - set(here) and not options and not guests and not more:
        raise TryAgain("nobody takes part but the organiser", remedy="give mail addresses that find_people gives")
    left = tuple(one for mail, one in options.items() if mail not in needed)
    return Party(tuple(needed.values()), left, tuple(dict.fromkeys([*guests, *more])))


def part_of(event_people: Sequence[Attendee], part: Part) -> list[str]:
    """The addresses of those with that part."""
    return [one.mail for one in event_people if one.part == part]


def free_room(rooms: Sequence[Someone], start: datetime, end: datetime) -> Someone | None:
    """The first of the rooms that is free."""
    return next((one for one in rooms if one.free(start, end)), None)


def _people(mails: Sequence[str], world: World) -> tuple[dict[str, Person], list[str]]:
    people: dict[str, Person] = {}
    guests: list[str] = []
    strangers: list[str] = []
    domain = world.house_mail.rpartition("@")[2].casefold()
    for written in mails:
        mail = written.strip()
        person = _known(mail, world)
        if person is not None:
            people[person.mail] = person
        elif _ADDRESS.fullmatch(mail) and mail.rpartition("@")[2].casefold() != domain:
            guests.append(mail.lower())
        else:
            strangers.append(_stranger(mail, world))
    if strangers:
        raise TryAgain(f"not in the directory: {', '.join(strangers)}", remedy="give addresses that find_people gives")
    return people, guests


def _stranger(mail: str, world: World) -> str:
    near = ", ".join(one.mail for one in world.directory.search(mail.split("@")[0].replace(".", " "))[:3])
    return f"'{mail}'" + (f" (did you mean {near}?)" if near else "")


def _known(mail: str, world: World) -> Person | None:
    try:
        return world.directory.by_mail(mail)
    except KeyError:
        return None


def _room(mail: str, world: World) -> Person:
    found = _known(mail, world)
    if found is None or not found.seats:
        rooms = ", ".join(one.mail for one in world.directory.rooms)
        raise TryAgain(f"there is no room '{mail}'", remedy=f"the rooms are {rooms or 'none'}")
    return found
