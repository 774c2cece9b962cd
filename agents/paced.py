"""A model that waits for its turn, where a provider may be asked only so fast by all workers together."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.chat import Model, OnText, Reply, Request
from agents.gateway import LONGEST_ANSWER

if TYPE_CHECKING:
    from runtime.pace import Pace


class Paced:
    """`model`, asked in turn. `check` raises while it waits, once the run has to end."""

    def __init__(self, model: Model, pace: "Pace", check: Callable[[], None]) -> None:
        self.name = model.name
        self.longest = int(getattr(model, "longest", LONGEST_ANSWER))
        self._model = model
        self._pace = pace
        self._check = check

    def reply(self, request: Request, on_text: OnText | None = None) -> Reply:
        """Wait for a turn, then ask."""
        with self._pace.turn(check=self._check):
            return self._model.reply(request, on_text)
