"""How a run is brought to a stop, as a whole or one step of it."""

import threading
from collections.abc import Callable, Iterable

from guard.current import current_step
from runtime.errors import Cancelled, DeputyError, Drained, ModelFailure, RunStopped, WaitingForPerson, WaitingForTime

draining = threading.Event()
"""Set when this process is to end: every run in it stops at its next call, and another worker carries it on."""

UNWIND = 0.3
"""Seconds that a cancelled run is given to end by itself, before its process is ended. It hears of it in that time."""

ANSWER = "see 'deputy approvals', then 'deputy approve ID' or 'deputy deny ID'"


class Stop:
    """The run's stop sign: once raised, every next model call and tool call unwinds with the first reason.

    A step that waits for a person is held by itself: its present calls end, its next model call unwinds it.
    """

    def __init__(self) -> None:
        self._stopped: RunStopped | None = None
        self._waiting: set[str] = set()
        self.times: list[float] = []
        """When steps can go on that wait for a time, in seconds since 1970."""
        self.on_cancelled: Callable[[Cancelled], None] = lambda _cause: None
        """What is done about a cancelled run that may hang, once the sign is up."""

    def note(self, causes: Iterable[DeputyError]) -> None:
        """Take note of what steps have ended with."""
        self.times += [one.until for one in causes if isinstance(one, WaitingForTime)]

    def set(self, stopped: RunStopped) -> None:
        """Raise the sign; a later reason does not replace the first."""
        self._stopped = self._stopped or stopped

    def lower(self) -> None:
        """Take the sign down after a model's failure: the run goes on by another plan. Any other reason stands."""
        if self._stopped is not None and isinstance(self._stopped.cause, ModelFailure):
            self._stopped = None

    def check(self) -> None:
        """Raise the reason if the sign is up, or the process is to end."""
        if draining.is_set():
            self.set(RunStopped(Drained("the worker stops")))
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
