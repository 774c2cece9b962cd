"""config/tools.lock.yaml: what foreign tools said of themselves when they were accepted. Commit it with the rest.

Written at the first use of a tool, and by `deputy tools accept`. A tool that says something else is refused.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from guard.plan import Name
from runtime.checked import checked
from runtime.errors import ConfigError
from runtime.problems import Problem
from runtime.scratch import replace_text
from runtime.yamlfile import load_yaml
from tools.backends.foreign import Announced

FILE = "config/tools.lock.yaml"

_HEAD = """\
# yaml-language-server: $schema=schema/tools.lock.json
# What foreign tools said of themselves when they were accepted: docs/foreign-tools.md. Written by Deputy; commit it.
"""
_PLAIN = re.compile(r"[A-Za-z$][A-Za-z0-9_$-]*")
_TRAPS = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}


class Pin(BaseModel):
    """What was accepted of one tool."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(description="the source's name, and after a dot the tool's in it")
    hash: str = Field(description="SHA-256 over name, description and schemas")
    accepted: str = Field(description="when")
    by: str = Field(description="by whom; 'first use' if nobody was asked")
    name: str = Field(description="the tool's name in its source")
    description: str = Field(description="its description there")
    input: dict[str, Any] = Field(description="the JSON Schema of its arguments")
    output: dict[str, Any] | None = Field(default=None, description="the JSON Schema of its result, if it gives one")
    hints: dict[str, Any] = Field(default_factory=dict, description="what it says of its effects; not part of the hash")

    @property
    def announced(self) -> Announced:
        """What the source said."""
        return Announced(self.name, self.description, self.input, self.output, self.hints)


class LockFile(BaseModel):
    """config/tools.lock.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tools: dict[Name, Pin] = Field(description="the pins, by the tools' names")


def read_lock(project: Path) -> tuple[Mapping[str, Pin], list[Problem]]:
    """The pins by the tools' names, and all that is wrong with the file. There are none where there is no file."""
    if not (project / FILE).exists():
        return {}, []
    located = load_yaml(project / FILE, FILE)
    file, problems = checked(LockFile, located) if located.readable else (None, [])
    return file.tools if file else {}, [*located.problems, *problems]


def write_pins(project: Path, pins: Mapping[str, Pin]) -> None:
    """Write these pins over those of the same names. Raises ConfigError if the file cannot be written or read."""
    known, problems = read_lock(project)
    if problems:
        raise ConfigError(f"{problems[0]}", remedy="take the file from version control, or remove it")
    kept = {name: pin.model_dump(exclude_none=True) for name, pin in sorted({**known, **pins}.items())}
    text = _HEAD + yaml.dump(
        {"tools": kept}, Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=118, default_flow_style=False
    )
    try:
        replace_text(project / FILE, text)
    except OSError as error:
        hint = "run 'deputy tools accept' where the project can be written, and commit the file"
        raise ConfigError(f"{FILE} cannot be written: {error.strerror or error}", remedy=hint) from error


class _Dumper(yaml.SafeDumper):
    """Texts in quotes unless no reader of YAML could take them for anything else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never write '*' for what was written before."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(text) and text.casefold() not in _TRAPS
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Dumper.add_representer(str, _text)
