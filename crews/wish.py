"""What a person wants of a crew, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.errors import DeputyError
from runtime.records import State
from runtime.uses import tenant_of


@dataclass(frozen=True)
class Wish:
    """A goal in words, or a scenario by name, or both.

    `inputs` replace the scenario's own; `usd` caps the run's cost; `model` names one model to use throughout.
    `world` names the state to act on; without one it follows from the scenario and the inputs, so that the same inputs
    meet the same calendars, mails and records again. `tenant` is on whose account it runs; what stands after the
    principal's last @ if nothing is said. `minutes` caps its time.
    `undoes` names a run whose effects are taken back, all of them or those from the step `undo_step` on.
    """

    goal: str | None = None
    scenario: str | None = None
    crew: str | None = None
    inputs: Mapping[str, Path] = field(default_factory=dict)
    principal: str = "user"
    world: str | None = None
    model: str | None = None
    usd: float | None = None
    tenant: str = ""
    minutes: float | None = None
    undoes: str = ""
    undo_step: str = ""

    @property
    def of_tenant(self) -> str:
        """On whose account it runs."""
        return self.tenant or tenant_of(self.principal) or "house"


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `folder` holds the report; `error` says why it did not reach its goal, if it did not."""

    run: str
    state: State
    exit_code: int
    summary: str
    folder: Path
    error: DeputyError | None = None
