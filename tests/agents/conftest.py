from collections.abc import Callable, Iterator

import pytest

from agents.chat import Reply, Request
from testkit.endpoint import Behaviour, Endpoint
from tests.agents.asking import HELLO, KEY, Asked, model_at


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_PROXY", "OPENAI_ORG_ID"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("LANGSMITH_TRACING", "false")


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(key=KEY) as endpoint:
        yield endpoint


@pytest.fixture
def ask(endpoint: Endpoint) -> Iterator[Asked]:
    """Ask a model at the endpoint, which behaves as given."""
    model = model_at(endpoint.url)

    def ask(*script: Behaviour, request: Request = HELLO, on_text: Callable[[str], None] | None = None) -> Reply:
        endpoint.script = list(script)
        return model.reply(request, on_text)

    yield ask
    model.close()
