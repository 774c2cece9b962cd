"""Who takes part in a meeting: people of the house with their part in it, guests from elsewhere, and the room."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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

    def times(self, first: date, last: date, world: World, *, but: str = "") -> list[Someone]:
        """Those who are needed, with what they have in those days, but for the meeting of the uid `but`."""
        return [someone(one, first, last, world, but=but) for one in self.needed]

    def options(self, first: date, last: date, world: World, *, but: str = "") -> list[Someone]:
        """The optional ones, with what they have in those days, but for the meeting of the uid `but`."""
        return [someone(one, first, last, world, but=but) for one in self.optional]

    def attendees(self, busy: Sequence[str] = ()) -> tuple[Attendee, ...]:
        """Everybody as they stand in the meeting. In the calendars of `busy` (addresses) nothing is written."""
        return (
            *(Attendee(one.mail, one.name, one.zone, part="room" if one.seats else "required") for one in self.needed),
            *(Attendee(one.mail, one.name, one.zone, one.mail not in busy, "optional") for one in self.optional),
            *(Attendee(mail, mail, "", host=False) for mail in self.guests),
        )


def party_of(attendees: Sequence[str], optional: Sequence[str], world: World, *, alone: bool = False) -> Party:
    """Who is meant, each once, with the organiser among them, who may be `alone`; rooms are known by their address.

    Raises TryAgain for unknown colleagues, and for who is optional but not among the attendees.
    """
    people, guests = _people([world.house_mail, *attendees], world, known_only=1)
    options, _ = _people(optional, world)
    strays = [one for one in optional if one.strip().lower() not in {*people, *guests}]
    if strays:
        raise TryAgain(f"'{strays[0]}' is optional, but no attendee", remedy="name everybody under 'attendees' too")
    others = [one for mail, one in people.items() if mail != world.house_mail.lower() and not one.seats]
    if not alone and not others and not guests:
        raise TryAgain("nobody takes part but the organiser", remedy="give mail addresses that find_people gives")
    needed = tuple(one for mail, one in people.items() if mail not in options)
    return Party(needed, tuple(one for mail, one in people.items() if mail in options), tuple(dict.fromkeys(guests)))


def part_of(event_people: Sequence[Attendee], part: Part) -> list[str]:
    """The addresses of those with that part."""
    return [one.mail for one in event_people if one.part == part]


def _people(mails: Sequence[str], world: World, known_only: int = 0) -> tuple[dict[str, Person], list[str]]:
    """People and guests by address. The first `known_only` are left out if the directory does not know them."""
    people: dict[str, Person] = {}
    guests: list[str] = []
    strangers: list[str] = []
    domain = world.house_mail.rpartition("@")[2].casefold()
    for number, written in enumerate(mails):
        mail = written.strip()
        person = _known(mail, world)
        if person is None and number < known_only:
            continue
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
