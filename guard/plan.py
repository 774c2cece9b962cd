"""The plan: what the manager proposes and, once accepted, what a run may do."""

from collections.abc import Container, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


Value = str | bool | int | float


class Grant(BaseModel):
    """Leave to call one tool, so many times, within a step, with the values it is pinned to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: Name = Field(description="name of the tool")
    times: int = Field(ge=1, le=1000, description="how often the step may call it at most")
    values: dict[str, tuple[Value, ...]] = Field(
        default_factory=dict, description="arguments that the goal or the plan fixes: the values each may have"
    )

    def outside(self, args: Mapping[str, Any], written: Container[str] = ()) -> str:
        """The first argument whose value is none of those it is pinned to; empty if all fit, or a person wrote them.

        The first by name: a plan that is read from the ledger has its pins in another order.
        """
        for name, allowed in sorted(self.values.items()):
            given = args.get(name)
            if name not in written and not all(any(_same(one, value) for value in allowed) for one in _each(given)):
                return name
        return ""


class Step(BaseModel):
    """One piece of work for one role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Name = Field(description="short name of the step, unique in the plan")
    role: Name = Field(description="which role does it")
    task: str = Field(min_length=1, description="what to do, as an instruction to the role")
    expected: str = Field(min_length=1, description="what the step's answer must contain")
    grants: tuple[Grant, ...] = Field(default=(), description="the tools the step may call, and how often")
    after: tuple[Name, ...] = Field(default=(), description="ids of the steps whose answers this step needs")


class Plan(BaseModel):
    """Steps in an order that respects `after`. Steps that do not depend on each other run side by side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[Step, ...] = Field(min_length=1)

    def step(self, step_id: str) -> Step:
        """The step with that id; KeyError if there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)


def _each(value: Any) -> list[Any]:
    """The single values of an argument; one that is not given is a value too."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _same(one: Any, other: Any) -> bool:
    """Equal, and of one kind: True is not 1, and "1" is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
