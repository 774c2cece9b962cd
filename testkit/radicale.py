"""A real CalDAV server (Radicale) on a free loopback port, for as long as a test needs it."""

import base64
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_CONFIG = """[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = {folder}/rights
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
"""
_RIGHTS = """[all]
user: {service}
collection: .*
permissions: RrWw

[root]
user: .+
collection:
permissions: R

[own]
user: .+
collection: {{user}}(/.*)?
permissions: RrWw
"""
_SERVICE = "deputy"
_PASSWORD = "a password for tests"
_SECONDS = 30


@dataclass(frozen=True)
class Radicale:
    """A running server. `service` may read and write everybody's calendar; the others only their own."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    service: str = _SERVICE
    password: str = _PASSWORD

    @property
    def url(self) -> str:
        """The server's root."""
        return f"http://127.0.0.1:{self.port}/"

    def make_calendars(self, mails: Iterable[str]) -> dict[str, str]:
        """A calendar for each address, as its owner's, emptied if it is there; returns the path of each."""
        paths = {mail: f"/{quote(mail, safe='@')}/calendar/" for mail in mails}
        for mail, path in paths.items():
            self.request(mail, "DELETE", path)
            status, text = self.request(mail, "MKCALENDAR", path)
            if status != 201:
                raise RuntimeError(f"no calendar for '{mail}': {status} {text}")
        return paths

    def request(self, user: str, method: str, path: str, body: str = "") -> tuple[int, str]:
        """One request by one of the users, past all of our own code: status and text of the answer."""
        login = base64.b64encode(f"{user}:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            headers = {"Authorization": f"Basic {login}", "Content-Type": "text/calendar; charset=utf-8"}
            connection.request(method, path, body.encode(), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@contextmanager
def revived(server: Radicale) -> Iterator[None]:
    """Start a server that was killed again, on its port, with what it kept; stop exactly that process at the end."""
    with _running(server.folder, server.port):
        yield


@contextmanager
def radicale(folder: Path, users: Iterable[str]) -> Iterator[Radicale]:
    """Start a server that keeps everything in `folder`, with these users; stop exactly that process at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    logins = "".join(f"{user}:{_PASSWORD}\n" for user in (*users, _SERVICE))
    (folder / "users").write_text(logins)
    (folder / "rights").write_text(_RIGHTS.format(service=_SERVICE))
    port = free_port()
    (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
    with _running(folder, port) as process:
        yield Radicale(port, folder, process)


@contextmanager
def _running(folder: Path, port: int) -> "Iterator[subprocess.Popen[bytes]]":
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", str(folder / "config")],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": str(folder)},
        )
        try:
            _wait(process, port, folder / "log")
            yield process
        finally:
            _stop(process)


def free_port() -> int:
    """A loopback port on which nothing listens at this moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"Radicale did not start:\n{log.read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
