"""A small GitHub on a loopback port for tests: it answers from a script by method and path, and keeps the requests."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import Any

from testkit.answerer import Answerer
from tools.backends.forge import PullRequest

REPOSITORY = "octocat/hello-world"
REQUEST = PullRequest(
    repository=REPOSITORY,
    number=1347,
    key="ORD-1",
    title="Amazing new feature",
    body="",
    author="octocat",
    branch="deputy/ORD-1",
    head="6dcb09b5b57875f334f61aebed695e2e4193db5e",
    base_branch="main",
    base="c5b97d5ae6c19d5c5df71a34c7fbeeda2479ccbc",
    state="open",
)


@dataclass(frozen=True)
class Answer:
    """One answer; `body` is sent as JSON."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Server:
    """Answers by `METHOD /path`, each used in turn, the last one again and again."""

    script: Mapping[str, list[Answer]]
    seen: list[tuple[str, str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    url: str = ""

    def sent(self, method: str) -> list[tuple[str, Any]]:
        """Path and body of each request of that method."""
        return [(path, body) for one, path, body in self.seen if one == method]


@contextmanager
def github_server(script: Mapping[str, list[Answer]]) -> Iterator[Server]:
    """The server, for as long as the block lasts."""
    server = Server({key: list(answers) for key, answers in script.items()})

    class Handler(Answerer):
        def answer(self) -> None:
            path = self.path.partition("?")[0]
            body = self.body()
            server.seen.append((self.command, path, json.loads(body) if body else None))
            server.headers.append(dict(self.headers))
            waiting = server.script.get(f"{self.command} {path}", [Answer(404, {"message": "Not Found"})])
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            content = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send(answer.status, answer.headers, content)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
