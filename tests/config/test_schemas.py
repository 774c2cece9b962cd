"""The JSON Schemas that editors read: they are those of the models, and every file names its own."""

import json
import re
from pathlib import Path

import pytest

from crews.schemas import schemas, write_schemas

NAMED = re.compile(r"^# yaml-language-server: \$schema=(\S+)$")


def test_the_committed_schemas_are_those_of_the_models(project: Path, tmp_path: Path) -> None:
    written = {file.name: file.read_text(encoding="utf-8") for file in write_schemas(tmp_path)}
    committed = {file.name: file.read_text(encoding="utf-8") for file in (project / "config/schema").iterdir()}

    assert committed == written, "run: python -m crews.schemas"


@pytest.mark.parametrize("name", ["agents", "tasks", "crews", "policies", "settings"])
def test_the_first_line_of_a_file_names_its_schema(project: Path, name: str) -> None:
    file = project / "config" / f"{name}.yaml"

    found = NAMED.match(file.read_text(encoding="utf-8").splitlines()[0])

    assert found is not None
    assert (file.parent / found[1]).resolve() == project / "config/schema" / f"{name}.json"


def test_schemas_refuse_unknown_keys_and_explain_known_ones() -> None:
    made = schemas()

    card = made["agent"]
    assert card["additionalProperties"] is False
    assert card["required"] == ["role", "goal", "backstory"]
    assert all("description" in one for one in card["properties"].values())
    assert made["agents"]["additionalProperties"] is False
    assert "required" not in made["scenario"]["properties"]["agents"]["additionalProperties"]
    json.dumps(made)
