"""A private RabbitMQ for tests: a real broker on free loopback ports, which can be killed, wiped and started again.

    with RabbitMQ() as server:
        os.environ["DEPUTY_BROKER"] = server.url

Its node has a name, a folder, a cookie and a port mapper (epmd) of its own, so that it meets no other node. It starts
in about seven seconds.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from runtime.bell import celery_app
from runtime.errors import ConfigError
from testkit.radicale import free_port
from testkit.waiting import until

_LAUNCHER = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # the one on PATH changes to the user rabbitmq, and its folders
_QUEUE = "celery"
_FRUGAL = "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
_HANDSHAKE = b"AMQP\x00\x00\x09\x01"


class RabbitMQ:
    """One broker, started by `with` and stopped at its end. It stops nothing that it did not start."""

    def __init__(self) -> None:
        found = [shutil.which(name) for name in (_LAUNCHER, "epmd")]
        if None in found:
            raise ConfigError(
                "RabbitMQ is not on this machine",
                remedy="install the Debian package 'rabbitmq-server' (apt-get install rabbitmq-server)",
            )
        self._launcher, self._mapper = (str(one) for one in found)
        self._port, self._mapper_port, self._peer_port = free_port(), free_port(), free_port()
        self._opened = ExitStack()
        self._folder = Path()
        self._broker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "RabbitMQ":
        self._folder = Path(tempfile.mkdtemp(prefix="rabbit-"))
        self._opened.callback(shutil.rmtree, self._folder, ignore_errors=True)
        try:
            mapper = self._started(self._mapper, "-port", str(self._mapper_port), "-address", "127.0.0.1")
            self._opened.callback(_end, mapper)
            self._opened.callback(self.kill)
            self.start()
        except BaseException:
            self._opened.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._opened.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"amqp://guest:guest@127.0.0.1:{self._port}//"

    def start(self) -> None:
        """Start it, empty, at the same address. Raises ConfigError with its last words if it does not come up."""
        shutil.rmtree(self._folder / "data", ignore_errors=True)
        self._broker = broker = self._started(self._launcher)
        until(lambda: broker.poll() is not None or self._answers(), 120)
        if broker.poll() is not None:
            said = (self._folder / "said").read_text(errors="replace")[-2000:]
            raise ConfigError(f"RabbitMQ did not start: {said.strip()}", remedy="fix what it says, then run again")

    def kill(self) -> None:
        """Kill it as a power cut would; what it held is gone when it is started again."""
        if self._broker is not None:
            _end(self._broker)
            self._broker = None

    def wipe(self) -> None:
        """Throw away every message that waits in the queue."""
        from kombu.exceptions import ChannelError

        with celery_app(self.url).connection_for_write() as connection, suppress(ChannelError):  # no such queue yet
            connection.default_channel.queue_purge(_QUEUE)

    def _started(self, *command: str) -> "subprocess.Popen[bytes]":
        with (self._folder / "said").open("ab") as said:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=self._folder, env=self._environ()
            )

    def _environ(self) -> dict[str, Any]:
        folder, nothing = self._folder, str(self._folder / "none.conf")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),  # of the cookie
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RUNNING_UNDER_SYSTEMD": "true",  # the launcher becomes the broker, and is no process beside it
            "RABBITMQ_NODENAME": f"kit{self._port}@localhost",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(self._peer_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": nothing,
            "RABBITMQ_CONF_ENV_FILE": nothing,
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _FRUGAL,
        }

    def _answers(self) -> bool:
        """Whether it speaks: it closes a connection whose version is wrong, and tells its own."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(b"AMQP\x00\x00\x00\x00")
                return connection.recv(8) == _HANDSHAKE
        except OSError:
            return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
