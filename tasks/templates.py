"""Task templates: what a step is asked to do, as config/tasks.yaml says it."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from runtime.fields import Text, each_once

DEFAULT_TIMES = 10
"""How often a task may call a tool that it names without a number."""

ALWAYS_FILLED = frozenset({"goal", "question"})
"""The placeholders that every run can fill; a scenario's inputs come on top."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")


def placeholders(text: str) -> list[str]:
    """The names in braces in `text`, in order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with each `{name}` that is in `values` replaced. What is put in is never looked at again."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


_NEITHER = "an entry is neither a name nor 'name: times'; write for example 'read_resume: 20'"


def _times_by_tool(tools: Any) -> Any:
    """A list of names, or of `name: times`, as one mapping of names to times."""
    if not isinstance(tools, list):
        return tools
    counted: dict[str, Any] = {}
    for entry in tools:
        named = {entry: DEFAULT_TIMES} if isinstance(entry, str) else entry
        if not isinstance(named, dict):  # a ValueError, because pydantic reports no other
            raise ValueError(_NEITHER)  # noqa: TRY004
        for name, times in named.items():
            if name in counted:
                raise ValueError(f"'{name}' is named twice; remove one")
            counted[name] = times
    return counted


_TIMES = {"type": "integer", "minimum": 1, "maximum": 1000}
_COUNTED = {"type": "object", "additionalProperties": _TIMES}
_TOOLS_SCHEMA = {"anyOf": [{"type": "array", "items": {"anyOf": [{"type": "string"}, _COUNTED]}}, _COUNTED]}

Tools = Annotated[
    dict[str, Annotated[int, Field(ge=1, le=1000)]], BeforeValidator(_times_by_tool), WithJsonSchema(_TOOLS_SCHEMA)
]


class TaskTemplate(BaseModel):
    """One task. `tools` maps each tool it may call to how often; `context` names the tasks whose answers it needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: Text = Field(description="what to do, as an instruction; {goal} stands for the run's goal")
    expected_output: Text = Field(description="what the answer must contain")
    role: str = Field(description="who does it: a role of agents.yaml")
    tools: Tools = Field(
        default_factory=dict,
        description=f"what it may call: 'name: times', or names alone for {DEFAULT_TIMES} times each",
    )
    context: tuple[str, ...] = Field(default=(), description="the tasks whose answers it needs, done before it")

    instead: ClassVar[Mapping[str, str]] = {
        "agent": "use 'role'",
        "after": "use 'context'",
        "expected": "use 'expected_output'",
        "name": "remove it; the key above the task is its name",
        "async_execution": "remove it; tasks that do not need each other's answers run side by side",
        "human_input": "remove it; the gate asks a person when a call needs one",
        "output_file": "remove it; the run's folder holds its report",
        "callback": "remove it; the ledger tells what happened",
        **dict.fromkeys(
            ("output_json", "output_pydantic"), "remove it; say the form of the answer in 'expected_output'"
        ),
        **dict.fromkeys(
            ("guardrail", "guardrails", "guardrail_max_retries"), "remove it; config/policies.yaml sets limits"
        ),
    }

    @field_validator("context")
    @classmethod
    def _each_task_once(cls, context: tuple[str, ...]) -> tuple[str, ...]:
        return each_once(context)
