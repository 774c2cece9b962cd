"""A crew works with an MCP server's tools behind the same gate, and only with what a person accepted."""

import json
from pathlib import Path

import pytest

from agents.chat import Request
from crews.answering import scripted
from crews.answers import answer, pending
from crews.runner import resume, start
from runtime.errors import ConfigError
from testkit.notes import Notes
from testkit.projects import home_in, records_of, run_in
from testkit.scripted import Answer, ScriptedModel, call
from tests.crews.foreign.house import POLICIES, WISH, a_project, bodies, calling, decided, ran, tools_of


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


def test_more_calls_than_its_declaration_allows_are_denied_whatever_the_step_is_granted(
    tmp_path: Path, notes: Notes
) -> None:
    rounds = [[call("notes_add", title=f"t{number}", text="x")] for number in range(3)]

    _, records = ran(a_project(tmp_path / "p", notes), *rounds)

    assert [one[1:] for one in decided(records)] == [("allow", "warrant")] * 2 + [("deny", "declared.times")]
    assert len(notes.done) == 2


def test_arguments_that_are_not_as_declared_never_reach_the_server(tmp_path: Path, notes: Notes) -> None:
    _, records = ran(
        a_project(tmp_path / "p", notes),
        [call("notes_send", id="../1", to="ana@house.example"), call("notes_add", title="x", text="y", world="z")],
    )

    assert {one[2] for one in decided(records)} == {"args.schema"}
    assert notes.done == []


def test_secret_fields_of_a_result_reach_neither_the_model_nor_the_records(tmp_path: Path, notes: Notes) -> None:
    project = a_project(tmp_path / "p", notes)

    _, records = ran(project, [call("notes_list")])

    [done] = bodies(records, "tool.done")
    assert "[secret " in json.dumps(done)
    assert "hunter2-hunter2" not in json.dumps([one.body for one in records])


def test_a_rule_of_the_policy_judges_a_foreign_tool_as_it_does_ours(tmp_path: Path, notes: Notes) -> None:
    about = "tools: [notes_add], arguments: {title: {one_of: [Roof]}}"
    rule = f"rules:\n  - {{id: no_roof, verdict: deny, {about}, reason: No.}}\n"
    project = a_project(tmp_path / "p", notes, policies=POLICIES + rule)

    _, records = ran(project, [call("notes_add", title="Roof", text="x")])

    assert decided(records) == [("notes_add", "deny", "no_roof")]
    assert notes.done == []


def test_a_server_that_dies_in_a_call_is_started_again_and_the_effect_is_not_repeated(
    tmp_path: Path, notes: Notes
) -> None:
    def answers(request: Request) -> Answer:
        made = sum(1 for one in request.messages if one.get("tool_calls"))
        notes.behave(**({"dies": "after"} if made == 1 else {}))
        rounds = [[call("notes_list")], [call("notes_add", title="x", text="y")], [call("notes_list")]]
        return rounds[made] if made < 3 else "done"

    _, records = run_in(a_project(tmp_path / "p", notes), WISH, ScriptedModel(answers))

    [failed] = bodies(records, "tool.failed")
    assert "whether it did anything is not known" in str(failed["error"])
    assert [one["tool"] for one in notes.done] == ["addNote"]
    assert [one["tool"] for one in bodies(records, "tool.done")] == ["notes_list", "notes_list"]
    assert notes.processes == []


def test_a_run_that_waited_goes_on_without_asking_the_server_again_for_what_it_has(
    tmp_path: Path, notes: Notes
) -> None:
    project = a_project(tmp_path / "p", notes)
    model = calling([call("notes_list")], [call("notes_send", id="note-1", to="bo@else.example")])
    with home_in(project):
        waiting = start(project, WISH, answering=scripted("model", "a script", model))
        [asked] = pending(project)
        answer(project, asked.asked.approval, "approved", by="user:ana")
        ended = resume(project, waiting.run, by="user:ana", answering=scripted("model", "a script", model))
        records = records_of(project, waiting.run)

    assert (waiting.state, ended.state) == ("waiting", "done")
    assert [one["tool"] for one in notes.calls] == ["listNotes", "sendNote"]
    assert [one["tool"] for one in bodies(records, "tool.done")] == ["notes_list", "notes_send"]


def test_a_finished_call_is_replayed_although_its_server_is_gone(tmp_path: Path, notes: Notes) -> None:
    project = a_project(tmp_path / "p", notes)
    model = calling([call("notes_list")], [call("notes_send", id="note-1", to="bo@else.example")])
    with home_in(project):
        waiting = start(project, WISH, answering=scripted("model", "a script", model))
        [asked] = pending(project)
        answer(project, asked.asked.approval, "denied", by="user:ana", reason="not him")
        notes.behave(gone="listNotes")
        ended = resume(project, waiting.run, by="user:ana", answering=scripted("model", "a script", model))

    assert ended.state == "done"
    assert [one["tool"] for one in notes.calls] == ["listNotes"]


def test_a_secret_of_a_source_leaves_not_even_in_what_is_only_read(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTES_PIN", "violet-otter-7781")
    source = notes.source.replace("seconds: 10", "seconds: 10, env: [NOTES_PIN]")
    tools = tools_of(notes, source).replace("effect: write", "effect: read", 1)
    project = a_project(tmp_path / "p", notes, tools)

    _, records = ran(project, [call("notes_add", title="x", text="it is violet-otter-7781")])

    assert decided(records) == [("notes_add", "deny", "content.secret")]
    assert notes.done == []


def test_a_source_whose_variable_is_missing_says_which_before_anything_runs(tmp_path: Path, notes: Notes) -> None:
    source = notes.source.replace("seconds: 10", "env: [NOTES_PIN]")

    with pytest.raises(ConfigError, match="source 'notes' needs NOTES_PIN in the environment"):
        ran(a_project(tmp_path / "p", notes, tools_of(notes, source)), [call("notes_list")])

    assert not (notes.folder / "started").exists()
