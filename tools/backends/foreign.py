"""Tools that others offer: what a source says of them, and how they are called. Nothing that a source says is trusted.

A source is an MCP server, or one tool of crewai-tools. It may say something else tomorrow: so what a person accepted is
kept as a hash, and what is shown to a model is cleaned and cut.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from runtime.canonical import canonical, digest

LONGEST_RESULT = 100_000
"""Characters of a result that are kept; of a longer one the rest is left out, and said to be."""

_MOST_SAID = 200_000  # characters of what a source says of one tool


@dataclass(frozen=True)
class Announced:
    """What a source says of one tool. `hints` are MCP's own annotations, which promise nothing and are not hashed."""

    name: str
    description: str
    input: Mapping[str, Any]
    output: Mapping[str, Any] | None = None
    hints: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """SHA-256 over name, description and schemas."""
        return digest({"name": self.name, "description": self.description, "input": self.input, "output": self.output})

    @property
    def size(self) -> int:
        """Characters of all that is said."""
        return len(canonical([self.name, self.description, self.input, self.output]))

    @property
    def too_long(self) -> bool:
        """Whether more is said than anybody reads."""
        return self.size > _MOST_SAID


class Source(Protocol):
    """Somebody who offers tools. Safe to use from several threads."""

    def announced(self) -> Mapping[str, Announced]:
        """What it offers now, by its own names. Raises TryAgain if it cannot be asked, ConfigError if it never can."""
        ...

    def call(self, tool: str, args: Mapping[str, Any]) -> Any:
        """What the tool returned, as JSON types. Raises ToolError."""
        ...


def read_text(text: str) -> Any:
    """What a text says: an object or a list if it is JSON of one, else itself, cut to LONGEST_RESULT characters."""
    if len(text) <= LONGEST_RESULT and text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text, parse_constant=_refused)
        except (ValueError, RecursionError):
            return text
    return cut(text)


def cut(text: str, longest: int = LONGEST_RESULT) -> str:
    """`text`, with a note in place of what is too much."""
    return text if len(text) <= longest else f"{text[:longest]}\n[{len(text) - longest:,} more characters left out]"


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
