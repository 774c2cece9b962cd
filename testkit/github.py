"""A stand-in for GitHub on a free loopback port: one repository in real git, pushed to over HTTP, behind its REST API.

    with GitHub(folder) as github:
        github.environ                      # what a program needs to work on it
        github.house.pulls[1].state         # what it holds
        github.lose("PUT", "merge")         # the next of these is done, and its answer is lost
        github.die_at("PUT", "merge")       # the next of these is done, and then nobody listens any more
        github.start()                      # it comes back with all it had

It keeps what `testkit.github_house` says, and answers with GitHub's own examples. Whether they and the requests are as
GitHub describes them, Prism says, which stands before it in tests of whole runs.
"""

import base64
import json
import os
import subprocess
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import RLock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from testkit import github_shapes as shapes
from testkit.answerer import Answerer
from testkit.github_house import House
from testkit.github_routes import Ask, answered
from testkit.radicale import free_port
from tools.backends.git import Git

REPOSITORY = "meridian/orders"
ME = "deputy"

_HOOK = """#!/bin/sh
case "$1" in refs/heads/main) echo "GH006: Protected branch update failed for $1." >&2; exit 1;; esac
"""


class GitHub:
    """One repository of one owner, and an account with a token."""

    def __init__(self, folder: Path) -> None:
        self.token = "a token for tests"
        self.seen: list[tuple[str, str]] = []
        self.house = House(_bare(folder / f"{REPOSITORY}.git"))
        self._root = folder
        self._port = free_port()
        self._lost: list[tuple[str, str]] = []
        self._last: tuple[str, str] | None = None
        self._alone = RLock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it is, for git and for the API."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def environ(self) -> dict[str, str]:
        """What a program needs in its environment to work on it."""
        where = {"GITHUB_API_URL": self.url, "GITHUB_SERVER_URL": self.url}
        return {"GITHUB_TOKEN": self.token, "GITHUB_REPOSITORY": REPOSITORY, **where}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Listen no longer. What it keeps it keeps."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def lose(self, method: str, end: str) -> None:
        """Do the next request of that method whose path ends so, and let its answer be lost."""
        self._lost.append((method, end))

    def die_at(self, method: str, end: str) -> None:
        """Do the next request of that method whose path ends so, and stop without a word of it."""
        self._last = method, end

    def lost(self, method: str, path: str) -> bool:
        """Whether the answer to this request is to be lost."""
        if self._last and self._last[0] == method and path.endswith(self._last[1]):
            self._last = None
            self.stop()
            return True
        found = next((one for one in self._lost if one[0] == method and path.endswith(one[1])), None)
        if found:
            self._lost.remove(found)
        return found is not None

    def rest(self, method: str, target: str, body: dict[str, Any]) -> tuple[int, Any]:
        """The answer to a request of the REST API."""
        parts = urlsplit(target)
        below = f"/repos/{REPOSITORY}/"
        with self._alone:
            self.seen.append((method, parts.path))
            if parts.path == "/user":
                name = "private-user-response-with-public-profile-information"
                return 200, shapes.example(name, login=ME)
            if not parts.path.startswith(below):
                return 404, shapes.refusal("Not Found")
            owner, query = REPOSITORY.partition("/")[0], dict(parse_qsl(parts.query))
            path = unquote(parts.path.removeprefix(below))
            return answered(method, path, lambda found: Ask(self.house, ME, owner, found, query, body))

    def git(self, method: str, target: str, body: bytes, kind: str) -> bytes:
        """The answer of git's own server to a fetch or a push; what was pushed is checked."""
        parts = urlsplit(target)
        with self._alone:
            self.seen.append((method, parts.path))
            before = _heads(self.house.git)
            environ = {
                "PATH": os.environ.get("PATH", os.defpath),
                "GIT_PROJECT_ROOT": str(self._root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "PATH_INFO": unquote(parts.path),
                "QUERY_STRING": parts.query,
                "REQUEST_METHOD": method,
                "CONTENT_TYPE": kind,
                "CONTENT_LENGTH": str(len(body)),
                "REMOTE_USER": ME,
                "REMOTE_ADDR": "127.0.0.1",
            }
            done = subprocess.run(["git", "http-backend"], input=body, env=environ, capture_output=True, check=True)
            after = _heads(self.house.git)
            self.house.pushed(name for name, sha in after.items() if before.get(name) != sha)
        return done.stdout

    def allowed(self, authorization: str) -> bool:
        """Whether the token is right, as the API and as git send it."""
        basic = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        return authorization in (f"Bearer {self.token}", f"basic {basic}")


def _bare(place: Path) -> Git:
    place.mkdir(parents=True)
    git = Git(place)
    git.run("init", "--quiet", "--bare", "--initial-branch=main")
    git.run("config", "http.receivepack", "true")
    hook = place / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(_HOOK)
    hook.chmod(0o755)
    return git


def _heads(git: Git) -> dict[str, str]:
    rows = git.run("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads").splitlines()
    return {row.split(" ")[0]: row.split(" ")[1] for row in rows}


def _handler(github: GitHub) -> type[Answerer]:
    class Handler(Answerer):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.body()
            if not github.allowed(self.headers.get("authorization", "")):
                self._send(401, json.dumps(shapes.refusal("Bad credentials")).encode())
            elif ".git/" in self.path:
                self._git(body)
            else:
                status, said = github.rest(self.command, self.path, json.loads(body) if body else {})
                self._send(status, json.dumps(said).encode())

        def _git(self, body: bytes) -> None:
            kind = self.headers.get("content-type", "")
            head, _, content = github.git(self.command, self.path, body, kind).partition(b"\r\n\r\n")
            given = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self._send(int(given.pop("Status", "200").split()[0]), content, given)

        def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
            if github.lost(self.command, urlsplit(self.path).path):
                self.close_connection = True
                return
            self.send(status, headers or {"Content-Type": "application/json; charset=utf-8"}, content)

    return Handler
