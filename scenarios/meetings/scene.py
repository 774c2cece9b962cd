"""Meetings in code: without a model, the sentences in which something was decided, promised or asked for."""

from agents.playbook import Playbook, Script, call
from crews.assistant import NO_ANSWER
from crews.scene import Scene
from scenarios.meetings.notes import Note, notes_of
from tasks.steps import plan_of


def note(_prompt: str) -> Script:
    """The notes of the first transcript, in the words that were said."""
    [read] = yield [call("read_transcript")]
    if not read.ok:
        return NO_ANSWER
    notes = notes_of(read.value["passages"])
    parts = [_part("Decisions", [one for one in notes if one.kind == "decision"])]
    parts.append(_part("Actions", [one for one in notes if one.kind == "action"]))
    return "\n\n".join(parts)


def _part(title: str, notes: list[Note]) -> str:
    return "\n".join([f"{title}:", *(_line(one) for one in notes)]) if notes else f"{title}: none were spoken."


def _line(one: Note) -> str:
    owner = "" if one.kind == "decision" else f"{one.owner or 'no owner was named'}: "
    return f"- {owner}“{one.text}” ({one.speaker or 'somebody'}, {one.at}) [{one.mark}]"


SCENE = Scene(playbook=Playbook(lambda brief: plan_of(brief.tasks), {"note_meeting": note}), grounded=True)
