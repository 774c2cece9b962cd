"""Embedders for the tests here: letters counted in this process, and one that does not answer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from runtime.errors import TryLater
from testkit.letters import letter_vectors

if TYPE_CHECKING:
    from runtime.embedding import Matrix


class Letters:
    """Vectors of groups of letters; `seen` are the texts that were embedded, in order."""

    def __init__(self, name: str = "letters") -> None:
        self.name = name
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> "Matrix":
        self.seen += texts
        return np.array(letter_vectors(texts), dtype=np.float32)

    def close(self) -> None:
        """Nothing is open."""


class Silent(Letters):
    """An embedder that cannot be reached."""

    def embed(self, texts: Sequence[str]) -> "Matrix":
        self.seen += texts
        raise TryLater("the embeddings endpoint cannot be reached", remedy="start it")
