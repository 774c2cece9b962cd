"""Processes as Linux tells of them in /proc: who is below whom, and who is alive."""

import os
import signal
from contextlib import suppress
from pathlib import Path


def children(process: int) -> list[int]:
    """Those that it has started itself; none if it is gone."""
    try:
        return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def descendants(process: int) -> list[int]:
    """All below it."""
    return [each for one in children(process) for each in (one, *descendants(one))]


def lives(process: int) -> bool:
    """Whether it runs; one that is dead and that its parent has not buried does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def kill_all(process: int) -> None:
    """Kill it and all below it, as the loss of their machine would."""
    for one in (process, *descendants(process)):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
