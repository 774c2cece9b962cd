"""Recruiting in everyday English: which steps a goal asks for, whether it is about the job at hand, which interview."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from crews.goals import addresses, forbidden, parts, pieces, plain_words, without_quotes
from crews.unread import check_read
from runtime.errors import Unclear
from runtime.problems import joined
from scenarios.recruiting.positions import load_positions
from scenarios.scheduling.days import When, when_in
from scenarios.scheduling.people import folded
from tools.backends.protocols import Event
from tools.resumes.job import Job, load_job
from tools.world import World

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_ASK = r"\b(?:best|top|strongest)\s+(\d+|two|three|four|five|six)\b"
_INTERVIEW = r"\binterviews?\b"
_KINDS = (
    ("answers", r"\b(?:answers|replies|declines|declined|rsvps?|responses)\b"),
    ("cancel", r"\b(?:cancel|call off)\b"),
    ("move", r"\b(?:move|reschedule|postpone|push|shift)\b"),
)
_LATER = (
    r"\b(?:tomorrow|tonight|later|(?:on|next|this) (?:mon|tues|wednes|thurs|fri|satur|sun)day|next (?:week|month))\b"
)
_SCREEN = r"\b(?:screen|shortlist|rank|fill|recruit)\b"
_EXCEPT = re.compile(
    r"[,;]?\s*\b(?:but\s+)?(?:do\s+not|don['’]?t|never)\s+(?:yet\s+)?(?:book|schedule|invite|interview|mail|send|draft|reject|decline)"
    r"\s+(?:(?:any(?:one|body|thing)?|nobody|them|people|the|candidates|interviews|invitations|rejections|yet)\b\s*)*",
    re.I,
)
"""What shall be left out: steps that a goal without these words does not have."""

_KNOWN = (
    r"screen|shortlist|rank|fill|recruit|review|book|schedule|invite|draft|read|go|through|r[ée]sum[ée]s?|cvs?|applications?"
    r"|applicants?|candidates?|people|positions?|role|opening|vacancy|job|interviews?|invitations?|rejections?|decline|best|top"
    r"|strongest|first|who|by|criteria|points?|scores?|concerned|everybody|everyone|\d+|two|three|four|five|six"
)
_DOES = "All résumés are judged by the criteria of the job's file, and by nothing else"
_OF = (
    r"\binterviews?\s+(?:of|with|for)\s+(.+?)(?=\s+(?:to|on|until|because|since|as|from|and|at)\b|[,;!?]|\.(?:\s|$)|$)"
)
_OWN = r"([\w.-]+(?:\s+[\w.-]+){0,3})['’]s?\s+interview\b"
_CLOCK = "move it to a day: the first time of it that suits everybody is taken"


def understands(goal: str, world: World) -> Mapping[str, Any]:
    """The steps that the goal asks for, under `only`, or what it wants of booked interviews, under `orders`.

    Raises Unclear if it names another position or number, or no interview that there is.
    """
    words, job = plain_words(goal), load_job(world.inputs["job"])
    if found := parts(goal, lambda text: _kind(without_quotes(text))):
        if refused := forbidden(goal):
            raise Unclear(f"what shall be done? The goal says '{refused}'", remedy="say only what shall be done")
        return {"orders": _all_orders(goal, found, job, world)}
    _check_asked(goal, words)
    for other in load_positions(world.inputs["positions"]):
        title = str(other["title"])
        if title.casefold() in words and title.casefold() not in job.title.casefold():
            raise Unclear(
                f"is this for '{title}'? The job at hand is '{job.title}'",
                remedy="give the other job with its résumés: --input job=FILE --input resumes=FOLDER",
            )
    number = re.search(_ASK, words)
    asked = _NUMBERS.get(number[1], 0) or int(number[1]) if number else job.interviews.shortlist
    if asked != job.interviews.shortlist:
        raise Unclear(
            f"how many are invited, {asked} or the {job.interviews.shortlist} of the job's file?",
            remedy="change 'interviews: shortlist' in the job's file, or leave the number out",
        )
    allowed = _EXCEPT.sub(" ", goal)
    if "{" not in goal:
        check_read(allowed, f"{_KNOWN}|{'|'.join(map(re.escape, job.title.casefold().split()))}", _DOES)
    return {"only": ",".join(_steps(goal, plain_words(allowed)))}


def _steps(goal: str, words: str) -> list[str]:
    """The playbook's steps, in order, up to what is asked for."""
    if "{" in goal or re.search(r"\b(?:fill|recruit)\b", words):
        return ["screen", "shortlist", "schedule", "invite", "decline"]
    steps = ["screen", "shortlist"]
    if re.search(r"\b(?:interviews?|invite)\b", words):
        steps += ["schedule", "invite"]
    if re.search(r"\b(?:rejections?|decline)\b", words):
        steps.append("decline")
    return steps


def _check_asked(goal: str, words: str) -> None:
    """Raise Unclear for what nobody here does, and what would be passed over in silence otherwise."""
    if found := addresses(goal):
        raise Unclear(f"what is '{found[0]}' for? The ranking is mailed to nobody", remedy="leave the address out")
    if "{" not in goal and (day := re.search(_LATER, words)):
        raise Unclear(
            f"'{day[0]}'? A run begins at once", remedy="leave it out; config/schedules.yaml begins runs later"
        )
    if by := re.search(r"\b(?:rank|sort)\b.*\bby (?!criteria|points|scores?|the )(.+)", words):
        raise Unclear(f"by '{by[1]}'? Candidates are ranked by the criteria of the job's file", remedy="leave it out")


def _kind(text: str) -> str:
    words = text.casefold()
    about = re.search(_INTERVIEW, words) is not None
    return next((kind for kind, pattern in _KINDS if about and re.search(pattern, words)), "")


def _all_orders(goal: str, found: list[tuple[str, str]], job: Job, world: World) -> list[dict[str, Any]]:
    """What each part asks for. Raises Unclear if the goal wants people screened, too: that is a plan of its own."""
    rest = (goal[start:end] for start, end in pieces(goal))
    other = next((one.strip() for one in rest if not _kind(one) and re.search(_SCREEN, one, re.I)), "")
    if other:
        raise Unclear(f"'{other}' needs a plan of its own", remedy="ask for one after the other")
    return [order for text, kind in found for order in _orders(kind, text, job, world)]


def _orders(kind: str, text: str, job: Job, world: World) -> list[dict[str, Any]]:
    if kind == "answers":
        return [{"do": kind}]
    if more := re.search(r"\band\s+(.+)", without_quotes(text), re.I | re.S):
        raise Unclear(f"what about '{more[1].strip()}'? One interview is read at a time", remedy="ask one by one")
    events = _meant(without_quotes(text), job, world)
    if kind == "cancel":
        return [{"do": kind, "interview": one.uid, "candidate": one.facts["candidate"]} for one in events]
    return [_move(text, one, job, world) for one in events]


def _move(text: str, event: Event, job: Job, world: World) -> dict[str, Any]:
    """Which of the job's days it may be on, on the calendar of the panel."""
    panel = [one for one in event.attendees if one.host]
    target = re.split(r"\b(?:to|until)\b", text, maxsplit=1)
    now = world.clock.now().astimezone(ZoneInfo(panel[0].zone if panel else "UTC"))
    when = when_in(f"to {target[1]}" if len(target) > 1 else "", now)
    if not when.said:
        raise Unclear(
            "to when shall the interview move?", remedy="name a day, such as 'to Thursday next week' or 'to 18 March'"
        )
    if (when.at, when.earliest, when.latest) != (None, When.earliest, When.latest):
        raise Unclear("on whose clock is that time? Interviews are in several zones", remedy=_CLOCK)
    days = job.interviews
    if not days.first <= when.first <= when.last <= days.last:
        said = f"{when.first:%a %-d %B} is none of the job's days for interviews, {days.first} to {days.last}"
        raise Unclear(f"{said}: which day is meant?", remedy="name one of them by its date, such as 'to 18 March'")
    return {
        "do": "move",
        "interview": event.uid,
        "candidate": event.facts["candidate"],
        "panel": [one.mail for one in panel],
        "minutes": int((event.end - event.start).total_seconds() / 60),
        "first_day": when.first.isoformat(),
        "last_day": when.last.isoformat(),
    }


def _meant(text: str, job: Job, world: World) -> list[Event]:
    """The coming interviews of the job that the words name, by candidate. Raises Unclear for none, or for several."""
    now = world.clock.now()
    booked = [one for one in world.agenda.events() if one.facts.get("position") == job.position and one.end > now]
    if not booked:
        raise Unclear("which interview is meant? None is booked here", remedy="book interviews first")
    if re.search(r"\b(?:all|every)\b(?: (?:the|our|of the|booked|coming))* interviews?\b", text, re.I):
        return booked
    found = [one for one in booked if any(said <= _called(one, world) for said in _names(text))]
    if len(found) == 1:
        return found
    people = joined([_name(one, world) for one in (found or booked)], "or")
    example = f"say for example: the interview of {_name((found or booked)[0], world)}"
    raise Unclear(f"whose interview is meant: {people}?", remedy=example)


def _names(text: str) -> list[set[str]]:
    """The words that name whose interview it is, as sets; the longest first."""
    if found := re.search(_OF, text, re.I):
        return [set(_words(found[1]))]
    if found := re.search(_OWN, text, re.I):
        words = _words(found[1])
        return [set(words[-count:]) for count in range(1, len(words) + 1)] if words else []
    return []


def _words(text: str) -> list[str]:
    return re.findall(r"[\w-]+", folded(text))


def _called(event: Event, world: World) -> set[str]:
    candidate = event.facts["candidate"]
    return {*_words(_name(event, world)), candidate}


def _name(event: Event, world: World) -> str:
    record = world.ats.candidate(event.facts["candidate"]) or {}
    return str(record.get("name") or event.facts["candidate"])
