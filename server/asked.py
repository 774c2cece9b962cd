"""What a caller asks for, as JSON, and what becomes a run of it."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crews.wish import Wish
from runtime.errors import UsageError


class Asked(BaseModel):
    """The body of `POST /runs`. Files cannot be named: a caller elsewhere has no say over this machine's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    goal: str | None = Field(default=None, min_length=1, max_length=4_000)
    scenario: str | None = Field(default=None, min_length=1, max_length=64)
    crew: str | None = Field(default=None, min_length=1, max_length=64)
    world: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    usd: float | None = Field(default=None, ge=0)
    minutes: float | None = Field(default=None, gt=0)
    priority: int = Field(default=0, ge=-100, le=100)
    tenant: str = Field(default="house", pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")

    @model_validator(mode="after")
    def _asks_for_something(self) -> "Asked":
        if not self.goal and not self.scenario:
            raise ValueError("give a goal, or a scenario")
        return self

    def wish(self, principal: str) -> Wish:
        """The same as a wish of that principal."""
        return Wish(principal=principal, **self.model_dump(exclude={"priority"}))

    def check_same(self, goal: str, scenario: str) -> None:
        """Raise UsageError if a run that was started under the same key is for something else."""
        if (self.goal or goal, self.scenario or scenario) != (goal, scenario):
            raise UsageError(
                "this Idempotency-Key was used for another run", remedy="take a new key for each thing that is asked"
            )
