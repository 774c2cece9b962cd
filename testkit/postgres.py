"""A private PostgreSQL for tests: real, on a socket of its own, gone when the block ends.

    with Postgres() as server:
        engine = open_database(server.database())

It listens on a Unix socket in a folder that only its owner can enter, never on a network port, and trusts whoever can
reach it. It does not sync to disk: for tests it is fast, for data it is not safe. PostgreSQL refuses to run as root;
there it runs as `postgres`, or as `nobody` where there is no such user.
"""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from runtime.errors import ConfigError

_SUPERUSER = "deputy"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB", "listen_addresses=")


def binaries() -> Path:
    """The folder of `initdb` and `postgres`, the newest there is. Raises ConfigError that names what to install."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: -_version(folder.parent.name))
    on_path = shutil.which("initdb")
    for folder in [*installed, *([Path(on_path).resolve().parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise ConfigError(
        "PostgreSQL's programs 'initdb' and 'postgres' are not on this machine",
        remedy="install the Debian package 'postgresql' (apt-get install postgresql), or put its folder on PATH",
    )


class Postgres:
    """One cluster with one server, started by `with` and stopped at its end. It stops nothing that it did not start."""

    def __init__(self, *, durable: bool = False, connections: int = 100) -> None:
        """With `durable` it syncs to disk as PostgreSQL does everywhere else, for measuring. It refuses connections
        above so many."""
        kind = ("shared_buffers=64MB", "listen_addresses=") if durable else _FAST
        self._settings = (*kind, f"max_connections={connections}")
        self._binaries = binaries()
        self._numbers = itertools.count(1)
        self._server: subprocess.Popen[bytes] | None = None
        self._folder = Path()

    def __enter__(self) -> "Postgres":
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        try:
            if os.geteuid() == 0:
                os.chown(self._folder, pwd.getpwnam(_unprivileged()).pw_uid, -1)
            self._initialise()
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test{next(self._numbers)}"
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://{_SUPERUSER}@/{name}?host={self._folder}"

    def restart(self, *, crash: bool = False) -> None:
        """Stop it and start it again on the same files; with `crash`, as after a power cut."""
        self._end(signal.SIGQUIT if crash else signal.SIGINT)
        self._start()

    def _initialise(self) -> None:
        options = ["--auth=trust", f"--username={_SUPERUSER}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(
            [self._binaries / "initdb", "-D", self._folder / "data", *options],
            capture_output=True,
            text=True,
            **self._as_somebody(),
        )
        if made.returncode:
            raise ConfigError(f"initdb failed: {made.stderr.strip()}", remedy="fix what it says, then run again")

    def _start(self) -> None:
        settings: Sequence[str] = [part for setting in self._settings for part in ("-c", setting)]
        with (self._folder / "server.log").open("wb") as log:
            self._server = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._folder / "data", "-k", self._folder, *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._as_somebody(),
            )
        self._wait(self._server)

    def _wait(self, server: "subprocess.Popen[bytes]") -> None:
        import psycopg

        until = time.monotonic() + 60
        while time.monotonic() < until and server.poll() is None:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        said = (self._folder / "server.log").read_text(errors="replace")[-2000:]
        raise ConfigError(f"PostgreSQL did not start: {said.strip()}", remedy="fix what it says, then run again")

    def _connect(self) -> Any:
        import psycopg

        return psycopg.connect(host=str(self._folder), user=_SUPERUSER, dbname="postgres", autocommit=True)

    def _stop(self) -> None:
        self._end(signal.SIGINT)  # fast shutdown: ends sessions, keeps the files whole
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(how)
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()

    def _as_somebody(self) -> dict[str, Any]:
        """How a child process is started: in a folder it may enter and, if this is root, as somebody else."""
        start: dict[str, Any] = {"cwd": self._folder, "env": {"PATH": os.defpath, "LC_ALL": "C"}}
        if os.geteuid() == 0:
            user = pwd.getpwnam(_unprivileged())
            start |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        return start


def _unprivileged() -> str:
    known = {user.pw_name for user in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    raise ConfigError("this machine has no user 'postgres' or 'nobody'", remedy="run the tests as a user, not as root")


def _version(name: str) -> int:
    return int(name) if name.isdigit() else 0
