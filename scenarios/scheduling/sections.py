"""The tables of a scheduling report, from receipts: what tools returned, never what a model said of it."""

from collections.abc import Sequence
from typing import Any

from crews.report.sections import Cell, Section
from runtime.records import Record
from tools.world import World

_CHANGES = {
    "book_meeting": "booked",
    "move_meeting": "moved",
    "replace_attendee": "other people",
    "cancel_meeting": "cancelled",
}


def sections(records: Sequence[Record], world: World) -> Sequence[Section]:
    """Meetings, own time, answers, as far as the run has receipts for them."""
    names = {one.mail: one.name for one in (*world.directory.people, *world.directory.rooms)}
    changes = [(tool, one) for tool in _CHANGES for one in _results(records, tool)]
    own = _results(records, "book_focus")
    replies = [one for answers in _results(records, "read_replies") for one in answers]
    return [
        *([_meetings(changes, names)] if changes else []),
        *([_own(own)] if own else []),
        *([_answers(replies, names)] if replies else []),
    ]


def _results(records: Sequence[Record], tool: str) -> list[Any]:
    return [one.body["result"] for one in records if one.kind == "tool.done" and one.body["tool"] == tool]


def _meetings(changes: list[tuple[str, Any]], names: dict[str, str]) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for tool, one in changes:
        people = [names.get(mail, mail) for mail in one["attendees"]]
        options = [f"{names.get(mail, mail)} (optional)" for mail in one["optional"]]
        room = [names.get(one["room"], one["room"])] if one["room"] else []
        done = "had been booked before" if one["already"] else _CHANGES[tool]
        times = "\n".join(dict.fromkeys(one["local"].values()))
        shifts = "\n".join(one.get("shifts", ()))
        rows.append((one["title"], done, times, "\n".join([*people, *options, *room]), shifts, one["cancel_id"]))
    columns = ("Meeting", "Done", "When, on each clock", "With", "Shifts", "Id to cancel it by")
    return Section("Meetings", columns, tuple(rows))


def _own(blocks: list[Any]) -> Section:
    rows = tuple((one["title"], "\n".join(one["local"].values()), one["minutes"], one["cancel_id"]) for one in blocks)
    note = "Only your own calendar holds these; nobody was told."
    return Section("Your own time", ("For", "When", "Minutes", "Id to cancel it by"), rows, note)


def _answers(replies: list[Any], names: dict[str, str]) -> Section:
    rows = tuple(
        (names.get(one["mail"], one["mail"]), one.get("title", ""), one["answer"], one.get("comment", ""))
        for one in replies
    )
    note = "What stands under Comment was written by whoever answered, and was read as text only."
    return Section("Answers to invitations", ("Who", "Meeting", "Answer", "Comment"), rows, note)
