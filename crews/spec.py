"""Crews: which roles work together, and how, as config/crews.yaml says it."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from runtime.fields import each_once

Process = Literal["planned", "sequential", "hierarchical"]


class CrewSpec(BaseModel):
    """One crew.

    planned        the manager plans once, the steps run by their dependencies; `tasks` are known to the manager
    sequential     the tasks run in the order of the list; there is no manager
    hierarchical   the manager hands work to the roles while the run goes on
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = Field(default="", description="what the crew is good for, in a sentence")
    process: Process = Field(default="planned", description="planned, sequential or hierarchical")
    manager: str | None = Field(default=None, description="the role that plans; not for sequential crews")
    agents: tuple[str, ...] = Field(description="the roles that do the work, by name")
    tasks: tuple[str, ...] = Field(default=(), description="tasks by name; sequential crews need at least one")
    read_only: bool = Field(
        default=False, description="true: no role of this crew may have a tool that changes anything"
    )

    instead: ClassVar[Mapping[str, str]] = {
        "manager_agent": "use 'manager' with a role",
        "manager_llm": "use 'manager' with a role; its card names its model",
        "roles": "use 'agents'",
        "planning": "use 'process: planned'",
        "planning_llm": "use 'process: planned'; the manager's card names its model",
        "verbose": "remove it; 'deputy show' tells every step of a run",
        "memory": "remove it; what a step needs reaches it by its task's 'context'",
        "max_rpm": "remove it; 'budget' in config/policies.yaml caps model calls",
        "cache": "remove it; a run that is resumed repeats nothing",
        "knowledge_sources": "remove it; name what a role may use under 'tools' on its card",
        "output_log_file": "remove it; the ledger keeps everything",
    }

    @field_validator("agents", "tasks")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return each_once(names)
