"""Which step is being carried out here. Set around each step; frameworks carry it into the threads they start."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_STEP: ContextVar[str] = ContextVar("step", default="")


def current_step() -> str:
    """The id of the step that this code runs in; empty outside of any step."""
    return _STEP.get()


@contextmanager
def within(step: str) -> Iterator[None]:
    """Run a block as part of `step`."""
    token = _STEP.set(step)
    try:
        yield
    finally:
        _STEP.reset(token)
