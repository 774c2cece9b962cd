"""What an effect did, as one sentence that names whom and when: for the screen and for the report.

Each known tool has a line here; any other is told by its name and arguments. Nothing is taken from a model's words:
only from the call's arguments and from what the tool returned.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crews.report import phrases_forge as forge
from crews.report import phrases_office as office
from crews.report.figures import dated, many, one_line

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Phrase:
    """One sentence. `already`: the effect had happened before, and this call changed nothing."""

    text: str
    already: bool = False


_COUNTED = {
    "record_candidate": ("candidate recorded", "candidates recorded"),
    "propose_merge": ("merge proposed", "merges proposed"),
    "move_stage": ("candidate moved", "candidates moved"),
    "book_interview": ("interview booked", "interviews booked"),
    "cancel_interview": ("interview cancelled", "interviews cancelled"),
    "record_interview": ("interview recorded", "interviews recorded"),
    "send_invitation": ("invitation sent", "invitations sent"),
    "draft_rejection": ("rejection drafted", "rejections drafted"),
    "send_alert": ("alert sent", "alerts sent"),
    "stop_machine": ("machine stopped", "machines stopped"),
    "start_machine": ("machine started", "machines started"),
    "resize_machine": ("machine resized", "machines resized"),
    "mark_volume": ("disk marked", "disks marked"),
    "unmark_volume": ("mark taken off", "marks taken off"),
    "delete_volume": ("disk deleted", "disks deleted"),
    "restore_volume": ("disk restored", "disks restored"),
    **forge.COUNTED,
    **office.COUNTED,
    "replace_panelist": ("interviewer replaced", "interviewers replaced"),
    "move_interview": ("interview moved", "interviews moved"),
    "send_cancellation": ("cancellation sent", "cancellations sent"),
    "forget_interview": ("interview taken out of the records", "interviews taken out of the records"),
    "withdraw_draft": ("draft withdrawn", "drafts withdrawn"),
    "withdraw_merge": ("merge proposal withdrawn", "merge proposals withdrawn"),
}


def counted(tool: str, times: int) -> str:
    """How often a tool took effect: "4 interviews booked", or "2 calls of send_alert" for a tool without words."""
    if tool in _COUNTED:
        return many(times, *_COUNTED[tool])
    return f"{many(times, 'call')} of {tool}"


def phrase(tool: str, args: Facts, result: Any) -> Phrase:
    """The sentence for one carried-out call."""
    facts = result if isinstance(result, Mapping) else {}
    already = facts.get("already") is True or facts.get("changed") is False
    tell = _TOLD.get(tool)
    return Phrase(one_line(dated(tell({**args, **facts})) if tell else called(tool, args)), already)


def called(tool: str, args: Facts) -> str:
    """A call by its name and its first arguments: send_alert (to: ops@meridian.example, level: high)."""
    told = [f"{name}: {one_line(_shown(value), 40)}" for name, value in list(args.items())[:3]]
    return f"{tool} ({', '.join(told)})" if told else tool


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return many(len(value), "entry", "entries") if len(value) > 3 else ", ".join(_shown(one) for one in value)
    if isinstance(value, Mapping):
        return many(len(value), "field")
    return str(value)


def _text(facts: Facts, *names: str) -> str:
    """The first of the named facts that is there, as text."""
    for name in names:
        if facts.get(name) not in (None, "", [], {}):
            return _shown(facts[name])
    return "?"


def _when(facts: Facts) -> str:
    """The times of a meeting, each in the zone of somebody who is there."""
    local = facts.get("local")
    if not (isinstance(local, Mapping) and local):
        return _text(facts, "start")
    told, last = [], ""
    for zone, text in local.items():
        day, _, clock = str(text).partition(", ")
        told.append(f"{clock} {zone}" if clock and day == last else f"{text} {zone}")
        last = day
    return "; ".join(told)


def _candidate(facts: Facts) -> str:
    return _text(facts, "name", "candidate")


_UNREAD = {"needs_ocr": "it has no text that can be read", "needs_human": "it cannot be read"}


def _recorded(facts: Facts) -> str:
    if facts.get("total") is not None:
        return f"{_candidate(facts)} scored {facts['total']}{_judged(facts)} ({_text(facts, 'file')})"
    status = _text(facts, "status")
    return f"{_text(facts, 'file')} recorded without a score: {_UNREAD.get(status, status)}"


def _judged(facts: Facts) -> str:
    """Out of how many points, and how many of them the résumé says nothing about."""
    most, known = facts.get("of"), facts.get("known")
    if not isinstance(most, int) or not isinstance(known, int):
        return ""
    return f" of {most}, {most - known} unknown" if known < most else f" of {most}"


def _saving(facts: Facts) -> str:
    """What a change is expected to save a month."""
    saving = facts.get("saving")
    return f", {saving:,.2f} {_text(facts, 'currency')} a month expected" if isinstance(saving, int | float) else ""


_TOLD: dict[str, Callable[[Facts], str]] = {
    "record_candidate": _recorded,
    "propose_merge": lambda it: (
        f"{_text(it, 'first')} and {_text(it, 'second')} may be one person: {_text(it, 'reason')}"
    ),
    "move_stage": lambda it: f"{_candidate(it)} moved to '{_text(it, 'stage')}'",
    "book_interview": lambda it: f"{_candidate(it)} with {_text(it, 'panel')}: {_when(it)}",
    "cancel_interview": lambda it: f"interview of {_text(it, 'candidate', 'interview')} cancelled",
    "replace_panelist": lambda it: f"{_text(it, 'comes')} sits in for {_text(it, 'leaves')}: {_when(it)}",
    "move_interview": lambda it: f"interview of {_candidate(it)} moved to {_when(it)}",
    "record_interview": lambda it: f"interview of {_candidate(it)} entered in the records",
    "send_invitation": lambda it: f"invitation mailed to {_text(it, 'to')}",
    "send_cancellation": lambda it: f"cancellation mailed to {_text(it, 'to')}",
    "forget_interview": lambda it: f"interview of {_candidate(it)} taken out of the records",
    "withdraw_draft": lambda it: f"draft to {_candidate(it)} withdrawn",
    "withdraw_merge": lambda it: f"{_text(it, 'first')} and {_text(it, 'second')} are not proposed as one any more",
    "draft_rejection": lambda it: f"rejection drafted for {_candidate(it)}, not sent",
    "send_alert": lambda it: f"alert {_text(it, 'cause')} sent to {_text(it, 'to')}",
    "stop_machine": lambda it: f"{_text(it, 'machine')} stopped for {_text(it, 'owner')}{_saving(it)}",
    "start_machine": lambda it: f"{_text(it, 'machine')} started again",
    "resize_machine": lambda it: (
        f"{_text(it, 'machine')} resized from {_text(it, 'before')} to {_text(it, 'after')}{_saving(it)}"
    ),
    "mark_volume": lambda it: f"disk {_text(it, 'volume')} may be deleted from {_text(it, 'delete_after')} on",
    "unmark_volume": lambda it: f"disk {_text(it, 'volume')} is kept",
    "delete_volume": lambda it: f"disk {_text(it, 'volume')} deleted; its copy is {_text(it, 'snapshot')}",
    "restore_volume": lambda it: f"disk {_text(it, 'volume')} is back as {_text(it, 'restored_as')}",
    **forge.TOLD,
    **office.TOLD,
}
