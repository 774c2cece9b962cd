"""What turns texts into vectors, so that they are found by what they mean and not by their words alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from runtime.meaning import Meaning

    Matrix: TypeAlias = NDArray[float32]

BATCH = 32
"""Texts that are embedded at once."""


class Embedder(Protocol):
    """A model that embeds texts. `name` says which, and changes whenever its vectors would."""

    @property
    def name(self) -> str:
        """The model's name, by which its vectors are kept."""
        ...

    def embed(self, texts: Sequence[str]) -> "Matrix":
        """One row for each text, of length 1. Raises ToolError if the model does not answer, or not as it should."""
        ...

    def close(self) -> None:
        """Let go of what it holds open."""
        ...


def meaning_in(engine: "Engine", embedder: Embedder | None) -> "Meaning | None":
    """Nearness among the texts of a database; None without a model. Only with one is numpy loaded."""
    if embedder is None:
        return None
    from runtime.meaning import Meaning

    return Meaning(engine, embedder)
