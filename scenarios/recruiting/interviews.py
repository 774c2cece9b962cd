"""What becomes of interviews once they are booked, without a language model: answers, other times, cancellations.

A step's task ends in a line `Orders:` with what the goal asks for; a script reads nothing else but that, the answers of
the steps before it, and the results of its calls.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from agents.playbook import Brief, Script, Stuck, Unknown, Wanted, after_mark, call, lines
from guard.plan import Plan, Step
from runtime.problems import counted
from runtime.records import ORDERS_MARK
from tasks.steps import Pins, step_of
from tools.resumes.job import Job

TASKS = {
    "answers": "answer_interviews",
    "move": "move_interviews",
    "cancel": "cancel_interviews",
    "tell": "tell_interviews",
}
"""The task that carries out each kind of order; the last tells everybody what the others changed."""

_ID = re.compile(r"\(id ([^)\s]+)\)")


def plan(brief: Brief) -> Plan:
    """A step for each kind of order, one after the other, then one that tells everybody."""
    orders = list(brief.facts["orders"])
    steps: list[Step] = []
    for kind, name in TASKS.items():
        own = [one for one in orders if one["do"] == kind]
        if own or (kind == "tell" and steps):
            task = dict(_task(brief, name))
            task["description"] += f"\n{ORDERS_MARK}{json.dumps(own, ensure_ascii=False)}" if own else ""
            task["after"] = tuple(one.id for one in (steps if kind == "tell" else steps[-1:]))
            steps.append(step_of(name, task, {}, _pins(brief.facts, own)))
    return Plan(steps=tuple(steps))


def answers(prompt: str) -> Script:
    """Read the answers. For each of a panel who declined: a substitute, else another time."""
    position = position_in(prompt)
    [read, job_read] = yield [call("read_interview_answers", position=position), call("read_job")]
    rows, job = read.needed(), Job.model_validate(job_read.needed())
    if not rows:
        return "Nobody has answered."
    kinds = {kind: sum(one["answer"] == kind for one in rows) for kind in ("accepted", "declined", "tentative")}
    said = [f"{counted(len(rows), 'answer')}: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items() if n)]
    said += [str(one["waits_for_person"]) for one in rows if one.get("waits_for_person")]
    for row in rows:
        if row["answer"] == "declined" and "panelist" in row:
            said.append((yield from _declined(job, row["interview"], row["panelist"])))
    return lines(*said)


def _declined(job: Job, interview: str, mail: str) -> Script:
    [found] = yield [call("find_substitutes_on_panel", interview=interview, leaves=mail)]
    if not found.ok:
        return found.said
    able = found.value["people"]
    if able:
        [made] = yield [call("replace_panelist", interview=interview, leaves=mail, comes=able[0]["mail"])]
        if made.ok:
            yield [call("record_interview", interview=interview)]
            return f"{able[0]['name']} sits in for {mail}: {_told(made.value)}"
    days = job.interviews
    [slots] = yield [_search(found.value, days.first.isoformat(), days.last.isoformat())]
    starts = [one["start"] for one in slots.value["slots"]] if slots.ok else []
    later = [one for one in starts if one >= found.value["end"]] or starts
    if not later:
        return f"{mail} cannot come, nobody can sit in ({found.value.get('why')}), and no other time suits everybody"
    moved = yield from _moved(interview, later[0])
    return f"{mail} cannot come and nobody can sit in ({found.value.get('why')}); {moved}"


def move(prompt: str) -> Script:
    """The first time in the new days that suits everybody."""
    orders = _orders(prompt)
    found = yield [_search(one, one["first_day"], one["last_day"]) for one in orders]
    said, stuck = [], []
    for order, slots in zip(orders, found, strict=True):
        starts = [one["start"] for one in slots.value["slots"]] if slots.ok else []
        if starts:
            said.append((yield from _moved(order["interview"], starts[0])))
        else:
            why = slots.value.get("why") if slots.ok else slots.said
            stuck.append(f"the interview of {order['candidate']} stays: {why}")
    if not said:
        raise Stuck("; ".join(stuck))
    return lines(*said, *stuck)


def _moved(interview: str, start: str) -> Script:
    [made] = yield [call("move_interview", interview=interview, start=start)]
    if not made.ok:
        return made.said
    yield [call("record_interview", interview=interview)]
    return f"moved: {_told(made.value)}"


def cancel(prompt: str) -> Script:
    """Cancel each interview, and take it out of the records."""
    orders = _orders(prompt)
    made = yield [call("cancel_interview", interview=one["interview"]) for one in orders]
    gone = [one.value for one in made if one.ok]
    if not gone:
        raise Stuck("; ".join(one.said for one in made))
    yield [call("forget_interview", interview=one["interview"]) for one in gone]
    return lines(*(f"Cancelled: {_told(one.value)}" if one.ok else one.said for one in made))


def tell(prompt: str) -> Script:
    """Write to everybody who has not been told of the interviews that the steps before name."""
    ids = list(dict.fromkeys(_ID.findall(prompt)))
    if not ids:
        return "Nothing has changed, so nobody is written to."
    found = yield [call("list_untold", interview=one) for one in ids]
    due = [(listing.value["interview"], one) for listing in found if listing.ok for one in listing.value["due"]]
    if not due:
        return "Everybody had been told before."
    sent = yield [_letter(interview, one["to"], one["about"]) for interview, one in due]
    made = sum(one.ok and not one.value["already"] for one in sent)
    yield [call("list_interviews", position=position_in(prompt))]
    refused = [one.said for one in sent if not one.ok]
    return lines(f"{counted(made, 'mail')} sent for {counted(len(ids), 'interview')}", *refused)


STEPS = {TASKS["answers"]: answers, TASKS["move"]: move, TASKS["cancel"]: cancel, TASKS["tell"]: tell}


def position_in(prompt: str) -> str:
    """The position that the step's task names in quotes."""
    return prompt.partition("position '")[2].partition("'")[0]


def _pins(facts: Mapping[str, Any], orders: list[dict[str, Any]]) -> Pins:
    """What the goal fixes before anything is read: the position, and which interviews are cancelled or moved."""
    fixed = {"list_interviews": "position", "read_interview_answers": "position"}
    named: dict[str, Any] = {tool: {name: [str(facts["position"])]} for tool, name in fixed.items()}
    wanted = [one["interview"] for one in orders if "interview" in one]
    if wanted:
        named |= {tool: {"interview": wanted} for tool in ("cancel_interview", "forget_interview", "move_interview")}
    return {**named, "send_invitation": {"note": [""]}}


def _task(brief: Brief, name: str) -> Mapping[str, Any]:
    if name not in brief.tasks:
        raise Unknown(f"how to look after interviews without the task '{name}'")
    return brief.tasks[name]


def _orders(prompt: str) -> list[dict[str, Any]]:
    return list(json.loads(after_mark(prompt, ORDERS_MARK)))


def _search(interview: Mapping[str, Any], first_day: str, last_day: str) -> Wanted:
    who = {name: interview[name] for name in ("candidate", "panel", "minutes")}
    return call("find_slots", first_day=first_day, last_day=last_day, limit=50, **who)


def _letter(interview: str, to: str, about: str) -> Wanted:
    if about == "cancellation":
        return call("send_cancellation", interview=interview, to=to)
    return call("send_invitation", interview=interview, to=to, note="")


def _told(interview: Mapping[str, Any]) -> str:
    times = "; ".join(f"{text} {zone}" for zone, text in interview["local"].items())
    return f"{interview['candidate']}, {times} (id {interview['interview']})"
