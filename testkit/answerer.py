"""One side of HTTP for servers in tests: every method comes to one place, and nothing is logged."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any


class Answerer(BaseHTTPRequestHandler, ABC):
    """Answers each request in `answer`, which a subclass says."""

    @abstractmethod
    def answer(self) -> None:
        """Read the request, and send something back."""

    def body(self) -> bytes:
        """What was sent along."""
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Send all of an answer, with its length."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # calendars have methods of their own
            return self.answer
        raise AttributeError(name)
