"""A real HTTP server on this machine that speaks OpenAI's protocol, and misbehaves when told to.

    with Endpoint() as endpoint:
        endpoint.script = [status(429, retry_after=0.1), answer("Good morning.")]
        ...                                    # ask endpoint.url, twice
    assert [one["messages"][0]["content"] for one in endpoint.requests] == ["Hello", "Hello"]

Each chat request takes the next behaviour of the script, streamed if the request says so; one too many is an error. A
request for embeddings takes one too, if there is one; else it gets the texts' vectors by testkit.letters.
"""

import json
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from testkit.letters import letter_vectors

Counted = tuple[int, int]
"""Tokens of the prompt and of the completion, as the server says it counted them."""


class Exchange:
    """One chat request under way: what was asked, and the ways to answer it."""

    def __init__(self, handler: "_Handler", body: dict[str, Any]) -> None:
        self.body = body
        self._handler = handler

    def send(self, code: int, content: bytes, kind: str = "application/json", **headers: str) -> None:
        """Answer with these bytes."""
        self._handler.start(code, {"Content-Type": kind, "Content-Length": str(len(content))} | headers)
        self._handler.wfile.write(content)

    def fail(self, code: int, message: str, *, name: str | None = None, **headers: str) -> None:
        """Answer with an error in OpenAI's form."""
        error = {"message": message, "type": "error", "param": None, "code": name}
        self.send(code, json.dumps({"error": error}).encode(), **headers)

    def say(
        self, message: Mapping[str, Any], *, finish: str | None = "stop", counted: Counted | None = (11, 7)
    ) -> None:
        """Answer with a message, streamed if the request says so."""
        if self.body.get("stream"):
            self._stream(message, finish, counted)
            return
        choice = {
            "index": 0,
            "finish_reason": finish,
            "message": {"role": "assistant", "content": None} | dict(message),
        }
        self.send(200, json.dumps(_envelope("chat.completion", [choice], counted)).encode())

    def hang(self, seconds: float) -> None:
        """Say nothing for so long, or until the endpoint is closed."""
        self._handler.endpoint.closing.wait(seconds)

    def hang_up(self) -> None:
        """Cut the connection, in the middle of whatever was being said."""
        self._handler.connection.shutdown(socket.SHUT_RDWR)

    def begin_stream(self) -> None:
        """Begin a streamed answer, for `piece`."""
        self._handler.start(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})

    def piece(self, delta: Mapping[str, Any], finish: str | None = None) -> None:
        """Send one piece of a streamed answer."""
        choice = {"index": 0, "delta": dict(delta), "finish_reason": finish}
        self.event(json.dumps(_envelope("chat.completion.chunk", [choice], None)))

    def event(self, data: str) -> None:
        """Send one event of a streamed answer."""
        self._chunk(f"data: {data}\n\n".encode())

    def end_stream(self) -> None:
        """End a streamed answer as HTTP wants it ended."""
        self._chunk(b"")

    def _stream(self, message: Mapping[str, Any], finish: str | None, counted: Counted | None) -> None:
        self.begin_stream()
        self.piece({"role": "assistant", "content": ""})
        for name in ("content", "refusal"):
            for part in _parts(message.get(name) or ""):
                self.piece({name: part})
        for index, call in enumerate(message.get("tool_calls") or ()):
            function = call["function"]
            head = {"index": index, "id": call["id"], "type": "function"}
            self.piece({"tool_calls": [head | {"function": {"name": function["name"], "arguments": ""}}]})
            for part in _parts(function["arguments"]):
                self.piece({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
        self.piece({}, finish)
        if counted and self.body.get("stream_options", {}).get("include_usage"):
            self.event(json.dumps(_envelope("chat.completion.chunk", [], counted)))
        self.event("[DONE]")
        self.end_stream()

    def _chunk(self, data: bytes) -> None:
        self._handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


Behaviour = Callable[[Exchange], None]


def answer(text: str, *, counted: Counted | None = (11, 7), finish: str | None = "stop") -> Behaviour:
    """A plain answer. `counted=None`: the server does not count tokens; `finish=None`: it never says it is done."""
    return lambda exchange: exchange.say({"content": text}, counted=counted, finish=finish)


def calls(*wanted: tuple[str, Mapping[str, Any]], text: str = "") -> Behaviour:
    """An answer that calls tools: name and arguments of each."""
    written = [(name, json.dumps(dict(arguments))) for name, arguments in wanted]
    return lambda exchange: exchange.say(_calling(written, text), finish="tool_calls")


def malformed_arguments(name: str, arguments: str = '{"to": ') -> Behaviour:
    """An answer that calls a tool with arguments that are no JSON."""
    return lambda exchange: exchange.say(_calling([(name, arguments)], ""), finish="tool_calls")


def truncated(text: str) -> Behaviour:
    """An answer that is cut off because it became too long."""
    return lambda exchange: exchange.say({"content": text}, finish="length")


def empty() -> Behaviour:
    """An answer that says nothing."""
    return lambda exchange: exchange.say({"content": ""})


def refuse(words: str = "I can't help with that.") -> Behaviour:
    """A refusal by the model."""
    return lambda exchange: exchange.say({"content": None, "refusal": words})


def filtered() -> Behaviour:
    """An answer that the provider's content filter stopped."""
    return lambda exchange: exchange.say({"content": ""}, finish="content_filter")


def status(code: int, *, retry_after: float | str | None = None, name: str | None = None) -> Behaviour:
    """An HTTP error. `retry_after` in seconds, or as a date; `name` is the error's code in the body."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return lambda exchange: exchange.fail(code, f"error {code}", name=name, **headers)


def context_too_long() -> Behaviour:
    """The error for a request that is longer than the model's window."""
    message = "This model's maximum context length is 128 tokens. However, your messages resulted in 4096 tokens."
    return lambda exchange: exchange.fail(400, message, name="context_length_exceeded")


def error_inside(code: int, message: str) -> Behaviour:
    """Status 200 with an error in the body, or in the stream, as aggregators send it."""
    error = json.dumps({"error": {"message": message, "code": code}})

    def behave(exchange: Exchange) -> None:
        if not exchange.body.get("stream"):
            exchange.send(200, error.encode())
            return
        exchange.begin_stream()
        exchange.event(error)
        exchange.end_stream()

    return behave


def hang(seconds: float) -> Behaviour:
    """Silence for so long, then an answer that nobody waits for."""

    def behave(exchange: Exchange) -> None:
        exchange.hang(seconds)
        exchange.say({"content": "too late"})

    return behave


def garbage(content: bytes = b"<html>Welcome to the proxy!</html>", kind: str = "text/html") -> Behaviour:
    """Status 200 with a body that is no JSON."""
    return lambda exchange: exchange.send(200, content, kind)


def vectors(exchange: Exchange) -> None:
    """The vectors of the request's texts."""
    rows = letter_vectors(exchange.body["input"])
    data = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)]
    exchange.send(200, json.dumps({"object": "list", "data": data, "model": exchange.body["model"]}).encode())


def redirect(to: str) -> Behaviour:
    """A redirect that keeps the method and the body."""
    return lambda exchange: exchange.send(307, b"", Location=to)


def drop() -> Behaviour:
    """A connection that is cut without a word."""
    return lambda exchange: exchange.hang_up()


def cut(text: str) -> Behaviour:
    """A stream that breaks off after `text`: the connection is gone before its end."""

    def behave(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.piece({"role": "assistant", "content": text})
        exchange.hang_up()

    return behave


class Endpoint:
    """The server, from `with` to its end. With `key`, it lets in only requests that carry it."""

    def __init__(self, *, key: str | None = None, models: Sequence[str] = ("tiny",)) -> None:
        self.key = key
        self.models = models
        self.script: list[Behaviour] = []
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.endpoint = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="endpoint")

    @property
    def url(self) -> str:
        """The base URL, up to and including /v1."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next_vectors(self, body: dict[str, Any], headers: Mapping[str, str]) -> Behaviour:
        """Note the request, and take the next behaviour of the script or embed the texts."""
        if not self.script:
            self.script.append(vectors)
        return self.next(body, headers)

    def next(self, body: dict[str, Any], headers: Mapping[str, str]) -> Behaviour:
        """Note the request and take the next behaviour of the script."""
        with self._lock:
            self.requests.append(body)
            self.headers.append({name.lower(): value for name, value in headers.items()})
            sent = headers.get("Authorization", "").removeprefix("Bearer ")
            if self.key is not None and sent != self.key:
                message = f"Incorrect API key provided: {sent}."
                return lambda exchange: exchange.fail(401, message, name="invalid_api_key")
            if not self.script:
                return lambda exchange: exchange.fail(400, "the endpoint's script is over")
            return self.script.pop(0)


class _Server(ThreadingHTTPServer):
    endpoint: Endpoint
    daemon_threads = False  # so that closing waits until every answer is said

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that hang up are part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10

    @property
    def endpoint(self) -> Endpoint:
        assert isinstance(self.server, _Server)
        return self.server.endpoint

    def start(self, code: int, headers: Mapping[str, str]) -> None:
        """Send the status and the headers; the connection serves one request only."""
        self.send_response(code)
        for name, value in (dict(headers) | {"Connection": "close"}).items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self) -> None:
        exchange = Exchange(self, {})
        if self.path == "/v1/models":
            data = [{"id": one, "object": "model", "owned_by": "testkit"} for one in self.endpoint.models]
            exchange.send(200, json.dumps({"object": "list", "data": data}).encode())
        else:
            exchange.fail(404, f"nothing is at {self.path}")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        exchange = Exchange(self, body)
        if self.path == "/v1/embeddings":
            self.endpoint.next_vectors(body, dict(self.headers.items()))(exchange)
            return
        if self.path != "/v1/chat/completions":
            exchange.fail(404, f"nothing is at {self.path}")
            return
        self.endpoint.next(body, dict(self.headers.items()))(exchange)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives
        """Nothing."""


def _envelope(kind: str, choices: Sequence[Mapping[str, Any]], counted: Counted | None) -> dict[str, Any]:
    whole: dict[str, Any] = {"id": "chat-1", "object": kind, "created": 1, "model": "tiny", "choices": list(choices)}
    if counted:
        prompt, completion = counted
        whole["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
    return whole


def _calling(written: Sequence[tuple[str, str]], text: str) -> dict[str, Any]:
    made = [
        {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(written, start=1)
    ]
    return {"content": text or None, "tool_calls": made}


def _parts(text: str) -> list[str]:
    return [text[start : start + 8] for start in range(0, len(text), 8)]
