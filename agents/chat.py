"""One exchange with a model, free of any framework: what is asked, what comes back, and who can answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

Message = dict[str, Any]
"""A chat message in OpenAI's form: role, content, and tool_calls or tool_call_id where they apply."""


@dataclass(frozen=True)
class ToolCall:
    """A call the model asks for. `arguments` is the JSON text as the model wrote it, possibly malformed."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Usage:
    """Tokens of one exchange, as counted by the model's own server; estimated for playbooks (`len // 4`)."""

    prompt: int = 0
    completion: int = 0


@dataclass(frozen=True)
class Request:
    """What a model is asked. `schema` is the JSON Schema that the answer must follow, if any."""

    messages: tuple[Message, ...]
    tools: tuple[dict[str, Any], ...] = ()
    schema: dict[str, Any] | None = None
    schema_name: str = "answer"


@dataclass(frozen=True)
class Reply:
    """What a model answers: text, or tool calls. `model` names who answered."""

    model: str
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)


OnText = Callable[[str], None]
"""Receives the answer's text piece by piece while it arrives."""


class Model(Protocol):
    """Something that answers: a language model behind an endpoint, a playbook, or a script in a test."""

    name: str

    def reply(self, request: Request, on_text: OnText | None = None) -> Reply:
        """Answer once. Raises ModelError; never retries by itself."""
        ...


class ModelError(Exception):
    """One attempt failed. `again`: the same request may work later (429, 5xx, time-out, no connection).

    `after` is how many seconds the server asked to wait, if it said so; `usage` what an unusable answer cost.
    """

    def __init__(
        self,
        problem: str,
        *,
        again: bool,
        remedy: str = "",
        after: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        self.problem = problem
        self.again = again
        self.remedy = remedy
        self.after = after
        self.usage = usage
        super().__init__(problem)
