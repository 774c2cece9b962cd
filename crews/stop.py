"""How a run is brought to a stop, as a whole or one step of it."""

from guard.current import current_step
from runtime.errors import ModelFailure, RunStopped, WaitingForPerson

ANSWER = "see 'deputy approvals', then 'deputy approve ID' or 'deputy deny ID'"


class Stop:
    """The run's stop sign: once raised, every next model call and tool call unwinds with the first reason.

    A step that waits for a person is held by itself: its present calls end, its next model call unwinds it.
    """

    def __init__(self) -> None:
        self._stopped: RunStopped | None = None
        self._waiting: set[str] = set()

    def set(self, stopped: RunStopped) -> None:
        """Raise the sign; a later reason does not replace the first."""
        self._stopped = self._stopped or stopped

    def lower(self) -> None:
        """Take the sign down after a model's failure: the run goes on by another plan. Any other reason stands."""
        if self._stopped is not None and isinstance(self._stopped.cause, ModelFailure):
            self._stopped = None

    def check(self) -> None:
        """Raise the reason if the sign is up."""
        if self._stopped is not None:
            raise RunStopped(self._stopped.cause)

    def wait(self, step: str) -> None:
        """Hold this step at its next model call."""
        self._waiting.add(step)

    def check_step(self) -> None:
        """Raise the reason if the sign is up, or if this step waits for a person."""
        self.check()
        if current_step() in self._waiting:
            raise RunStopped(WaitingForPerson(f"step '{current_step()}' waits for a person", remedy=ANSWER))
