"""Mistakes in config/tools.yaml are found all at once, with line and column, and without asking any source."""

from pathlib import Path

import pytest

from crews.config import load_config
from runtime.problems import ConfigProblems
from testkit.notes import Notes
from tests.crews.foreign.house import a_project, tools_of
from tests.meta.test_house import loaded_by

HEAD = """\
sources:
  notes: {mcp: {command: notes}}
  reader: {crewai: {class: FileReadTool}}
tools:
  read_file:
    from: reader
    effect: read
"""


def problems(folder: Path, text: str) -> list[str]:
    project = a_project(folder / "p", Notes(folder), text, agents=_ROLES, tasks=_TASKS)
    with pytest.raises(ConfigProblems) as caught:
        load_config(project)
    return [str(one).removeprefix("config/tools.yaml:") for one in caught.value.problems]


_ROLES = "clerk: {role: Clerk, goal: Read., backstory: You read.}\n"
_TASKS = "keep: {description: Read., expected_output: Words., role: clerk}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD.replace("    effect: read\n", ""), "5:3: the key 'effect' is missing; write read, write, send"),
        (HEAD.replace("effect: read", "effect: reads"), "7:13: 'effect' must be read, write, send, spend or execute"),
        (HEAD.replace("effect: read", "effect: write"), "5:3: 'read_file' has effect 'write' and no 'targets'"),
        (HEAD.replace("from: reader", "from: raeder"), "6:11: unknown source 'raeder'; did you mean 'reader'?"),
        (HEAD.replace("from: reader", "from: reader.x"), "6:11: 'reader' is one tool by itself; write 'reader'"),
        (HEAD.replace("from: reader", "from: notes"), "6:11: 'notes' names no tool of the server; write it as 'notes."),
        (HEAD.replace("from: reader", "form: reader"), "6:5: unknown key 'form'; did you mean 'from'?"),
        (
            HEAD.replace("  read_file:", "  list_positions:"),
            "5:3: 'list_positions' is the name of a tool of Deputy's own",
        ),
        (HEAD.replace("  read_file:", "  a.b:"), "5:3: 'a.b' cannot be a key here"),
        (HEAD.replace("FileReadTool", "FileRaedTool"), "3:28: crewai-tools has no tool 'FileRaedTool'; did you mean"),
        (HEAD + "    secret: [x]\n    arguments: {x: {type: string}}\n", "8:5: 'secret' looks like a secret"),
        (HEAD + "    arguments: {world: {type: string}}\n", "8:17: no argument can be named 'world' here"),
        (HEAD + "    targets: [x]\n", "8:15: 'read_file' has no argument 'x'"),
        (HEAD + "  again: {from: reader, effect: read}\n", "8:17: 'reader' is declared as 'read_file' already"),
        (HEAD.replace("{command: notes}", "{}"), "2:16: 'mcp': it needs either 'command' or 'url'; write one of them"),
        (HEAD.replace("{command: notes}", "{command: n, url: 'https://x.example'}"), "2:16: 'mcp': it needs either"),
        (
            HEAD.replace("command: notes", "url: 'http://x.example/mcp'"),
            "2:22: 'url': 'http://x.example/mcp' is no addr",
        ),
        (
            HEAD.replace("command: notes", "url: 'https://x.example', env: [A]"),
            "2:16: 'mcp': 'env' is not for a server",
        ),
        (HEAD.replace("command: notes", "command: n, timeout: 3"), "2:29: unknown key 'timeout'; use 'seconds'"),
        (HEAD.replace("command: notes", "command: n, env: [a b]"), "2:35: entry 1 of 'env' cannot be 'a b'"),
        (
            HEAD.replace("command: notes", "command: n, args: [ghp_abcdefghijklmnopqrstuvwx]"),
            "2:36: this value looks like",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_column(tmp_path: Path, text: str, expected: str) -> None:
    found = problems(tmp_path, text)
    assert [one for one in found if one.startswith(expected)], found


def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    text = (
        HEAD.replace("effect: read", "effect: write").replace("from: reader", "from: x").replace("FileReadTool", "No")
    )
    assert [one.partition(" ")[0] for one in problems(tmp_path, text)] == ["3:28:", "5:3:", "6:11:"]


def test_an_argument_may_have_a_name_that_secrets_have(tmp_path: Path) -> None:
    text = HEAD + "    arguments: {page_token: {type: string}}\n"
    project = a_project(tmp_path / "p", Notes(tmp_path), text, agents=_ROLES, tasks=_TASKS)
    assert list(load_config(project).tools["read_file"].args.model_fields) == ["page_token"]


def test_a_misspelt_foreign_tool_on_a_card_is_found(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    project = a_project(tmp_path / "p", notes, tools_of(notes).replace("notes_delete:", "notes_drop:"))
    with pytest.raises(ConfigProblems, match="unknown tool 'notes_delete'"):
        load_config(project)


def test_the_file_and_its_content_are_part_of_what_a_run_began_with_and_pins_are_not(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    project = a_project(tmp_path / "p", notes)
    before = load_config(project).digest
    (project / "config" / "tools.lock.yaml").write_text("tools: {}\n", encoding="utf-8")
    assert load_config(project).digest == before
    (project / "config" / "tools.yaml").write_text(tools_of(notes).replace("times: 2", "times: 3"), encoding="utf-8")
    assert load_config(project).digest != before


def test_checking_foreign_tools_loads_neither_crewai_nor_mcp_and_starts_nothing(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    project = a_project(tmp_path / "p", notes)

    code = f"from pathlib import Path; from crews.config import load_config; load_config(Path({str(project)!r}))"
    assert loaded_by(code, ("crewai", "crewai_tools", "mcp", "httpx", "anyio", "sqlalchemy")) == []
    assert not (notes.folder / "started").exists()
