"""The house's positions, from a trusted file: `positions:` with position, title, status, location and opened."""

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from runtime.checked import checked
from runtime.problems import ConfigProblems
from runtime.yamlfile import load_yaml


class Position(BaseModel):
    """One position as applicant records know it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    position: str
    title: str
    status: Literal["open", "closed", "confidential"]
    location: str = ""
    opened: date


class Positions(BaseModel):
    """The file's content."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    positions: tuple[Position, ...]


def load_positions(path: Path) -> list[dict[str, Any]]:
    """The positions in `path`. Raises ConfigProblems with everything that is wrong, by line."""
    located = load_yaml(path, str(path))
    problems = list(located.problems)
    if located.readable:
        value, found = checked(Positions, located)
        problems += found
        if value is not None and not problems:
            return [one.model_dump(mode="json") for one in value.positions]
    raise ConfigProblems(problems)
