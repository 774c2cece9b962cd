"""The house's limits, as config/policies.yaml says them. They hold for every run, whatever a plan asks for."""

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """What one run may use up at most. A call that would go over is not made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model_calls: int = Field(ge=1, le=100_000, description="how many times models may be asked")
    tool_calls: int = Field(ge=0, le=100_000, description="how many tool calls may be carried out")
    usd: float = Field(ge=0, le=100_000, description="what models may cost, in US dollars")
    minutes: int = Field(ge=1, le=100_000, description="how long a run may work, in minutes")


class PolicyFile(BaseModel):
    """config/policies.yaml. `deny` names tools that nobody may call, whatever cards and plans say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    budget: Limits = Field(description="what one run may use up: model_calls, tool_calls, usd, minutes")
    deny: tuple[str, ...] = Field(default=(), description="tools that nobody may call, by name")
