"""Cells: where commands run that nobody here has read, such as the tests of a change.

    tier          files                        network  variables    processes, memory, time
    bubblewrap    the given folder, system     none     empty        limited
    limits        all that the account reads   open     empty        limited

`bubblewrap` runs as nobody if we are root, in namespaces of its own, with a filter on system calls, and ends with it.
`limits` runs only where the settings allow it in so many words. Which one ran is part of the result; nothing stands in
for a missing tier.
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Literal

from runtime.errors import CannotWork
from runtime.scratch import scratch_folder
from tools.backends import seccomp

Tier = Literal["bubblewrap", "limits"]

INSIDE = "/src"
"""Where the folder is seen from inside of bubblewrap."""

_NOBODY = 65534
_SHOWN = 6_000  # characters of the output's end
_GIB = 1 << 30
_LIMITS = (
    "--core=0",
    f"--as={2 * _GIB}",
    f"--fsize={_GIB // 16}",
    "--nofile=512",
    "--nproc=256",
)
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin")


@dataclass(frozen=True)
class Ended:
    """What came of a command: whether it succeeded, the end of what it printed, where it ran and for how long."""

    ok: bool
    output: str
    tier: Tier
    seconds: float


def tier_for(*, limits_allowed: bool) -> Tier:
    """The tier that commands run in on this machine. Raises CannotWork if there is none that may be used."""
    if shutil.which("bwrap") and shutil.which("prlimit") and seccomp.program(sockets=True):
        return "bubblewrap"
    if limits_allowed and shutil.which("prlimit"):
        return "limits"
    remedy = "a person installs bubblewrap and util-linux (apt-get install bubblewrap util-linux)"
    raise CannotWork("checks cannot run: this machine has no sandbox for them", remedy=remedy)


@contextmanager
def empty_folder() -> Iterator[Path]:
    """A folder that a cell can be given; it and all in it is gone afterwards."""
    with scratch_folder("cell-") as own:
        yield own


def run_in_cell(
    command: Sequence[str], folder: Path, *, tier: Tier, minutes: float = 2, variables: Mapping[str, str] | None = None
) -> Ended:
    """Run a command in `folder`, which is its to write to, and wait for its end, at most `minutes`."""
    as_root, began = os.geteuid() == 0, time.monotonic()
    if as_root:
        _hand_over(folder)
    limits = ["prlimit", f"--cpu={max(1, round(minutes * 60))}", *_LIMITS]
    with TemporaryFile() as output, TemporaryFile() as status, TemporaryFile() as rules:
        rules.write(seccomp.program(sockets=True) or b"")
        rules.seek(0)
        held = (status.fileno(), rules.fileno()) if tier == "bubblewrap" else ()
        walls = _in_bubblewrap(folder, _variables(variables), *held) if held else []
        process = subprocess.Popen(  # noqa: S603  the point of this module
            [*limits, *walls, *command],
            cwd=folder,
            env={} if walls else _variables(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=held,
            user=_NOBODY if as_root else None,
            group=_NOBODY if as_root else None,
            extra_groups=[] if as_root else None,
        )
        late, said = _late(process, minutes * 60), _end_of(output)
        if walls and not late and b"exit-code" not in _all_of(status):
            raise CannotWork(
                f"the sandbox does not start: {said.strip()[-300:]}", remedy="a person looks at bubblewrap"
            )
    if late:
        said += f"\n[stopped after {minutes:g} minutes]"
    return Ended(process.returncode == 0 and not late, said.strip(), tier, round(time.monotonic() - began, 2))


def _in_bubblewrap(folder: Path, variables: Mapping[str, str], status: int, rules: int) -> list[str]:
    given = [word for name, value in variables.items() for word in ("--setenv", name, value)]
    seen = [word for path in _system() for word in ("--ro-bind", path, path)]
    links = [word for path in _SYSTEM if os.path.islink(path) for word in ("--symlink", os.readlink(path), path)]
    return [
        *(shutil.which("bwrap") or "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"),
        *("--json-status-fd", str(status), "--seccomp", str(rules)),
        *("--cap-drop", "ALL", "--hostname", "cell", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),  # noqa: S108
        *(*seen, *links, "--bind", str(folder), INSIDE, "--chdir", INSIDE, *given, "--"),
    ]


def _system() -> list[str]:
    """The folders of programs and libraries: the system's, and Python's own if that is elsewhere."""
    return [*(path for path in _SYSTEM if os.path.isdir(path) and not os.path.islink(path)), *_python()]


def _python() -> list[str]:
    """Where our own Python is, if not in the system's folders, and if whoever is in the cell may read it."""
    place = Path(sys.base_prefix)
    if place.is_relative_to("/usr"):
        return []
    open_to_all = all(one.stat().st_mode & stat.S_IXOTH for one in (place, *place.parents))
    return [str(place)] if os.geteuid() != 0 or open_to_all else []


def _variables(more: Mapping[str, str] | None) -> dict[str, str]:
    return {
        "PATH": ":".join([*(f"{place}/bin" for place in _python()), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": "/tmp",  # noqa: S108  the cell's own
        "LANG": "C.UTF-8",
        "CI": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
        **(more or {}),
    }


def _hand_over(folder: Path) -> None:
    """Give the folder to nobody, links themselves and never what they lead to."""
    os.chown(folder, _NOBODY, _NOBODY)
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(place) / name, _NOBODY, _NOBODY, follow_symlinks=False)


def _late(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Wait for the end; True if it had to be made."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def _all_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(10_000)


def _end_of(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - 4 * _SHOWN))
    return output.read().decode("utf-8", "replace")[-_SHOWN:]
