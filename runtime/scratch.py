"""Files and folders in the making: in place, or gone, when their block ends; what a killed process has left of them is
removed by the next that makes one there.

Whoever makes one holds a lock on it that ends with its process. What can be locked, and is a minute old, is nobody's.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from tempfile import gettempdir
from typing import IO

_ENDING = ".new"
_YOUNG = 60.0  # seconds in which its maker may be about to lock it


@contextmanager
def replacing(path: Path, *, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path`, whole and on the disk, at the block's end; no change if it raises."""
    _remove_left(path.parent, f".{path.name}.*{_ENDING}")
    fresh = path.with_name(f".{path.name}.{token_hex(4)}{_ENDING}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            flock(file, LOCK_EX)
            yield file
            file.flush()
            os.fsync(file.fileno())
            fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def replace_text(path: Path, text: str, *, mode: int = 0o666) -> Path:
    """`path`, holding the text in full, or what it held before."""
    with replacing(path, mode=mode) as file:
        file.write(text.encode())
    return path


def is_unfinished(path: Path) -> bool:
    """Whether that is a file in the making, or what a killed process has left of one."""
    return path.name.startswith(".") and path.name.endswith(_ENDING)


@contextmanager
def scratch_folder(prefix: str, inside: Path | None = None) -> Iterator[Path]:
    """An empty folder for as long as the block lasts, below `inside` or where temporary files go."""
    home = inside or Path(gettempdir())
    _remove_left(home, f"{prefix}*{_ENDING}")
    folder = home / f"{prefix}{token_hex(8)}{_ENDING}"
    folder.mkdir(mode=0o700)
    held = os.open(folder, os.O_RDONLY)
    try:
        flock(held, LOCK_EX)
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)
        os.close(held)


def _remove_left(folder: Path, pattern: str) -> None:
    for one in folder.glob(pattern):
        if _is_left(one):
            rmtree(one, ignore_errors=True) if one.is_dir() else one.unlink(missing_ok=True)


def _is_left(path: Path) -> bool:
    """Whether nobody alive makes it."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:  # gone, or somebody else's
        return False
    try:
        flock(opened, LOCK_EX | LOCK_NB)
        return time.time() - os.fstat(opened).st_mtime > _YOUNG
    except BlockingIOError:
        return False
    finally:
        os.close(opened)
