"""The page on configuration files: every key, from the models that check them."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from agents.cards import RoleCard
from agents.models import ModelsFile
from crews.foreign.lock import LockFile
from crews.foreign.spec import ToolsFile
from crews.scenario import ScenarioSpec
from crews.spec import CrewSpec
from crews.timetable import LimitsFile, ScheduleSpec
from docs.reference.page import code, first_line, page, table
from guard.policy import PolicyFile
from runtime.settings import Settings
from scenarios.recruiting.positions import Positions
from tasks.templates import TaskTemplate
from tools.focus import Desk
from tools.resumes.job import Job

_FILES: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("config/agents.yaml", "A mapping of names to cards, or one card to a file: `config/agents/NAME.yaml`.", RoleCard),
    ("config/tasks.yaml", "A mapping of names to tasks, or one to a file: `config/tasks/NAME.yaml`.", TaskTemplate),
    ("config/crews.yaml", "A mapping of names to crews.", CrewSpec),
    ("config/models.yaml", "Who answers, what it costs, and in which order they are tried.", ModelsFile),
    ("config/policies.yaml", "What holds for every run.", PolicyFile),
    (
        "config/settings.yaml",
        "Which systems stand behind the tools. The environment says where they are.",
        Settings,
    ),
    ("config/tools.yaml", "Tools of MCP servers and of crewai-tools. It may be missing.", ToolsFile),
    (
        "config/tools.lock.yaml",
        "What foreign tools said of themselves when they were accepted. Deputy writes it.",
        LockFile,
    ),
    (
        "config/schedules.yaml",
        "A mapping of names to schedules. The file may be left out.",
        ScheduleSpec,
    ),
    (
        "config/limits.yaml",
        "How much goes on at once, over all workers. The file may be left out.",
        LimitsFile,
    ),
    ("scenarios/NAME/scenario.yaml", "The folder's name is the scenario's.", ScenarioSpec),
    ("job.yaml", "The recruiting scenario's input `job`.", Job),
    ("positions.yaml", "The recruiting scenario's input `positions`.", Positions),
    ("desk.yaml", "The scheduling scenario's input `desk`.", Desk),
)

ABOUT = {
    "ModelsFile.providers": "who offers models, by name",
    "ModelsFile.models": "the models there are, by name",
    "ModelsFile.tiers": "the models of each tier; a role's card names a tier",
    "ModelSpec.provider": "a name under `providers`",
    "ModelSpec.price": "what it costs; without one, the provider's `price`, else nothing is counted",
    "ModelSpec.temperature": "how freely it answers; without one, the provider's own default",
    "Price.prompt": "US dollars per million tokens that are sent",
    "Price.completion": "US dollars per million tokens that come back",
    "Tiers.fast": "models by name, in order of fallback",
    "Tiers.strong": "models by name, in order of fallback",
    "Job.position": "the position's id, which tasks and records name it by",
    "Job.title": "the position as people call it; it stands in mails",
    "Job.status": "whether the position is open",
    "Job.summary": "the position in a few sentences",
    "Job.house": "who looks for somebody",
    "Job.criteria": "what counts; each is scored by itself",
    "Job.interviews": "when and how interviews are held",
    "Criterion.id": "a short name",
    "Criterion.text": "what is asked for, in a sentence",
    "Criterion.points": "the most it can give",
    "Criterion.must": "whether at least half of its points are needed to be shortlisted",
    "Criterion.terms": "the words it shows by, for the playbook; a model reads `text` too",
    "Criterion.years": "how many years of dated work give all points",
    "House.name": "the organisation that writes",
    "House.mail": "the address that mails come from and that organises interviews",
    "Interviews.from": "the first day for interviews",
    "Interviews.to": "the last day for interviews",
    "Interviews.minutes": "how long each is",
    "Interviews.shortlist": "how many candidates are invited",
    "Interviews.panel": "who sits in",
    "Panel.team": "a team of people.yaml",
    "Panel.people": "how many of the team sit in",
    "Positions.positions": "the positions, in any order",
    "Position.position": "the position's id",
    "Position.title": "the position as people call it",
    "Position.status": "confidential ones are never listed",
    "Position.location": "where it is",
    "Position.opened": "since when it is open",
}
"""Meanings of keys whose model gives no description."""

KINDS = {"TaskTemplate.tools": "list of tools, or a mapping of tools to whole numbers from 1 to 1000"}
"""What keys take, where the schema says it at too great a length."""


def configuration() -> str:
    """Every file's keys, with what they take and mean."""
    files = [part for file, said, model in _FILES for part in _file(file, said, model)]
    return page("Configuration files", _INTRODUCTION, *files, _NOT_USED, _instead())


_INTRODUCTION = (
    "All files are checked completely before anything runs; `deputy validate` lists every problem with its line. A key "
    "that is not listed here is an error. Only `true` and `false` are booleans, and a secret in a file is an error. "
    "The schemas for editors are in `config/schema/`. Names have lower-case letters, digits and `_`, and begin with a "
    "letter."
)
_NOT_USED = "## Keys that are not used\n\nMany are CrewAI's own. Each is refused with the way to say it here."


def _file(file: str, said: str, model: type[BaseModel]) -> Iterator[str]:
    schema = model.model_json_schema()
    yield f"## {file}\n\n{said}\n\n{_keys(model.__name__, schema)}"
    for name, inner in schema.get("$defs", {}).items():
        yield f"### {name} in {file}\n\n{first_line(inner.get('description'))}\n\n{_keys(name, inner, file)}"


def _keys(owner: str, schema: Mapping[str, Any], file: str = "") -> str:
    needed = schema.get("required", ())
    rows = [
        (
            code(key),
            KINDS.get(f"{owner}.{key}") or _kind(one),
            "required" if key in needed else _default(one),
            _meaning(owner, key, one),
        )
        for key, one in schema["properties"].items()
    ]
    return table(("key", "value", "default", "meaning"), rows)


def _meaning(owner: str, key: str, schema: Mapping[str, Any]) -> str:
    return str(schema.get("description") or ABOUT[f"{owner}.{key}"])


def _default(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    empty = default is None or default in ("", [], {}) or "default" not in schema
    return "" if empty else code(str(default).lower() if isinstance(default, bool) else str(default))


def _kind(schema: Mapping[str, Any]) -> str:
    """What a key takes, in words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"] if one.get("type") != "null"))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " or ".join(map(code, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), None)
        return f"mapping of names to {_kind(values)}" if isinstance(values, dict) else "mapping"
    return _word(schema) + _bounds(schema)


def _word(schema: Mapping[str, Any]) -> str:
    if schema.get("properties"):
        return "some of the keys above"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}
    formats = {"date": "date", "date-time": "date and time with zone"}
    return formats.get(schema.get("format", ""), words.get(schema.get("type", ""), "text"))


def _bounds(schema: Mapping[str, Any]) -> str:
    signs = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}
    said = [f"{words} {schema[key]:g}" for key, words in signs.items() if key in schema]
    return f", {', '.join(said)}" if said else ""


def _instead() -> str:
    rows = [
        (code(file), code(key), hint)
        for file, _, model in _FILES
        for key, hint in getattr(model, "instead", {}).items()
    ]
    return table(("file", "key", "instead"), rows)
