"""What turns texts into vectors, so that they are found by what they mean and not by their words alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

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
