"""Loops: a step that makes the same call with the same result again and again is told so, then ended.

Anything new, be it another call or another result, is progress, and the count begins again. Equal calls that one answer
of a model asks for count as one, so that it does not matter in which order they end.
"""

import threading
from collections import Counter
from dataclasses import dataclass, field

from runtime.errors import NoProgress, RunStopped

TOLD, ENDED = 3, 4
"""At which equal call the model is told, and at which its step ends."""

ADVICE = (
    "This is call number {times} of '{tool}' with these arguments, and the result is the same each time. Calling it "
    "again changes nothing: go on with what you have, or say what is missing."
)

What = tuple[str, str, str]
"""A tool, what stands for its arguments, and what the model was told."""


@dataclass
class _Rounds:
    """One step's calls: how many answers asked for some, in which of them each was made last, and how often since
    there was anything new."""

    turn: int = 0
    last: dict[What, int] = field(default_factory=dict)
    times: Counter[What] = field(default_factory=Counter)


@dataclass
class Loops:
    """The equal calls of one run's steps. Safe to use from several threads."""

    _steps: dict[str, _Rounds] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def turn(self, step: str) -> None:
        """A model has answered, and asks for the calls that come now."""
        with self._lock:
            self._steps.setdefault(step, _Rounds()).turn += 1

    def noted(self, step: str, tool: str, fingerprint: str, text: str) -> str:
        """`text`, with advice if the step goes round in circles. Raises RunStopped if it went on doing so.

        `fingerprint` stands for the arguments.
        """
        times = self._count(step, (tool, fingerprint, text))
        if times >= ENDED:
            problem = f"step '{step}' makes no progress: it called '{tool}' {times} times with the same result"
            raise RunStopped(NoProgress(problem, remedy="see 'deputy show'; change the step's task, or its model"))
        return f"{text}\n\n{ADVICE.format(times=times, tool=tool)}" if times >= TOLD else text

    def _count(self, step: str, what: What) -> int:
        """In how many turns since there was anything new."""
        with self._lock:
            rounds = self._steps.setdefault(step, _Rounds())
            if what not in rounds.last:
                rounds.times.clear()
            if rounds.last.get(what) != rounds.turn:
                rounds.times[what] += 1
            rounds.last[what] = rounds.turn
            return rounds.times[what]
