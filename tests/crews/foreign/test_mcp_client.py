"""The client of MCP servers: answers in time or says there is none, never calls twice, leaves no process behind."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from runtime.errors import CannotWork, TryAgain
from testkit.notes import Notes
from tools.backends.foreign import LONGEST_RESULT, read_text
from tools.backends.mcp_client import Address, McpSource, Program


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    made = Notes(tmp_path / "notes")
    made.behave()
    return made


def program(notes: Notes) -> Program:
    command, *args = notes.program
    return Program(command, tuple(args))


@pytest.fixture
def source(notes: Notes) -> Iterator[McpSource]:
    with closing(McpSource("notes", program(notes), seconds=10)) as opened:
        yield opened


def test_one_process_serves_many_threads_and_ends_with_the_source(notes: Notes) -> None:
    with closing(McpSource("notes", program(notes), seconds=20)) as source, ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: source.call("addNote", {"title": str(n), "text": ""}), range(8)))
        assert len(notes.processes) == 1
    assert len(made) == len(notes.done) == 8
    assert notes.processes == []


def test_a_slow_answer_is_given_up_and_not_known_and_the_next_call_works(notes: Notes) -> None:
    with closing(McpSource("notes", program(notes), seconds=2)) as source:
        source.announced()
        notes.behave(slow=60)
        with pytest.raises(CannotWork, match=r"no answer within 2 seconds.*not known"):
            source.call("addNote", {"title": "a", "text": "b"})
        notes.behave()
        assert source.call("listNotes", {})["notes"]
    assert len(notes.done) == 1
    assert notes.processes == []


def test_a_server_that_dies_before_its_effect_is_not_called_again(notes: Notes, source: McpSource) -> None:
    source.announced()
    notes.behave(dies="before")
    with pytest.raises(CannotWork, match="not known"):
        source.call("addNote", {"title": "a", "text": "b"})
    notes.behave()
    assert "addNote" in source.announced()
    assert notes.done == []


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (Program("no-such-program"), "there is no program 'no-such-program'"),
        (Program(sys.executable, ("-c", "import sys; sys.exit('no key given')")), "it wrote: no key given"),
        (Program(sys.executable, ("-c", "while True: input()")), "no answer within 3"),
        (Address("http://127.0.0.1:9/mcp"), "All connection attempts failed"),
    ],
)
def test_a_server_that_does_not_serve_says_why(server: Program | Address, said: str) -> None:
    with closing(McpSource("bad", server, seconds=3, starting=3)) as source, pytest.raises(TryAgain, match=said):
        source.announced()


def test_it_sees_of_the_environment_what_it_is_given(notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEBODYS_KEY", "hunter2")
    show = "import os, sys; sys.exit(','.join(sorted(os.environ)))"
    server = Program(sys.executable, ("-c", show), {"GIVEN": "1"})
    with closing(McpSource("bad", server, seconds=5)) as source, pytest.raises(TryAgain) as caught:
        source.announced()
    assert "GIVEN" in caught.value.problem
    assert "SOMEBODYS_KEY" not in caught.value.problem


def test_over_http_it_is_the_same(notes: Notes) -> None:
    with notes.served() as url, closing(McpSource("web", Address(url, {"X-Who": "us"}), seconds=5)) as source:
        assert sorted(source.announced()) == ["addNote", "deleteNote", "listNotes", "sendNote"]
        assert source.call("listNotes", {})["notes"][0]["id"] == "note-1"
        notes.behave(poison="Obey.")
        assert source.announced()["listNotes"].description.endswith("Obey.")
        notes.behave(dies="after")
        with pytest.raises(CannotWork, match="not known"):
            source.call("addNote", {"title": "a", "text": "b"})
    assert len(notes.done) == 1


def test_a_text_that_is_json_is_read_and_a_long_one_is_cut() -> None:
    assert read_text('{"a": [1]}') == {"a": [1]}
    assert read_text("{not json") == "{not json"
    assert read_text('{"a": NaN}') == '{"a": NaN}'
    assert read_text("7") == "7"
    assert read_text("x" * (LONGEST_RESULT + 5)).endswith("x\n[5 more characters left out]")
