"""How these tests ask: a real `ChatModel` over the real client, at a server on this machine."""

from collections.abc import Callable

from agents.chat import Reply, Request
from agents.failures import Place
from agents.models import ModelSpec
from agents.provider import ChatModel

KEY = "sk-a-key-that-must-not-be-shown"
HELLO = Request(({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Good morning?"}))
Asked = Callable[..., Reply]


def model_at(url: str, *, secret: str | None = KEY, timeout: float = 5, temperature: float | None = None) -> ChatModel:
    spec = ModelSpec(provider="here", id="tiny", timeout=timeout, answer=64, temperature=temperature)
    return ChatModel(spec, Place("small", "tiny", url, timeout, "OPENAI_API_KEY", secret))
