"""A rehearsal: the run itself, on a copy of its world, so that each effect is seen before there is one.

What is copied is removed at the end, and with it all that the rehearsal made: its ledger, mails, calendars, reports.
Only what needs no model that costs, and no system outside, can be rehearsed.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from crews.config import load_config
from guard.warrant import Warrant
from runtime.home import Home
from runtime.settings import outside

_OUTSIDE = ("DATABASE_URL", "DEPUTY_CHECKPOINTS", "DEPUTY_NOTIFY", "APPRISE_URL")
_COPY = "rehearsal-"


def in_the_way(project: Path, warrant: Warrant, mode: str) -> str:
    """Why a run by this warrant cannot be rehearsed; empty if it can. `mode` is who answers, as its records say it."""
    if mode != "playbook":
        return "a language model answers, and each of its answers costs"
    if systems := outside(load_config(project).settings):
        return f"it would act on systems outside ({', '.join(systems)})"
    granted = {grant.tool for step in warrant.order for grant in step.grants}
    foreign = sorted(granted & warrant.authority.declared.keys())
    return f"nobody knows what foreign tools do ({', '.join(foreign)})" if foreign else ""


@contextmanager
def on_a_copy(home: Home, world: str) -> Iterator[Home]:
    """Within the block the project's state is a copy of `home` that holds the one world and no ledger.

    Raises OSError if there is no room for the copy.
    """
    _swept(home.root)
    copy = home.root / f"{_COPY}{os.getpid()}"
    copy.mkdir(mode=0o700, parents=True)
    try:
        for part in ("keys", f"worlds/{world}"):
            if (home.root / part).is_dir():
                shutil.copytree(home.root / part, copy / part, symlinks=True)
        with _environment({"DEPUTY_HOME": str(copy)}):
            yield Home(copy)
    finally:
        shutil.rmtree(copy, ignore_errors=True)


@contextmanager
def _environment(changed: Mapping[str, str]) -> Iterator[None]:
    """The process's environment with what is changed, and without what leads outside."""
    before = dict(os.environ)
    for name in _OUTSIDE:
        os.environ.pop(name, None)
    os.environ.update(changed)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _swept(root: Path) -> None:
    """Remove the copies of processes that were killed."""
    for left in root.glob(f"{_COPY}*"):
        try:
            os.kill(int(left.name.removeprefix(_COPY)), 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except (ValueError, PermissionError):
            continue
