"""Vectors from an endpoint that speaks OpenAI's protocol, as OpenAI, Ollama and vLLM do: `POST {url}/embeddings`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import numpy as np

from runtime.errors import CannotWork, ConfigError, TryLater

if TYPE_CHECKING:
    from runtime.embedding import Matrix

_SILENCE = 10.0
_CONNECT = 3.0
_BUSY = (408, 425, 429)


class EndpointEmbedder:
    """An `Embedder` over HTTP. Asks once, and follows no redirect. Raises ConfigError for an address that is none."""

    def __init__(self, url: str, model: str, key: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            remedy = "write it like https://host/v1, and the key into EMBEDDINGS_KEY"
            raise ConfigError("EMBEDDINGS_URL is not the base URL of an endpoint", remedy=remedy)
        self._host = parts.netloc
        self._model = model
        self._client = httpx.Client(
            base_url=url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(_SILENCE, connect=_CONNECT),
        )

    @property
    def name(self) -> str:
        """The model, and where it is asked."""
        return f"{self._model} at {self._host}"

    def embed(self, texts: Sequence[str]) -> "Matrix":
        """One row for each text, of length 1. Raises TryLater if it cannot be reached or is busy, else CannotWork."""
        asked = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        try:
            response = self._client.post("embeddings", json=asked)
        except httpx.HTTPError as error:
            what = "keeps silent" if isinstance(error, httpx.TimeoutException) else "cannot be reached"
            raise TryLater(f"{self._who} {what}", remedy="start it, or correct EMBEDDINGS_URL") from error
        if response.status_code in _BUSY or response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise TryLater(f"{self._who} answers with status {response.status_code}", remedy="try again later")
        if response.status_code != httpx.codes.OK:
            remedy = "check EMBEDDINGS_URL, EMBEDDINGS_MODEL and EMBEDDINGS_KEY"
            raise CannotWork(f"{self._who} answers with status {response.status_code}", remedy=remedy)
        return self._rows(response, len(texts))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def _who(self) -> str:
        return f"the embeddings endpoint at {self._host}"

    def _rows(self, response: httpx.Response, count: int) -> "Matrix":
        try:
            data: list[Any] = sorted(response.json()["data"], key=lambda one: one["index"])
            rows = np.array([one["embedding"] for one in data], dtype=np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise CannotWork(f"{self._who} answers in another form", remedy="check EMBEDDINGS_URL") from error
        lengths = np.linalg.norm(rows, axis=-1, keepdims=True) if rows.ndim == 2 else np.zeros(1)
        if rows.ndim != 2 or len(rows) != count or not np.isfinite(rows).all() or not lengths.all():
            raise CannotWork(f"{self._who} does not give one vector for each text", remedy="check EMBEDDINGS_MODEL")
        unit: Matrix = rows / lengths
        return unit
