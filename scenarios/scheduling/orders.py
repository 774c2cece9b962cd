"""Orders: what a goal in everyday English comes to, piece by piece.

meet      title, who, how long, when, in which room, how often
move      a meeting, and when it shall be
cancel    a meeting
answers   deal with the answers to invitations
remind    remind whoever has not answered
week      plan a week by the organiser's priorities
look      when people are free
list      which meetings are booked
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crews.goals import forbidden, parts, without_quotes
from runtime.errors import Unclear
from scenarios.scheduling.days import When, minutes_in, repeat_in, times_in, when_in
from scenarios.scheduling.people import folded, who_in
from scenarios.scheduling.titles import BOOKS, NOUN, check_all_read, title_of
from tools.backends.ical import one_line
from tools.backends.protocols import Event
from tools.focus import desk_of
from tools.meeting_facts import MEETING, organiser_zone
from tools.moments import NoSuchTime, instant, utc
from tools.slots import Someone
from tools.world import World

Order = dict[str, Any]

_SERIES = 10
_BOOK = re.compile(rf"\b(?:{BOOKS})\b.*?\b({NOUN})\b|\bmeet\b(?! the)|\binvite\b", re.I | re.S)
_KINDS: tuple[tuple[str, str], ...] = (
    ("week", r"\bplan\b.*\b(?:week|days?)\b|\bblock (?:out )?(?:some )?(?:focus )?time\b|\bfocus blocks?\b"),
    ("remind", r"\b(?:remind|chase|nudge)\b"),
    ("answers", r"\b(?:answers|replies|declines|declined|rsvps?|responses)\b"),
    ("cancel", r"\b(?:cancel|call off)\b"),
    ("move", r"\b(?:move|reschedule|postpone|push|shift|bring forward)\b"),
    (
        "list",
        r"\b(?:which|what|list|show)\b.*\b(?:meetings|calendar|booked|scheduled)\b|\bwhen is\b.*\b(?:meeting|sync)\b",
    ),
    (
        "look",
        r"\b(?:when|what times?|which times?|is|are|am)\b.*\b(?:free|available|meet)\b|\bfind\b.*\b(?:times?|slots?)\b",
    ),
)


_SIGNED = re.compile(
    r"^[ \t]*(?:many )?(?:thanks|thank you|cheers|best|(?:best |kind )?regards)[,.!]?[ \t]*\n.{0,60}\Z", re.I | re.M
)
"""Under a pasted mail, whose it is."""

_SEVERAL = re.compile(
    r"\b(?:[2-9]|\d\d+|two|three|four|five|six|several|some) (?:meetings|syncs|calls|sessions|reviews)\b", re.I
)


_INTO = re.compile(r"\b(?:invite|add)\b.+?\bto ((?:the|my|our|that|this)\b[^,;.]*)", re.I)


def orders_in(goal: str, world: World) -> list[Order]:
    """What the goal asks for, in its order. Raises Unclear for a piece that can be meant in several ways or in none."""
    goal = re.sub(r"\bw/\s*", "with ", _SIGNED.sub("", goal))
    found = parts(goal, lambda text: _kind(without_quotes(text)))
    if refused := forbidden(goal):
        raise Unclear(f"what shall be done? The goal says '{refused}'", remedy="say only what shall be done")
    if not found:
        raise Unclear(
            "what shall be scheduled?", remedy='say for example "Schedule a 1-hour sync with the design team today"'
        )
    return [_READ[kind](text, goal, world) for text, kind in found]


def _kind(text: str) -> str:
    for kind, pattern in _KINDS:
        if re.search(pattern, text, re.I | re.S):
            return kind
    return "meet" if _BOOK.search(text) else ""


def _meet(text: str, goal: str, world: World) -> Order:
    bare = without_quotes(text)
    if found := _SEVERAL.search(bare):
        raise Unclear(f"when is each of the '{found[0]}'?", remedy="ask for one at a time, or for a weekly series")
    if found := _INTO.search(bare):
        raise Unclear(
            f"is '{found[1].strip()}' a new meeting? Nobody is added to one that is booked",
            remedy="to book a new one, say: schedule a meeting with ...",
        )
    who, when = who_in(bare, goal, world.directory), when_in(bare, _now(world))
    if not who.needed and not who.optional:
        raise Unclear("who takes part?", remedy=f'say with whom, for example: deputy run "{goal} with the design team"')
    repeat = repeat_in(bare)
    minutes = minutes_in(bare) or 30
    if not 15 <= minutes <= 480:
        raise Unclear(f"how long is it? {minutes} minutes are not", remedy="say 15 minutes to 8 hours")
    room, seats = _room(bare, len(who.needed) + 1, world)
    order = {
        "title": title_of(text, who),
        "minutes": minutes,
        "attendees": [*who.needed, *who.optional, *([room] if room else [])],
        "optional": who.optional,
        "rooms": [one.mail for one in world.directory.rooms if seats and one.seats >= seats],
        **_window(when, minutes, world),
        "seats": seats,
        "repeat": repeat,
        "times": (times_in(bare, repeat) or _times(repeat, when)) if repeat else 1,
    }
    _check_days(order, when, world)
    check_all_read(bare, who, [one.name for one in world.directory.rooms])
    return {"do": "meet", **order}


def _times(repeat: str, when: When) -> int:
    """How many there are of a series whose length is not said: each day of the days that are named, else ten."""
    days = (when.last - when.first).days + 1
    return days if repeat == "daily" and when.said and days > 1 else _SERIES


def _move(text: str, goal: str, world: World) -> Order:
    bare = without_quotes(text)
    event = _meeting(re.split(r"\b(?:to|until)\b", bare, maxsplit=1)[0], text, world)
    target = re.split(r"\bto\b", bare, maxsplit=1)[-1]
    when = when_in(f"to {target}", _now(world))
    if not when.said and when.at is None:
        raise Unclear("to when shall it move?", remedy="name a day or a time, such as 'to tomorrow at 3pm'")
    if not when.said:
        day = event.start.astimezone(ZoneInfo(organiser_zone(world))).date()
        when = When(day, day, when.at)
    minutes = int((event.end - event.start) / timedelta(minutes=1))
    return {"do": "move", "meeting": event.uid, "minutes": minutes, **_window(when, minutes, world)}


def _cancel(text: str, goal: str, world: World) -> Order:
    return {"do": "cancel", "meeting": _meeting(without_quotes(text), text, world).uid}


def _week(text: str, goal: str, world: World) -> Order:
    titles = [one.what for one in desk_of(world).priorities]
    when = when_in(text if re.search(r"\b(?:week|today|tomorrow|\w+day)\b", text, re.I) else "this week", _now(world))
    days = {"first_day": when.first.isoformat(), "last_day": when.last.isoformat()}
    return {"do": "week", **days, "titles": titles}


def _look(text: str, goal: str, world: World) -> Order:
    bare = without_quotes(text)
    who = who_in(re.sub(r"^.*?\b(?:is|are|am|can|do|does)\b", "with", bare, count=1, flags=re.I), goal, world.directory)
    minutes = minutes_in(bare) or 30
    window = _window(when_in(bare, _now(world)), minutes, world)
    return {"do": "look", "minutes": minutes, "attendees": [*who.needed, *who.optional], **window}


def _list(text: str, goal: str, world: World) -> Order:
    when = when_in(without_quotes(text), _now(world))
    return {"do": "list", "first_day": when.first.isoformat(), "last_day": when.last.isoformat()}


def _answers(text: str, goal: str, world: World) -> Order:
    return {"do": "answers"}


def _remind(text: str, goal: str, world: World) -> Order:
    hours = re.search(r"\b(\d+)\s*(?:hours?|h)\b", text)
    desk = desk_of(world).remind_after_hours if "desk" in world.inputs else 24
    return {"do": "remind", "after_hours": int(hours[1]) if hours else desk}


_EMPTY = re.compile(
    r"the|my|our|this|next|with|and|a|an|of|on|at|in|for|please|meeting|move|cancel|call|off|reschedule|postpone|push"
    r"|shift|bring|forward|today|tomorrow|week|morning|afternoon|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d+"
)

_READ: Mapping[str, Callable[[str, str, World], Order]] = {
    "meet": _meet,
    "move": _move,
    "cancel": _cancel,
    "week": _week,
    "look": _look,
    "list": _list,
    "answers": _answers,
    "remind": _remind,
}


def _window(when: When, minutes: int, world: World) -> Order:
    """The days and wall times to look in, in the organiser's zone. Raises Unclear for a time that the clocks skip."""
    earliest, latest = when.earliest, when.latest
    if when.at is not None:
        try:
            start = instant(when.first, when.at, organiser_zone(world))
        except NoSuchTime as error:
            raise Unclear(f"{error}: when is meant?", remedy="name another time, or write it in UTC") from error
        if start <= world.clock.now():
            raise Unclear(f"{utc(start)} is over: when is meant?", remedy="name a time to come")
        end = (start + timedelta(minutes=minutes)).astimezone(ZoneInfo(organiser_zone(world)))
        earliest, latest = when.at, end.time() if end.date() == when.first else time(23, 59)
    return {
        "first_day": when.first.isoformat(),
        "last_day": when.last.isoformat(),
        "earliest": f"{earliest:%H:%M}",
        "latest": f"{latest:%H:%M}",
    }


def _check_days(order: Order, when: When, world: World) -> None:
    """Raise Unclear if one of the people works on none of the days: no calendar has to be read to know that."""
    days = [when.first + timedelta(days=one) for one in range((when.last - when.first).days + 1)]
    for mail in order["attendees"]:
        if mail not in world.directory.zones:
            continue
        person = world.directory.by_mail(mail)
        one = Someone(person.name, person.zone, person.hours, person.days, closed=world.directory.closed(person.zone))
        if not person.seats and not any(_opens(one, day) for day in days):
            said = f"{when.first:%A, %-d %B}" + (f" to {when.last:%A, %-d %B}" if when.last != when.first else "")
            closed = next((one.closed[day] for day in days if day in one.closed), "")
            raise Unclear(
                f"{person.name} does not work on {said}{f' ({closed})' if closed else ''}: which day is meant?",
                remedy="name another day",
            )


def _opens(one: Someone, day: Any) -> bool:
    begins = datetime.combine(day, one.hours[0], ZoneInfo(one.zone))
    return one.away(begins, begins) in ("", "focus time")


def _room(text: str, people: int, world: World) -> tuple[str, int]:
    """A room by its address, or how many seats one has to have; neither if none is asked for."""
    for room in world.directory.rooms:
        if re.search(rf"\b{re.escape(room.name)}\b", text, re.I):
            return room.mail, 0
    if seats := re.search(r"\broom (?:for|with) (\d+)\b", text, re.I):
        return "", int(seats[1])
    return "", people if re.search(r"\b(?:meeting |conference )?room\b|\bin person\b", text, re.I) else 0


def _meeting(words: str, text: str, world: World) -> Event:
    """The one coming meeting that is meant: all of the words stand in its title or its people's names, and its day is
    the one that is named, if one is."""
    now = _now(world)
    events = [one for one in world.agenda.events() if one.facts.get("kind") == MEETING and one.end > now]
    quoted = re.search(r"[\"“]([^\"”]+)[\"”]", text)
    wanted, when = _content(quoted[1] if quoted else words), when_in(words, now)
    found = [
        one
        for one in events
        if wanted <= _content(f"{one.title} {' '.join(person.name for person in one.attendees)}")
        and (not when.said or when.first <= one.start.astimezone(now.tzinfo).date() <= when.last)
    ]
    if len(found) == 1 and (wanted or when.said):
        return found[0]
    if not events:
        raise Unclear("which meeting is meant? None is booked here", remedy="book it first, or give its title")
    named = [one for one in events if _content(one.title) <= wanted]
    if len(named) == 1 and wanted - _content(named[0].title):
        more = [word for word in re.findall(r"\w+", folded(words)) if word in wanted - _content(named[0].title)]
        raise Unclear(
            f"what is meant by '{' '.join(more)}'? The meeting is \"{one_line(named[0].title)}\"",
            remedy="leave it out, or say when it shall be, such as 'to Thursday at 3pm'",
        )
    titles = "\n".join(f'    "{one_line(one.title)}" ({one.start:%-d %B})' for one in (found or events)[:8])
    raise Unclear("which meeting is meant?", remedy=f"say its title in quotes:\n{titles}")


def _content(text: str) -> set[str]:
    """The words that tell one meeting from another."""
    return {one for one in re.findall(r"\w+", folded(text)) if not _EMPTY.fullmatch(one)}


def _now(world: World) -> datetime:
    return world.clock.now().astimezone(ZoneInfo(organiser_zone(world)))
