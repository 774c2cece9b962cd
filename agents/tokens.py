"""How many tokens a text may come to, without a tokenizer (those are fetched from the network)."""

from typing import Any

from agents.chat import Reply, Request
from runtime.canonical import readable


def estimate(value: Any) -> int:
    """About how many tokens `value` is: a quarter of its bytes in UTF-8. Anything but text counts as its JSON."""
    return _bytes(value) // 4


def request_tokens(request: Request) -> int:
    """About how many tokens a request sends: its messages, its tools and its schema."""
    return estimate(_sent(request))


def request_tokens_at_most(request: Request) -> int:
    """More tokens than the request will come to: half of its bytes. Money is held by this, never counted by it."""
    return _bytes(_sent(request)) // 2


def reply_tokens(reply: Reply) -> int:
    """About how many tokens an answer is: its text, and its calls with their arguments."""
    return estimate(reply.text) + sum(estimate(call.name) + estimate(call.arguments) for call in reply.calls)


def _sent(request: Request) -> list[Any]:
    return [request.messages, request.tools, request.schema or {}]


def _bytes(value: Any) -> int:
    text = value if isinstance(value, str) else readable(value)
    return len(text.encode("utf-8", "surrogatepass"))
