"""The time of a search over many vectors, made up from a seed."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from runtime.database import open_database
from runtime.meaning import Meaning
from runtime.vectors import Vectors

if TYPE_CHECKING:
    from runtime.embedding import Matrix

TEXTS, NUMBERS = 100_000, 384


class Random:
    """An embedder whose vectors are drawn at random: as good as any for taking the time."""

    name = "random"

    def __init__(self) -> None:
        self._draw = np.random.default_rng(7)

    def embed(self, texts: Sequence[str]) -> "Matrix":
        """One vector of length 1 for each text."""
        rows: Matrix = self._draw.standard_normal((len(texts), NUMBERS), dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    def close(self) -> None:
        """Nothing is open."""


def time_of_large() -> None:
    """Print the time of the first search, which reads the vectors, and of those after it."""
    embedder, digests = Random(), {at: f"{at:064}" for at in range(TEXTS)}
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'vectors.sqlite'}")
        rows = embedder.embed([""] * TEXTS)
        Vectors(engine, embedder.name).keep({digests[at]: row.tobytes() for at, row in enumerate(rows)})
        meaning, taken = Meaning(engine, embedder), []
        for _ in range(21):
            began = time.perf_counter()
            meaning.near("any", digests, lambda ids: dict.fromkeys(ids, ""))
            taken.append((time.perf_counter() - began) * 1000)
        size = (Path(folder) / "vectors.sqlite").stat().st_size / 1e6
        engine.dispose()
    print(f"{TEXTS:,} vectors of {NUMBERS} numbers, {size:.0f} MB on disk")
    print(f"  first search, reading them  {taken[0]:8.0f} ms")
    print(f"  later searches, p50         {median(taken[1:]):8.1f} ms")
