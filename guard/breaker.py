"""Circuit breakers: a system that keeps failing is left alone for a while.

    closed --5 failures in a row--> open --30 s--> half-open --it works--> closed
                                     ^                 |
                                     +---it fails------+

The state is this process's own; the record of an opening is everybody's. Only errors that may pass count (see
runtime.transient): a refusal is an answer.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

FAILURES = 5
"""How many failures in a row open a breaker."""

PAUSE = 30.0
"""Seconds for which an open breaker lets nothing through."""


@dataclass
class Breaker:
    """The breaker of one system. Safe to use from several threads. `now` is a clock that only goes forward."""

    failures: int = FAILURES
    pause: float = PAUSE
    now: Callable[[], float] = time.monotonic
    why: str = ""
    remedy: str = ""
    _failed: int = 0
    _until: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def closed_for(self) -> float:
        """0 if a call may be made now, else how many seconds are left. After the pause one call may try."""
        with self._lock:
            if self._until is None:
                return 0.0
            left = self._until - self.now()
            if left > 0:
                return left
            self._until = self.now() + self.pause  # the one that tries; others wait for what it finds
            return 0.0

    def worked(self) -> None:
        """The system answered."""
        with self._lock:
            self._failed, self._until = 0, None

    def broke(self, why: str = "", remedy: str = "") -> int:
        """The system failed: how many times in a row now, if this opened the breaker, else 0. `why` is kept, and what
        to do about it."""
        with self._lock:
            self.why, self.remedy = why, remedy
            self._failed += 1
            if self._failed < self.failures:
                return 0
            opened = self._until is None
            self._until = self.now() + self.pause
            return self._failed if opened else 0


@dataclass
class Breakers:
    """A breaker per system and world."""

    make: Callable[[], Breaker] = Breaker
    _made: dict[tuple[str, str], Breaker] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, world: str, backend: str) -> Breaker:
        """The breaker of a system in a world."""
        with self._lock:
            return self._made.setdefault((world, backend), self.make())


BREAKERS = Breakers()
"""Those of this process."""
