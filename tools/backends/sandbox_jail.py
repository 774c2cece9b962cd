"""The `jail` tier: this machine's Python under bubblewrap, with seccomp and limits, as an unprivileged user.

The program sees the system's libraries and our packages, read-only, and an empty /tmp. It has no network, no other
process, no variables and no privileges. bubblewrap is started without variables, since the caller's could be read
in /proc inside. As root the user is changed inside: the kernel counts no processes of root.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from tools.backends import seccomp
from tools.backends.sandbox import LARGEST_ANSWER, MEGABYTES, SECONDS, Broken, Ran, Tier
from tools.backends.sandbox_wasm import answered

NOBODY = 65534
PROCESSES = 64
FILES = 64
DISK = 16
"""Limits beside time and memory: processes, open files, megabytes that one file may have."""

_RUNNER = """
import json, sys
sys.path.insert(0, "/site")
import importlib.util
spec = importlib.util.spec_from_file_location("running", "/guest/running.py")
running = importlib.util.module_from_spec(spec)
spec.loader.exec_module(running)
asked = json.load(sys.stdin)
answer = running.run(asked["source"], asked["given"])
sys.__stdout__.write(answer)
"""


class JailSandbox:
    """Each program in a process tree of its own. Raises Broken where bubblewrap or seccomp cannot be had."""

    tier: Tier = "jail"

    def __init__(self) -> None:
        bwrap = shutil.which("bwrap")
        if sys.platform != "linux" or bwrap is None:
            raise Broken("the jail needs bubblewrap", remedy="apt-get install bubblewrap, or set 'sandbox: wasm'")
        rules = seccomp.program()
        if rules is None:
            raise Broken("the jail knows no filter for this architecture", remedy="set 'sandbox: wasm'")
        self._bwrap = bwrap
        self._rules = rules

    def run(self, source: str, given: Any, *, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> Ran:
        """Run `source` in a jail of its own."""
        asked = json.dumps({"source": source, "given": json.dumps(given)})
        with tempfile.TemporaryFile() as rules, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as told:
            rules.write(self._rules)
            rules.seek(0)
            said.write(asked.encode())
            said.seek(0)
            process = subprocess.Popen(  # noqa: S603 - our own words
                [*_limited(seconds, megabytes), *self._command(rules.fileno()), "-I", "-c", _RUNNER],
                stdin=said,
                stdout=told,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                pass_fds=(rules.fileno(),),
                start_new_session=True,
            )
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                return Ran(self.tier, None, "", f"it took more than {seconds:g} seconds")
            finally:
                process.kill()  # with it, its whole process tree: --die-with-parent and its own pid namespace
                process.wait()
            told.seek(0)
            answer = told.read(LARGEST_ANSWER + 1).decode("utf-8", "replace")
        if not answer:
            return Ran(self.tier, None, "", f"it ended without an answer (exit code {process.returncode})")
        return answered(self.tier, answer)

    def close(self) -> None:
        """Nothing is left running between programs."""

    def _command(self, rules: int) -> list[str]:
        base, site = Path(sys.base_prefix).resolve(), sysconfig.get_paths()["purelib"]
        guest = str(Path(__file__).parent / "guest")
        system = [part for name in ("lib", "lib64", "bin") for part in ("--symlink", f"usr/{name}", f"/{name}")]
        own = [] if base == Path("/usr") else ["--ro-bind", str(base), "/python"]
        python = (
            f"{'/usr' if base == Path('/usr') else '/python'}/bin/python{sys.version_info[0]}.{sys.version_info[1]}"
        )
        return [
            self._bwrap,
            *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
            *("--die-with-parent", "--new-session", "--seccomp", str(rules), "--clearenv"),
            *("--setenv", "OPENBLAS_NUM_THREADS", "1", "--ro-bind", "/usr", "/usr", *system, *own),
            *("--ro-bind", site, "/site", "--ro-bind", guest, "/guest"),
            *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/tmp"),  # noqa: S108 - its own
            *_as_nobody(),
            python,
        ]


def _as_nobody() -> list[str]:
    if os.geteuid() != 0:
        return ["--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY)]
    kept = [part for one in ("SETUID", "SETGID", "SETPCAP") for part in ("--cap-add", f"CAP_{one}")]
    dropped = ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
    user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return ["--cap-drop", "ALL", *kept, "/usr/bin/setpriv", *user, *dropped]


def _limited(seconds: float, megabytes: int) -> list[str]:
    """The command that sets the limits and becomes the next one; nothing of ours runs between fork and exec."""
    memory = (megabytes + 256) * 2**20  # the interpreter and its packages take address space, too
    limits = {
        "as": memory,
        "cpu": int(seconds) + 1,
        "nproc": PROCESSES,
        "nofile": FILES,
        "fsize": DISK * 2**20,
        "core": 0,
    }
    return ["/usr/bin/prlimit", *(f"--{name}={most}" for name, most in limits.items())]
