"""What a search comes to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

By = Literal["words", "words and meaning"]

DEPTH = 50
"""How many of the first by words and of the first by meaning are put together."""


@dataclass(frozen=True)
class Found(Generic[T]):
    """The hits, the best first, and what they were found by. `note` says why it was not by all that is configured."""

    hits: list[T] = field(default_factory=list)
    by: By = "words"
    note: str = ""


@dataclass(frozen=True)
class Near:
    """The ids of the texts that are nearest by meaning, the nearest first; how they were found, and why not in full."""

    ranking: Sequence[int] = ()
    by: By = "words"
    note: str = ""
