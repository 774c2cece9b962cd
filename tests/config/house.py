"""A small valid project, to be broken in one place at a time."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from crews.catalogue import Catalogue
from crews.config import Config, load_config
from runtime.problems import ConfigProblems, Problem
from tools.tool import Effect, Tool

FILES = {
    "pyproject.toml": '[tool.crewai]\ntype = "crew"\n',
    "config/agents.yaml": """\
manager:
  role: Manager
  goal: Plan well.
  backstory: You plan.
writer:
  role: Writer
  goal: Write well.
  backstory: You write.
  tools: [look, note]
reader:
  role: Reader
  goal: Read well.
  backstory: You read.
  tools: [look]
""",
    "config/tasks.yaml": """\
draft:
  description: Write about {goal}.
  expected_output: A text.
  role: writer
  tools: {look: 2, note: 1}
check:
  description: Read the text.
  expected_output: What is wrong with it.
  role: reader
  tools: [look]
  context: [draft]
answer:
  description: "{question}"
  expected_output: An answer.
  role: reader
""",
    "config/crews.yaml": """\
press:
  manager: manager
  agents: [writer, reader]
  tasks: [draft, check]
desk:
  process: sequential
  agents: [reader]
  tasks: [answer]
  read_only: true
""",
    "config/models.yaml": """\
providers:
  openai: {url: https://api.openai.com/v1, key: OPENAI_API_KEY}
models:
  small: {provider: openai, id: gpt-small}
tiers:
  fast: [small]
  strong: [small]
""",
    "config/policies.yaml": """\
budget: {model_calls: 10, tool_calls: 10, usd: 1.5, minutes: 5}
deny: [note]
""",
    "config/settings.yaml": """\
house: {name: The Press, mail: desk@press.example}
assistant_world: leaflet
""",
    "scenarios/leaflet/scenario.yaml": """\
title: A leaflet
goal: Write a leaflet from {notes}.
crew: press
inputs:
  notes: {default: notes.md, about: what to write about}
  pictures: {default: pictures, kind: folder}
now: 2027-03-08T09:00:00+01:00
agents:
  writer: {model: strong}
tasks:
  draft: {tools: {look: 5}}
""",
    "scenarios/leaflet/notes.md": "Notes.\n",
    "scenarios/leaflet/pictures/one.txt": "A picture.\n",
}


class _NoArguments(BaseModel):
    pass


def _tool(name: str, effect: Effect) -> Tool:
    def run(**_: Any) -> None:
        return None

    return Tool(name, f"The tool {name}.", effect, _NoArguments, run)


TOOLS = Catalogue({one.name: one for one in (_tool("look", "read"), _tool("note", "write"), _tool("post", "send"))})


def build(folder: Path, changes: dict[str, str | None] | None = None) -> Path:
    """The project in `folder`, with some files changed, added, or (None) left out."""
    for path, text in {**FILES, **(changes or {})}.items():
        if text is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    return folder


def edited(path: str, *edits: tuple[str, str]) -> dict[str, str | None]:
    """The project's file at `path` with each old text replaced by its new one."""
    text = FILES[path]
    for old, new in edits:
        assert text.count(old) >= 1, f"'{old}' is not in {path}"
        text = text.replace(old, new, 1)
    return {path: text}


def load(project: Path, scenario: str | None = None) -> Config:
    """The project's configuration, with the three tools `look`, `note` and `post`."""
    return load_config(project, scenario, tools=TOOLS)


def problems(project: Path) -> list[Problem]:
    """All that is wrong with the project."""
    try:
        load(project)
    except ConfigProblems as error:
        return list(error.problems)
    return []


def without_tools() -> dict[str, str | None]:
    """Changes after which the project names no tool, so that any installation can load it."""
    return {
        **edited("config/agents.yaml", ("  tools: [look, note]\n", ""), ("  tools: [look]\n", "")),
        **edited("config/tasks.yaml", ("  tools: {look: 2, note: 1}\n", ""), ("  tools: [look]\n", "")),
        **edited("config/policies.yaml", ("deny: [note]\n", "")),
        **edited("scenarios/leaflet/scenario.yaml", ("tasks:\n  draft: {tools: {look: 5}}\n", "")),
    }
