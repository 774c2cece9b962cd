"""The plan: what the manager proposes and, once accepted, what a run may do."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Grant(BaseModel):
    """Leave to call one tool, so many times, within a step."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: Name = Field(description="name of the tool")
    times: int = Field(ge=1, le=1000, description="how often the step may call it at most")


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
