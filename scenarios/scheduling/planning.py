"""The plan of a scheduling goal without a language model: a step for each kind of order, one after the other."""

import json
from typing import Any

from agents.playbook import Brief, Unknown
from guard.plan import Plan, Step
from runtime.records import ORDERS_MARK
from tasks.steps import Pins, step_of

TASKS = {
    "meet": "book_meetings",
    "move": "move_meetings",
    "cancel": "cancel_meetings",
    "answers": "read_answers",
    "week": "plan_week",
    "look": "find_common_times",
    "list": "list_booked",
    "tell": "tell_attendees",
    "remind": "remind_attendees",
}
"""The task that carries out each kind of order, in the order of the steps."""

_TOLD = ("book_meetings", "move_meetings", "cancel_meetings", "read_answers")


def plan(brief: Brief) -> Plan:
    """A step for each kind of order, then one that tells everybody. Raises Unknown if the goal was not understood."""
    orders = brief.facts.get("orders") or []
    if not orders:
        raise Unknown(f"how to schedule: {brief.goal}")
    kinds = dict.fromkeys(str(one["do"]) for one in orders)
    steps: list[Step] = []
    for kind in TASKS:  # one after the other: each looks at what the last one left
        own = [one for one in orders if one["do"] == kind]
        telling = tuple(step.id for step in steps if step.id in _TOLD)
        if kind == "tell" and telling:
            steps.append(_told(brief, telling))
        elif kind in kinds:
            steps.append(_step(brief, kind, own, tuple(step.id for step in steps[-1:])))
    return Plan(steps=tuple(steps))


def _step(brief: Brief, kind: str, orders: list[dict[str, Any]], after: tuple[str, ...]) -> Step:
    task = dict(_task(brief, TASKS[kind]))
    task["description"] = f"{task['description']}\n{ORDERS_MARK}{json.dumps(orders, ensure_ascii=False)}"
    task["after"] = after
    return step_of(TASKS[kind], task, {}, _pins(kind, orders))


def _told(brief: Brief, after: tuple[str, ...]) -> Step:
    return step_of(TASKS["tell"], {**_task(brief, TASKS["tell"]), "after": after}, {}, {"send_meeting": {"note": [""]}})


def _task(brief: Brief, name: str) -> Any:
    if name not in brief.tasks:
        raise Unknown(f"how to schedule without the task '{name}'")
    return brief.tasks[name]


def _pins(kind: str, orders: list[dict[str, Any]]) -> Pins:
    """What the goal fixes before anything is read: who, how long, in which days, which meeting."""
    if kind == "meet":
        people = sorted({mail for one in orders for mail in (*one["attendees"], *one["rooms"])})
        titles, lengths = [one["title"] for one in orders], [one["minutes"] for one in orders]
        days = {name: [one[name] for one in orders] for name in ("first_day", "last_day")}
        return {"book_meeting": {"title": titles, "attendees": people, "minutes": lengths, **days}}
    if kind == "move":
        return {"move_meeting": {"meeting": [one["meeting"] for one in orders]}}
    if kind == "week":
        return {"book_focus": {"title": sorted({title for one in orders for title in one["titles"]})}}
    if kind == "cancel":
        return {"cancel_meeting": {"meeting": [one["meeting"] for one in orders]}}
    return {}
