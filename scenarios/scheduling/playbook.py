"""Scheduling without a language model: the same steps, prompts, tools and gate, answered by ordinary code.

A step's task ends in a line `Orders:` with what the goal asks for; a script reads nothing else but that, the answers of
the steps before it, and the results of its calls.
"""

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

from agents.playbook import Playbook, Result, Script, Stuck, Unknown, Wanted, after_mark, call, lines
from runtime.problems import counted
from runtime.records import ORDERS_MARK
from scenarios.scheduling.blocks import Week, length_of
from scenarios.scheduling.planning import TASKS, plan

_ID = re.compile(r"\(id ([^)\s]+)\)")


def meet(prompt: str) -> Script:
    """Find a time for each meeting, and book the best."""
    wanted = _orders(prompt)
    listed = yield [call("list_meetings", first_day=one["first_day"], last_day=one["last_day"]) for one in wanted]
    known = [_same(order, one) for order, one in zip(wanted, listed, strict=True)]
    before = [_booked(one) for one in known if one]
    orders = [order for order, one in zip(wanted, known, strict=True) if not one]
    if not orders:
        return lines(*before)
    found = yield [_search(one) for one in orders]
    fitting = [(order, one.value["slots"][0]) for order, one in zip(orders, found, strict=True) if _slots(one)]
    refused = [
        f"'{order['title']}' is not booked: {_why(one)}"
        for order, one in zip(orders, found, strict=True)
        if not _slots(one)
    ]
    if not fitting and not before:
        [later] = yield [_search_later(orders[0])]
        raise Stuck("; ".join([*refused, *_offers(later)]))
    made = (yield [_booking(order, slot) for order, slot in fitting]) if fitting else []
    if made and not any(one.ok for one in made):
        raise Stuck("; ".join(one.said for one in made))
    said = [_booked(one.value) if one.ok else one.said for one in made]
    missing = [
        f"{', '.join(slot['optional_missing'])} cannot come then, and was optional"
        for _, slot in fitting
        if slot.get("optional_missing")
    ]
    return lines(*before, *said, *missing, *refused)


def move(prompt: str) -> Script:
    """Find the first time in the new days at which everybody of the meeting can, and move it there."""
    orders = _orders(prompt)
    listed = yield [call("list_meetings", meeting=one["meeting"]) for one in orders]
    meetings = [one.needed()[0] if one.needed() else None for one in listed]
    going = [(order, one) for order, one in zip(orders, meetings, strict=True) if one]
    if not going:
        raise Stuck("the meeting is not booked any more")
    found = yield [_search_again(order, meeting) for order, meeting in going]
    moves = [
        (one, slot.value["slots"][0]["start"]) for (_, one), slot in zip(going, found, strict=True) if _slots(slot)
    ]
    refused = [
        f"'{one['title']}' stays: {_why(slot)}" for (_, one), slot in zip(going, found, strict=True) if not _slots(slot)
    ]
    if not moves:
        raise Stuck("; ".join(refused))
    made = yield [call("move_meeting", meeting=one["meeting"], start=start) for one, start in moves]
    return lines(*(f"Moved: {_booked(one.value)}" if one.ok else one.said for one in made), *refused)


def cancel(prompt: str) -> Script:
    """Cancel each meeting."""
    made = yield [call("cancel_meeting", meeting=one["meeting"]) for one in _orders(prompt)]
    return lines(*(f"Cancelled: {_booked(one.value)}" if one.ok else one.said for one in made))


def answers(prompt: str) -> Script:
    """Read the answers. For everybody needed who declined: a substitute of their team, else another time."""
    [read] = yield [call("read_replies")]
    replies = read.needed()
    counted_by = {kind: sum(one["answer"] == kind for one in replies) for kind in ("accepted", "declined", "tentative")}
    summary = f"{counted(len(replies), 'answer')}: " + ", ".join(f"{n} {kind}" for kind, n in counted_by.items() if n)
    said = [summary if replies else "Nobody has answered"]
    said += [str(one["waits_for_person"]) for one in replies if one.get("waits_for_person")]
    for reply in (one for one in replies if one["answer"] == "declined"):
        [listed] = yield [call("list_meetings", meeting=reply["meeting"])]
        for meeting in listed.needed():
            if reply["mail"] in meeting["optional"]:
                said.append(f"{reply['mail']} was optional for '{meeting['title']}': nothing changes")
            elif reply["mail"] in meeting["attendees"]:
                said.append((yield from _declined(meeting, reply["mail"])))
    return lines(*said)


def _declined(meeting: dict[str, Any], mail: str) -> Script:
    [found] = yield [call("find_substitutes", meeting=meeting["meeting"], leaves=mail)]
    able = found.value["people"] if found.ok else []
    if able:
        [made] = yield [call("replace_attendee", meeting=meeting["meeting"], leaves=mail, comes=able[0]["mail"])]
        if made.ok:
            return f"{able[0]['name']} comes in place of {mail}: {_booked(made.value)}"
    begins = datetime.fromisoformat(meeting["start"])
    days = {"first_day": begins.date().isoformat(), "last_day": (begins.date() + timedelta(days=7)).isoformat()}
    [slots] = yield [_search_again({**days, "minutes": meeting["minutes"]}, meeting)]
    later = [one for one in slots.value["slots"] if one["start"] >= meeting["end"]] if slots.ok else []
    if not later:
        return f"{mail} cannot come to '{meeting['title']}', and no other time suits everybody: a person has to decide"
    [moved] = yield [call("move_meeting", meeting=meeting["meeting"], start=later[0]["start"])]
    return f"{mail} cannot come then; moved: {_booked(moved.value)}" if moved.ok else moved.said


def plan_week(prompt: str) -> Script:
    """Keep blocks of the organiser's own time for their priorities, the most important first, at most so much a day."""
    [order] = _orders(prompt)
    days = {"first_day": order["first_day"], "last_day": order["last_day"]}
    [read] = yield [call("read_priorities", **days)]
    desk = read.needed()
    block = int(desk["block_minutes"])
    wanted = {one["what"]: round((one["hours"] - one["planned"]) * 60) for one in desk["priorities"]}
    lengths = sorted({block, *(length_of(minutes % block, block) for minutes in wanted.values() if minutes % block)})
    if max(wanted.values(), default=0) <= 0:
        return "Everything that matters is planned already, or nothing is written down."
    found = yield [call("find_focus", minutes=length, **days) for length in lengths]
    free = {length: one.needed() for length, one in zip(lengths, found, strict=True)}
    starts = {length: one["starts"] for length, one in free.items()}
    week = Week(starts, free[block]["zone"], int(desk["day_minutes"]))
    left = {one["what"]: week.plan(one["what"], wanted[one["what"]], block, one["by"]) for one in desk["priorities"]}
    made = (yield [call("book_focus", **one) for one in week.blocks]) if week.blocks else []
    kept = [_booked(one.value) if one.ok else one.said for one in made]
    none = [f"no place is left for {minutes / 60:g} hours of '{what}'" for what, minutes in left.items() if minutes > 0]
    return lines(f"{counted(sum(one.ok for one in made), 'block')} of your own time kept", *kept, *none)


def look(prompt: str) -> Script:
    """When everybody can."""
    orders = _orders(prompt)
    found = yield [_search(one, limit=5) for one in orders]
    said: list[str] = []
    for order, one in zip(orders, found, strict=True):
        slots = one.value["slots"] if one.ok else []
        said += [" / ".join(slot["local"].values()) for slot in slots] or [f"No time suits: {_why(one)}"]
        said.append(f"({order['minutes']} minutes, {order['first_day']} to {order['last_day']}; nothing is booked)")
    return lines(*said)


def listed(prompt: str) -> Script:
    """The meetings that were booked here."""
    [order] = _orders(prompt)[:1]
    [found] = yield [call("list_meetings", first_day=order["first_day"], last_day=order["last_day"])]
    meetings = found.needed()
    days = f"{order['first_day']} to {order['last_day']}"
    return lines(f"{counted(len(meetings), 'meeting')} booked here, {days}", *(_booked(one) for one in meetings))


def tell(prompt: str) -> Script:
    """Write to everybody who has not been told of the meetings that the steps before name."""
    ids = list(dict.fromkeys(_ID.findall(prompt)))
    if not ids:
        return "Nothing has changed, so nobody is written to."
    found = yield [call("list_meetings", meeting=one) for one in ids]
    due = [(one["meeting"], mail) for listing in found for one in listing.needed() for mail in one["untold"]]
    if not due:
        return "Everybody had been told before."
    sent = yield [call("send_meeting", meeting=meeting, to=mail, note="") for meeting, mail in due]
    made = [one for one in sent if one.ok and not one.value["already"]]
    refused = [one.said for one in sent if not one.ok]
    return lines(f"{counted(len(made), 'mail')} sent for {counted(len(ids), 'meeting')}", *refused)


def remind(prompt: str) -> Script:
    """One reminder to everybody who has had time to answer and has not."""
    [order] = _orders(prompt)[:1]
    hours = int(order["after_hours"])
    [found] = yield [call("list_unanswered", after_hours=hours)]
    due = found.needed()
    if not due:
        return f"Nobody has left an invitation unanswered for {hours} hours without having been reminded."
    sent = yield [call("remind", meeting=one["meeting"], to=one["mail"], after_hours=hours) for one in due]
    made = sum(one.ok and not one.value["already"] for one in sent)
    return lines(f"{counted(made, 'reminder')} sent", *(one.said for one in sent if not one.ok))


def _orders(prompt: str) -> list[dict[str, Any]]:
    orders = json.loads(after_mark(prompt, ORDERS_MARK) or "[]")
    if not orders:
        raise Unknown("what to schedule: the step has no orders")
    return list(orders)


def _same(order: dict[str, Any], listed: Result) -> dict[str, Any] | None:
    """The meeting of that title with those people that is booked already."""
    people = {*order["attendees"], *order["optional"]} - {*order["rooms"]}
    for one in listed.value if listed.ok else []:
        there = {*one["attendees"], *one["optional"], *filter(None, [one["room"]])}
        if one["title"].casefold() == order["title"].casefold() and people <= there <= people | {*order["rooms"]}:
            return dict(one)
    return None


def _search(order: dict[str, Any], limit: int = 3) -> Wanted:
    asked = (
        "minutes",
        "first_day",
        "last_day",
        "earliest",
        "latest",
        "attendees",
        "optional",
        "seats",
        "repeat",
        "times",
    )
    return call("find_times", limit=limit, **{name: order[name] for name in asked if name in order})


def _search_later(order: dict[str, Any]) -> Wanted:
    """The same search, at any hour of the days after."""
    last = (date.fromisoformat(order["last_day"]) + timedelta(days=7)).isoformat()
    return _search({**order, "last_day": last, "earliest": "00:00", "latest": "23:59"})


def _offers(later: Result) -> list[str]:
    times = [one["when"] for one in later.value["slots"]] if later.ok else []
    return [f"the next times that suit are {'; '.join(times)}"] if times else []


def _search_again(order: dict[str, Any], meeting: dict[str, Any]) -> Wanted:
    people = [*meeting["attendees"], *meeting["optional"], *filter(None, [meeting["room"]])]
    search = _search({**order, "attendees": people, "optional": meeting["optional"]})
    return call("find_times", **{**search.args, "limit": 50}, instead_of=meeting["meeting"])


def _booking(order: dict[str, Any], slot: dict[str, Any]) -> Wanted:
    asked = ("title", "minutes", "optional", "first_day", "last_day", "repeat", "times")
    people = [*order["attendees"], *filter(None, [slot.get("room")])]
    return call("book_meeting", start=slot["start"], attendees=people, **{name: order[name] for name in asked})


def _slots(found: Result) -> bool:
    return found.ok and bool(found.value["slots"])


def _why(found: Result) -> str:
    return str(found.value.get("why") or "no time is free") if found.ok else found.said


def _booked(meeting: dict[str, Any]) -> str:
    before = "had been booked before, " if meeting["already"] else ""
    series = f", {meeting['repeats']}" if meeting["repeats"] else ""
    shifts = "".join(f"; {one}" for one in meeting.get("shifts", ()))
    return f"'{meeting['title']}', {before}{meeting['when']}{series}{shifts} (id {meeting['meeting']})"


PLAYBOOK = Playbook(
    plan=plan,
    steps={
        TASKS["meet"]: meet,
        TASKS["move"]: move,
        TASKS["cancel"]: cancel,
        TASKS["answers"]: answers,
        TASKS["week"]: plan_week,
        TASKS["look"]: look,
        TASKS["list"]: listed,
        TASKS["tell"]: tell,
        TASKS["remind"]: remind,
    },
)
