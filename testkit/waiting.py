"""Waiting for what other processes do: as short as it takes, and never for ever."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], seconds: float = 180.0, *, every: float = 0.02) -> T:
    """What `look` finds once it finds anything, looking every so many seconds. Raises TimeoutError after `seconds`."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not (found := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"still {found!r} after {seconds:g} seconds")
        pause.wait(every)
    return found
