"""Role cards: who an agent is, as config/agents.yaml says it."""

import re
from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from runtime.fields import Text, each_once

_ONE_WORD = re.compile(r"[^\W\d_][\w-]*")


class RoleCard(BaseModel):
    """One role. `tools` is the most it may ever use; a run's warrant gives it less."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Text = Field(description="the name that people and other agents read, one word")
    goal: Text = Field(description="what the role is after, in a sentence")
    backstory: Text = Field(description="how it works and what it never does, in two or three sentences")
    tools: tuple[str, ...] = Field(default=(), description="the tools it may use, by name")
    model: str = Field(default="fast", description="a tier of config/models.yaml")
    max_turns: int = Field(
        default=25, ge=1, le=500, description="how many answers of the model a step may take at most"
    )

    instead: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("llm", "function_calling_llm"), "use 'model' with a tier of config/models.yaml"),
        **dict.fromkeys(("max_iter", "max_iterations"), "use 'max_turns'"),
        "name": "use 'role'; the key above the card is its name in other files",
        "verbose": "remove it; 'deputy show' tells every step of a run",
        "allow_delegation": "remove it; the crew's 'process' in config/crews.yaml decides who delegates",
        "memory": "remove it; what a step needs reaches it by its task's 'context'",
        "max_rpm": "remove it; 'budget' in config/policies.yaml caps model calls",
        "max_execution_time": "remove it; 'budget' in config/policies.yaml caps minutes",
        "max_retry_limit": "remove it; failed model calls are retried by config/models.yaml",
        "human_input": "remove it; the gate asks a person when a call needs one",
        "allow_code_execution": "remove it; a role can do what its 'tools' can do",
        **dict.fromkeys(("reasoning", "planning", "planning_config"), "remove it; the crew's manager plans"),
        **dict.fromkeys(("knowledge_sources", "apps", "mcps"), "remove it; name what the role may use under 'tools'"),
    }

    @field_validator("role")
    @classmethod
    def _one_word(cls, role: str) -> str:
        if not _ONE_WORD.fullmatch(role):
            raise ValueError(
                f"'{role}' is not one word; managers hand work over by this word, so write for example 'Analyst'"
            )
        return role

    @field_validator("tools")
    @classmethod
    def _each_tool_once(cls, tools: tuple[str, ...]) -> tuple[str, ...]:
        return each_once(tools)
