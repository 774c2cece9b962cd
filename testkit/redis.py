"""A private Redis for tests: a real server on a free loopback port, which can be killed, wiped and started again.

with Redis() as server:
    os.environ["DEPUTY_BROKER"] = server.url
"""

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from runtime.errors import ConfigError
from testkit.radicale import free_port
from testkit.waiting import until


class Redis:
    """One server that keeps nothing on disk, started by `with` and stopped at its end."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise ConfigError(
                "the program 'redis-server' is not on this machine",
                remedy="install the Debian package 'redis-server' (apt-get install redis-server)",
            )
        self._program = program
        self._port = free_port()
        self._folder = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Redis":
        self._folder = Path(tempfile.mkdtemp(prefix="redis-"))
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it, empty, at the same address."""
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [self._program, *options, "--dir", str(self._folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers, 30)

    def kill(self) -> None:
        """Kill it as a power cut would; what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wipe(self) -> None:
        """Throw away all that it holds."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            connection.recv(64)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
