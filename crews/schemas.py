"""JSON Schemas of the configuration's files, for editors: `python -m crews.schemas` writes them to config/schema/."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agents.cards import RoleCard
from agents.models import ModelsFile
from crews.foreign.lock import LockFile
from crews.foreign.spec import ToolsFile
from crews.policy_tables import CaseFile
from crews.scenario import ScenarioSpec
from crews.spec import CrewSpec
from crews.timetable import LimitsFile, ScheduleSpec
from guard.policy import PolicyFile
from runtime.fields import NAME
from runtime.settings import Settings
from tasks.templates import TaskTemplate

_BY_NAME: dict[str, type[BaseModel]] = {
    "agents": RoleCard,
    "tasks": TaskTemplate,
    "crews": CrewSpec,
    "schedules": ScheduleSpec,
}

_WHOLE: dict[str, type[BaseModel]] = {
    "agent": RoleCard,
    "crew": CrewSpec,
    "task": TaskTemplate,
    "models": ModelsFile,
    "policies": PolicyFile,
    "policy-tests": CaseFile,
    "settings": Settings,
    "limits": LimitsFile,
    "scenario": ScenarioSpec,
    "tools": ToolsFile,
    "tools.lock": LockFile,
}


def schemas() -> dict[str, dict[str, Any]]:
    """Each file's schema, by the name that its first line gives; `agent`, `crew` and `task` are for one each."""
    made = {name: _by_name(model) for name, model in _BY_NAME.items()}
    made |= {name: model.model_json_schema() for name, model in _WHOLE.items()}
    for key, model in (("agents", RoleCard), ("tasks", TaskTemplate)):
        made["scenario"]["properties"][key]["additionalProperties"] = _partly(model)
    return {
        name: {"$schema": "https://json-schema.org/draft/2020-12/schema", **one} for name, one in sorted(made.items())
    }


def _partly(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of some of the model's keys, with none required."""
    return {key: value for key, value in model.model_json_schema().items() if key != "required"}


def _by_name(model: type[BaseModel]) -> dict[str, Any]:
    named = {f"^{NAME.pattern}$": model.model_json_schema()}
    return {"type": "object", "patternProperties": named, "additionalProperties": False}


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into `folder`, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, schema in schemas().items():
        file = folder / f"{name}.json"
        file.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        files.append(file)
    return files


if __name__ == "__main__":
    write_schemas(Path(__file__).parent.parent / "config" / "schema")
