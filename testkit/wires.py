"""Wires between Deputy and its servers, of which one breaks at one request, and works again at the next.

    wires = Wires()
    with web_wire(server.url, wires) as url, mail_wire(post.url, wires) as post:
        wires.cut(17, "unanswered")           # the eighteenth request over any of them
        ...
    wires.names, wires.hit                    # "GET", "PUT", "RCPT", ...; "unanswered PUT"

fault         what the server and the client see of that request
unheard       the connection ends before the server has heard of it
unanswered    the server does it; the connection ends before its answer
silent        nothing comes back; when the client has given up, the server does it all the same
busy          the server does nothing, and says so: 503 with Retry-After, or 421 of a mail server
killed        the server does it; the process that asked is dead before its answer
"""

import http.client
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import ThreadingHTTPServer
from socketserver import BaseServer, StreamRequestHandler, ThreadingTCPServer
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from testkit.answerer import Answerer

Fault = Literal["unheard", "unanswered", "silent", "busy", "killed"]
FAULTS: tuple[Fault, ...] = get_args(Fault)

_SECONDS = 60
"""How long a client may take to give up, and a server to answer."""

_OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Wires:
    """What is asked over all wires together: `names` in order, and at which request one of them breaks. `hit` says
    how and where that was; it is empty until then. `kill` ends the process that asks."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.hit = ""
        self.kill: Callable[[], None] = lambda: None
        self._cut: tuple[int, Fault, str] | None = None
        self._lock = threading.Lock()

    def cut(self, number: int, fault: Fault, name: str = "") -> None:
        """Count anew, and break at the request of that number, from 0: of all, or of those of that name."""
        self.mend()
        self._cut = (number, fault, name)

    def mend(self) -> None:
        """Count anew, and break at none."""
        self.names, self.hit, self._cut = [], "", None

    def heard(self, name: str) -> Fault | None:
        """Note one request; returns what happens to it."""
        with self._lock:
            alike, all_before = self.names.count(name), len(self.names)
            self.names.append(name)
            if self._cut is None:
                return None
            number, fault, wanted = self._cut
            if wanted not in ("", name) or number != (alike if wanted else all_before):
                return None
            self.hit = f"{fault} {name}"
            return fault


@contextmanager
def web_wire(upstream: str, wires: Wires) -> Iterator[str]:
    """A wire to the HTTP server at that address; returns the address to use instead. Requests are named by method."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Web,), {"wires": wires, "upstream": upstream}))
    with _serving(server):
        yield f"http://127.0.0.1:{server.server_port}{urlsplit(upstream).path}"


@contextmanager
def mail_wire(upstream: str, wires: Wires) -> Iterator[str]:
    """A wire to the SMTP server at that address; returns the address to use instead.

    Requests are named by command; CONNECT is the connection itself, CONTENT the mail.
    """
    server = ThreadingTCPServer(("127.0.0.1", 0), type("Handler", (_Mail,), {"wires": wires, "upstream": upstream}))
    with _serving(server):
        yield f"smtp://127.0.0.1:{server.server_address[1]}"


@contextmanager
def _serving(server: BaseServer) -> Iterator[None]:
    server.daemon_threads = True  # type: ignore[attr-defined]  # both kinds of servers have it
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Web(Answerer):
    """One connection of a client: each of its requests is handed on by a connection of its own."""

    wires: Wires
    upstream: str
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        """Hand on one request after the other; a client that has given up is no error."""
        with suppress(ConnectionError):
            super().handle()

    def answer(self) -> None:
        """Hand the request on, and the answer back, unless the wire breaks."""
        body = self.body()
        fault = self.wires.heard(self.command)
        if fault == "busy":
            self._hand_back(503, "Service Unavailable", [("Retry-After", "1")], b"")
        elif fault is None:
            self._hand_back(*self._handed_on(body))
        else:
            if fault == "silent":
                _wait_for_end(self.connection)
            if fault != "unheard":
                self._handed_on(body)
            if fault == "killed":
                self.wires.kill()
            self.close_connection = True

    def _handed_on(self, body: bytes) -> tuple[int, str, list[tuple[str, str]], bytes]:
        parts = urlsplit(self.upstream)
        far = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
            far.request(self.command, self.path, body, headers)
            answer = far.getresponse()
            return answer.status, answer.reason, answer.getheaders(), answer.read()
        finally:
            far.close()

    def _hand_back(self, status: int, reason: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status, reason)
        for name, value in headers:
            if name.lower() not in _OF_ONE_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Mail(StreamRequestHandler):
    """One session of a client, with one of the server's behind it."""

    wires: Wires
    upstream: str

    def handle(self) -> None:
        """Hand on one command after the other, until one side hangs up or the wire breaks."""
        with suppress(OSError), self._far() as far:
            answers = far.makefile("rb")
            name, said = "CONNECT", b""
            while answer := self._exchanged(name, said, far, answers):
                self.wfile.write(answer)
                if name == "DATA" and answer.startswith(b"354"):
                    name, said = "CONTENT", self._until_dot()
                else:
                    said = self.rfile.readline()
                    name = said.decode(errors="replace").split(":")[0].split(" ")[0].strip().upper() or "END"
                if not said:
                    return

    def _far(self) -> socket.socket:
        parts = urlsplit(self.upstream)
        return socket.create_connection((parts.hostname or "", parts.port or 25), timeout=_SECONDS)

    def _exchanged(self, name: str, said: bytes, far: socket.socket, answers: Any) -> bytes:
        """The server's answer to that; empty if the wire is broken, and for good then."""
        fault = self.wires.heard(name)
        if fault == "busy":
            self.wfile.write(b"421 4.3.2 too busy, come back\r\n")
        if fault == "silent":
            _wait_for_end(self.connection)
        if fault in ("busy", "unheard"):
            return b""
        far.sendall(said)
        answer = _reply(answers)
        if fault == "killed":
            self.wires.kill()
        return b"" if fault else answer

    def _until_dot(self) -> bytes:
        lines = []
        for line in self.rfile:
            lines.append(line)
            if line == b".\r\n":
                break
        return b"".join(lines)


def _reply(answers: Any) -> bytes:
    """All lines of a mail server's answer."""
    lines: list[bytes] = []
    while not lines or lines[-1][3:4] == b"-":
        lines.append(answers.readline())
    return b"".join(lines)


def _wait_for_end(connection: socket.socket) -> None:
    """Return when the client has hung up."""
    with suppress(OSError):
        select.select([connection], [], [], _SECONDS)
