"""A project with a desk that works with notes of an MCP server, and models for it."""

from collections.abc import Sequence
from pathlib import Path

from agents.chat import Request, ToolCall
from crews.wish import Outcome, Wish
from runtime.records import Record
from testkit.notes import Notes
from testkit.projects import make_project, run_in
from testkit.scripted import Answer, ScriptedModel

WISH = Wish(goal="Read the notes, add one, and send note-1 to ana@house.example.", crew="desk")

AGENTS = """
clerk:
  role: Clerk
  goal: Keep the notes.
  backstory: You keep notes.
  tools: [notes_list, notes_add, notes_send, notes_delete]
"""
TASKS = """
keep:
  description: "{goal}"
  expected_output: What was done.
  role: clerk
  tools: {notes_list: 5, notes_add: 5, notes_send: 5, notes_delete: 5}
"""
CREWS = "desk:\n  process: sequential\n  agents: [clerk]\n  tasks: [keep]\n"
POLICIES = "budget: {model_calls: 30, tool_calls: 30, usd: 1, minutes: 5}\n"

TOOLS = """
sources:
  notes: SOURCE
tools:
  notes_list:
    from: notes.listNotes
    effect: read
    trusted: ["notes.*.id"]
    secret_results: ["notes.*.key"]
  notes_add:
    from: notes.addNote
    description: Add a note.
    effect: write
    arguments:
      title: {type: string, longest: 80}
      text: {type: string, longest: 2000}
    targets: []
    identity: [title]
    times: 2
  notes_send:
    from: notes.sendNote
    description: Send a note to a person.
    effect: send
    arguments:
      id: {type: string, matches: "note-[0-9]+"}
      to: {type: string}
    targets: [id, to]
    identity: [id, to]
  notes_delete:
    from: notes.deleteNote
    description: Delete a note.
    effect: write
    arguments:
      id: {type: string}
    targets: [id]
    identity: [id]
"""


def tools_of(notes: Notes, source: str = "") -> str:
    """config/tools.yaml for that server."""
    return TOOLS.replace("SOURCE", source or notes.source)


def a_project(folder: Path, notes: Notes, tools: str = "", **files: str) -> Path:
    """A project whose clerk may use the notes."""
    given = {"agents": AGENTS, "tasks": TASKS, "crews": CREWS, "policies": POLICIES, "policy-tests": "cases: []\n"}
    return make_project(folder, tools=tools or tools_of(notes), **{**given, **files})


def calling(*rounds: Sequence[ToolCall], then: str = "It is done.") -> ScriptedModel:
    """A model that makes these calls, one round after the other, and then says that it is done."""

    def answers(request: Request) -> Answer:
        made = sum(1 for one in request.messages if one.get("tool_calls"))
        return list(rounds[made]) if made < len(rounds) else then

    return ScriptedModel(answers)


def ran(project: Path, *rounds: Sequence[ToolCall]) -> tuple[Outcome, list[Record]]:
    """The desk's run with those calls."""
    return run_in(project, WISH, calling(*rounds))


def decided(records: Sequence[Record]) -> list[tuple[str, str, str]]:
    """Each decision: tool, verdict, rule."""
    found = [one.body for one in records if one.kind == "call.decided"]
    return [(one["tool"], one["verdict"], one["rule"]) for one in found]


def bodies(records: Sequence[Record], kind: str) -> list[dict[str, object]]:
    """The bodies of the records of a kind."""
    return [one.body for one in records if one.kind == kind]
