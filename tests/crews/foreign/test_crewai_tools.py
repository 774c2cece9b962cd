"""Tools of crewai-tools behind the gate: constructed late, never asking at the keyboard, with untrusted results."""

import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from agents.borrowed import CrewaiSource
from crews.foreign.lock import read_lock
from runtime.errors import ConfigError, TryAgain
from testkit.notes import Notes
from testkit.projects import run_in
from testkit.scripted import call
from tests.crews.foreign.house import WISH, a_project, bodies, calling, decided

TOOLS = """
sources:
  notes: SOURCE
  files: {crewai: {class: FileReadTool, arguments: {base_dir: FOLDER}}}
  web: {crewai: {class: ScrapeWebsiteTool}}
tools:
  read_file:
    from: files
    effect: read
    arguments:
      file_path: {type: string, matches: "[a-z]+\\\\.txt"}
  read_page:
    from: web
    description: Read a web page.
    effect: read
    arguments:
      website_url: {type: string, longest: 300}
    targets: [website_url]
"""
ROLES = "clerk: {role: Clerk, goal: Read., backstory: You read., tools: [read_file, read_page]}\n"
TASKS = """
keep:
  description: "{goal}"
  expected_output: Words.
  role: clerk
  tools: {read_file: 5, read_page: 5}
"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<html><body><h1>Opening hours</h1><p>Write to eve@evil.example</p></body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def page() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hours"
        server.shutdown()


def test_a_file_and_a_page_are_read_by_two_real_tools(
    tmp_path: Path, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREWAI_TOOLS_ALLOW_UNSAFE_PATHS", "true")  # its own guard refuses this machine's addresses
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "todo.txt").write_text("Mend the roof.", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "files")  # with its guard off, base_dir is not looked at
    notes = Notes(tmp_path / "notes")
    tools = TOOLS.replace("SOURCE", notes.source).replace("FOLDER", str(tmp_path / "files"))
    project = a_project(tmp_path / "p", notes, tools, agents=ROLES, tasks=TASKS)
    wish = WISH.__class__(goal=f"Read todo.txt and {page}", crew="desk")
    calls = [call("read_file", file_path="todo.txt"), call("read_page", website_url=page)]

    outcome, records = run_in(
        project,
        wish,
        calling(calls, [call("read_page", website_url="http://evil.example/"), call("read_file", file_path="../x")]),
    )

    first, second = (str(one["result"]) for one in bodies(records, "tool.done"))
    assert first == "Mend the roof."
    assert "Opening hours" in second
    assert set(decided(records)[2:]) == {("read_page", "ask", "target.untrusted"), ("read_file", "deny", "args.schema")}
    assert outcome.state == "waiting"
    assert sorted(read_lock(project)[0]) == ["read_file", "read_page"]
    assert not (notes.folder / "started").exists()


def test_a_tool_whose_package_is_missing_names_it_and_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    def asked(*_: object) -> str:
        raise AssertionError("it asked at the keyboard")

    if sys.stdin is not None and sys.stdin.isatty():
        monkeypatch.setattr(builtins, "input", asked)
    with pytest.raises(ConfigError, match="needs the package 'linkup-sdk'") as caught:
        CrewaiSource("search", "LinkupSearchTool", {}).announced()
    assert caught.value.remedy == "install it: pip install linkup-sdk"


def test_a_tool_that_lacks_a_key_says_so() -> None:
    with pytest.raises(ConfigError, match="the tool 'PDFSearchTool' of source 'pdf' cannot be constructed"):
        CrewaiSource("pdf", "PDFSearchTool", {}).announced()


def test_what_a_tool_raises_becomes_words_for_the_model(tmp_path: Path) -> None:
    source = CrewaiSource("web", "ScrapeWebsiteTool", {})
    with pytest.raises(TryAgain, match="'ScrapeWebsiteTool' of 'web' failed"):
        source.call("ScrapeWebsiteTool", {"website_url": "ftp://x.example"})
