"""Which call is being carried out here: for what a tool writes down about its own origin. Set by the gate."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Calling(NamedTuple):
    """A run and one of its calls, by the ids that records give them; both empty outside of any call."""

    run: str
    call: str


_NOWHERE = Calling("", "")
_CALLING: ContextVar[Calling] = ContextVar("calling", default=_NOWHERE)


def calling() -> Calling:
    """The call that this code runs for."""
    return _CALLING.get()


@contextmanager
def carrying(run: str, call: str) -> Iterator[None]:
    """Run a block as part of that call."""
    token = _CALLING.set(Calling(run, call))
    try:
        yield
    finally:
        _CALLING.reset(token)
