"""Lock files of git that a killed process has left in a repository, and who may remove them.

A repository of ours: whoever runs git on it holds the file `deputy.work` in it, and so does each process that git
starts, for as long as it lives. Who gets that file alone knows that none of ours is at work there. A person's commands
hold nothing of ours: they are seen by the folder they run in, and where that cannot be seen, no lock is that old.
A person's repository: we tell them which file it is, and leave it.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path

from runtime.clock import stamp
from runtime.errors import TryLater

OURS = "deputy.work"

_IN_THE_WAY = re.compile(r"Unable to create '(?P<file>[^']+\.lock)': File exists")
_QUIET = 5.0  # seconds; git holds a lock file for as long as it writes it
_PATIENCE = 2.0  # seconds that others of ours are waited for
_PAUSE = 0.05


@contextmanager
def at_work(repository: Path) -> Iterator[int]:
    """Within the block somebody of ours is at work there, and while a process lives that was passed the number."""
    held = os.open(repository / OURS, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        flock(held, LOCK_SH)
        yield held
    finally:
        os.close(held)


def in_the_way(said: str) -> str:
    """The lock file that kept a git command from its work, as git calls it; empty if that was not it."""
    found = _IN_THE_WAY.search(said)
    return found["file"] if found else ""


def clear(repository: Path) -> None:
    """Remove the lock files that nobody alive holds. Raises TryLater if somebody is at work in the repository."""
    with _alone(repository):
        for file in left_in(repository):
            seen = _seen(file)
            if seen and not _others(repository):
                time.sleep(min(_QUIET, max(0.0, _QUIET - (time.time() - seen[1]))))
            if _others(repository) or _seen(file) not in (seen, None):
                raise busy(file)
            file.unlink(missing_ok=True)


def left_in(repository: Path) -> list[Path]:
    """All lock files, and what git writes a list of refs to before it has that name."""
    return sorted([*repository.rglob("*.lock"), *repository.glob("packed-refs.new")])


def busy(file: Path) -> TryLater:
    """What a lock file means that is none of ours to remove: which one, since when, and what a person can do."""
    seen = _seen(file)
    since = f" since {stamp(datetime.fromtimestamp(seen[1], UTC))}" if seen else ""
    remedy = f"try again later; if no git command runs there, a person removes it: rm '{file}'"
    return TryLater(f"git is held up by '{file}', which is there{since}", remedy=remedy)


@contextmanager
def _alone(repository: Path) -> Iterator[None]:
    """Within the block nobody of ours is at work there. Raises TryLater if that takes longer than patience lasts."""
    until = time.monotonic() + _PATIENCE
    with (repository / OURS).open("a") as held:
        while not _taken(held.fileno()):
            if time.monotonic() > until:
                raise TryLater(f"another process is at work in '{repository}'", remedy="try again later")
            time.sleep(_PAUSE)
        yield


def _taken(number: int) -> bool:
    try:
        flock(number, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _seen(file: Path) -> tuple[int, float] | None:
    """Which file that is, and when it was last written; None if it is gone."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime


def _others(repository: Path) -> bool:
    """Whether a git process runs in that folder. Only Linux tells, and only of processes that we may look at."""
    home = str(repository.resolve())
    for one in Path("/proc").glob("[0-9]*"):
        try:
            folder, name = os.readlink(one / "cwd"), (one / "comm").read_text()
        except OSError:
            continue
        if name.startswith("git") and (folder == home or folder.startswith(f"{home}/")):
            return True
    return False
