"""CrewAI says nothing in its own name: what happens in a run is in its records, and stdout may be read by a program."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from crewai.events.utils.console_formatter import set_suppress_console_output, should_suppress_console_output

logging.getLogger("crewai").addHandler(logging.NullHandler())  # else Python prints what nobody handles to stderr


@contextmanager
def muted() -> Iterator[None]:
    """Keep CrewAI's warnings off stdout for every crew that runs within the block, in all its threads."""
    before = should_suppress_console_output()
    set_suppress_console_output(True)
    try:
        yield
    finally:
        set_suppress_console_output(before)
