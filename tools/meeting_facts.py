"""What is told of a meeting: its facts, whom it reaches, and nothing of anybody's other time."""

from datetime import timedelta
from typing import Any

from runtime.errors import TryAgain
from tools.backends.ical import one_line, when
from tools.backends.protocols import Event
from tools.letters import House, message_id
from tools.moments import utc
from tools.party import part_of
from tools.world import World

MEETING, FOCUS = "meeting", "focus"

_LONGEST = 120


def shown(event: Event, world: World, *, already: bool) -> dict[str, Any]:
    """The meeting as tools give it back: `when` on the organiser's clock; `cancel_id` is what cancels it."""
    zones = dict.fromkeys(one.zone for one in event.attendees if one.zone)
    return {
        "meeting": event.uid,
        "title": event.title,
        "start": utc(event.start),
        "end": utc(event.end),
        "minutes": int((event.end - event.start) / timedelta(minutes=1)),
        "attendees": [one for one in part_of(event.attendees, "required") if one != event.organizer],
        "optional": part_of(event.attendees, "optional"),
        "room": "".join(part_of(event.attendees, "room")),
        "repeats": event.rule,
        "sequence": event.sequence,
        "when": when(event.start, event.end, organiser_zone(world)),
        "local": {zone: when(event.start, event.end, zone) for zone in zones},
        "already": already,
        "cancel_id": event.uid,
    }


def meeting_of(meeting: str, world: World) -> Event:
    """The meeting with that id. Raises TryAgain if there is none."""
    event = world.agenda.find(meeting)
    if event is None or event.facts.get("kind") != MEETING:
        raise TryAgain(f"no meeting '{meeting}' is booked", remedy="take an id that list_meetings gives")
    return event


def left_of(event: Event) -> dict[str, int]:
    """Who took part before it was changed and no longer does, each with the version in which they left."""
    marked = (one.rpartition("#") for one in event.facts.get("left", "").split())
    return {mail: int(version) for mail, _, version in marked if version.isdigit()}


def leaving(event: Event, gone: str, comes: str) -> str:
    """What `left` says once `gone` has left for `comes`, as of the version that this makes."""
    left = {**left_of(event), gone: event.sequence + 1}
    return " ".join(f"{mail}#{version}" for mail, version in left.items() if mail != comes)


def letter_id(event: Event, to: str, world: World, kind: str = "meeting") -> str:
    """The Message-ID of what is written to somebody about this version of the meeting, or the one they left in."""
    house = House(world.house_name, world.house_mail)
    version = left_of(event).get(to.lower(), event.sequence)
    return message_id(house, kind, event.uid, str(version), to.lower())


def untold(event: Event, world: World, sent: set[str]) -> list[str]:
    """Who has not been written to about the meeting as it is now: those who take part, and those who left."""
    people = [one.mail for one in event.attendees if one.part != "room" and one.mail != event.organizer]
    return [one for one in (*people, *left_of(event)) if letter_id(event, one, world) not in sent]


def title_of(title: str) -> str:
    """The title on one line. Raises TryAgain for an empty or very long one."""
    line = one_line(title)
    if not line or len(line) > _LONGEST:
        raise TryAgain(f"the title has {len(line)} characters", remedy=f"give 1 to {_LONGEST}")
    return line


def organiser_zone(world: World) -> str:
    """The time zone of whoever organises; UTC if they are not in the directory."""
    return world.directory.zones.get(world.house_mail.lower(), "UTC")
