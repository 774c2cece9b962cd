"""The memory of a world, opened without a run: for people who look into it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crews.config import load_config
from runtime.clock import SystemClock
from runtime.errors import UsageError
from runtime.home import Home
from runtime.memory import Memory
from tools.backends.remembering import open_memory
from tools.directory import Directory
from tools.service import Site


@contextmanager
def memory_in(project: Path, world: str | None, environ: Mapping[str, str] = os.environ) -> Iterator[Memory]:
    """The memory of the world of that name; without one, of the world that the assistant answers from.

    Raises UsageError if no run has met that world yet.
    """
    settings = load_config(project).settings
    name = world or settings.assistant_world or "house"
    folder = Home.here(project).root / "worlds" / name
    if not folder.is_dir():
        there = sorted(one.name for one in folder.parent.glob("*") if one.is_dir()) if folder.parent.is_dir() else []
        known = f"the worlds are: {', '.join(there)}" if there else "start with 'deputy run -s recruiting'"
        raise UsageError(f"there is no world '{name}'", remedy=known)
    with ExitStack() as opened:
        yield open_memory(Site(folder, SystemClock(), {}, settings, environ, Directory(), opened))
