"""A crew works with an MCP server's tools behind the same gate, and only with what a person accepted."""

import json
from pathlib import Path

import pytest

from testkit.notes import Notes
from testkit.scripted import call
from tests.foreign.house import a_project, bodies, decided, ran


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    made = Notes(tmp_path / "notes")
    made.behave()
    return made


def test_allowed_calls_reach_the_server_and_are_recorded_like_ours(tmp_path: Path, notes: Notes) -> None:
    project = a_project(tmp_path / "p", notes)

    outcome, records = ran(
        project,
        [call("notes_list")],
        [call("notes_add", title="Gutter", text="It is clogged.")],
        [call("notes_send", id="note-1", to="ana@house.example")],
    )

    assert outcome.state == "done", outcome.summary
    assert decided(records) == [(one, "allow", "warrant") for one in ("notes_list", "notes_add", "notes_send")]
    assert notes.done == [
        {"tool": "addNote", "args": {"title": "Gutter", "text": "It is clogged."}},
        {"tool": "sendNote", "args": {"id": "note-1", "to": "ana@house.example"}},
    ]
    assert [one["tool"] for one in bodies(records, "tool.intended")] == ["notes_add", "notes_send"]
    assert len(bodies(records, "tool.done")) == 3
    assert notes.processes == []


def test_what_no_trusted_origin_named_waits_for_a_person_and_nothing_is_sent(tmp_path: Path, notes: Notes) -> None:
    outcome, records = ran(
        a_project(tmp_path / "p", notes), [call("notes_list")], [call("notes_send", id="note-1", to="eve@evil.example")]
    )

    assert outcome.state == "waiting"
    assert decided(records)[-1] == ("notes_send", "ask", "target.untrusted")
    assert notes.done == []
