"""Extraction for the tests here: questions to a document, and a model that reads what the answer key tells it to."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.chat import Model, Request
from crews.answering import scripted
from crews.assistant import Answer, Assistant
from runtime.yamlfile import load_yaml
from testkit.projects import CHECKOUT, home_in
from testkit.scripted import ScriptedModel

WORLD = CHECKOUT / "scenarios/extraction/world"
KEY = load_yaml(CHECKOUT / "scenarios/extraction/key.yaml", "key.yaml").data
NAMES = [one["document"] for one in KEY]
QUESTION = "Extract what the schema asks for."


def key(document: str) -> dict[str, Any]:
    """The answer key's entry for a document of the demo."""
    return next(one for one in KEY if one["document"] == document)


def extract(project: Path, document: Path | str, schema: Path | str, model: Model | None = None) -> Answer:
    """The values of a document, by its name in the demo or a path of its own."""
    given = {"document": _path(document, WORLD), "schema": _path(schema, WORLD / "schemas", ".json")}
    answering = scripted("model", "a test's script", model) if model else None
    with home_in(project), Assistant(project, "extraction", inputs=given, answering=answering) as assistant:
        return assistant.ask(QUESTION)


def reader(values: Mapping[str, Any]) -> ScriptedModel:
    """A model that answers each open value with the mark of the first line that holds the words in its `at`."""
    return ScriptedModel(lambda request: json.dumps({name: _read(one, request) for name, one in values.items()}))


def shown(request: Request) -> dict[str, Any]:
    """What the model was shown of the document."""
    found = json.loads(str(request.messages[-1]["content"]))
    assert isinstance(found, dict)
    return found


def _read(value: Any, request: Request) -> Any:
    if not isinstance(value, dict) or "at" not in value:
        return value
    lines = shown(request)["lines"].splitlines()
    mark = next((line.split(" ")[0] for line in lines if value["at"] in line), value["at"])
    return {**value, "at": mark}


def _path(given: Path | str, folder: Path, suffix: str = "") -> Path:
    return given if isinstance(given, Path) else folder / f"{given}{suffix}"
