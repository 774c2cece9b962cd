"""Which texts lie nearest to a question, by the vectors of both.

Nearness is the cosine, computed over all vectors: exact, and quick enough for 100,000 (see benchmarks/retrieval.py).
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Engine

from runtime.embedding import BATCH, Embedder
from runtime.errors import ToolError
from runtime.found import DEPTH, Near
from runtime.vectors import Vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from runtime.embedding import Matrix

PATIENCE = 10.0
"""Seconds that one question may spend on embedding texts that are new; the next one goes on."""
REST = 60.0
"""Seconds for which a model that did not answer is left alone."""

Texts = Callable[[Sequence[int]], Mapping[int, str]]
"""The texts of these ids."""


@dataclass(frozen=True)
class _Held:
    """Vectors in memory: row `at[n]` is that of the text `ids[n]`."""

    digests: Mapping[int, str]
    ids: "NDArray[np.int64]"
    at: "NDArray[np.int64]"
    rows: "Matrix"

    def fits(self, digests: Mapping[int, str], size: int) -> bool:
        """Whether these are the vectors of all these texts, with so many numbers each."""
        return self.digests is digests and self.ids.size == len(digests) and self.rows.shape[1] == size


class Meaning:
    """The texts of one database by their meaning. Safe to use from several threads and processes."""

    def __init__(self, engine: Engine, embedder: Embedder, *, patience: float = PATIENCE) -> None:
        self._embedder = embedder
        self._vectors = Vectors(engine, embedder.name)
        self._patience = patience
        self._held: _Held | None = None
        self._rests: tuple[float, str] = (0.0, "")

    def near(self, query: str, digests: Mapping[int, str], texts: Texts, apart: Collection[int] = frozenset()) -> Near:
        """The texts nearest to `query` among those with these digests. If the model fails, none, with a note.

        Those of the ids in `apart` are ranked with the others, but none of the others takes their places. The vectors
        stay in memory for as long as the same mapping is given.
        """
        if not digests or not query.strip():
            return Near()
        until, why = self._rests
        if time.monotonic() < until:
            return Near(note=why)
        try:
            [asked] = self._embedder.embed([query])
            held = self._hold(digests, texts, asked.size)
        except ToolError as error:
            note = f"{error.problem}; found by words alone"
            self._rests = (time.monotonic() + REST, note)
            return Near(note=note)
        left = len(digests) - held.ids.size
        note = f"{left:,} of {len(digests):,} texts are found by words alone until they are embedded" if left else ""
        return Near(_nearest(held, asked, apart), "words and meaning", note)

    def _hold(self, digests: Mapping[int, str], texts: Texts, size: int) -> _Held:
        """The vectors of the texts, also of those that had none until now."""
        if self._held is not None and self._held.fits(digests, size):
            return self._held
        stored = self._vectors.all(size)
        if missing := {digest: one for one, digest in digests.items() if digest not in stored}:
            self._embed(missing, texts)
            stored = self._vectors.all(size)
        places = {digest: at for at, digest in enumerate(stored)}
        known = [(one, places[digest]) for one, digest in digests.items() if digest in places]
        ids, at = np.array(known, dtype=np.int64).reshape(-1, 2).T
        rows = np.frombuffer(b"".join(stored.values()), dtype=np.float32).reshape(-1, size)
        self._held = _Held(digests, ids, at, rows)
        return self._held

    def _embed(self, missing: Mapping[str, int], texts: Texts) -> None:
        """Embed texts, batch by batch, until all have vectors or patience is over."""
        began = time.monotonic()
        digests = list(missing)
        for start in range(0, len(digests), BATCH):
            some = digests[start : start + BATCH]
            told = texts([missing[one] for one in some])
            made = self._embedder.embed([told[missing[one]] for one in some])
            self._vectors.keep({one: vector.tobytes() for one, vector in zip(some, made, strict=True)})
            if time.monotonic() - began > self._patience:
                return


def _nearest(held: _Held, asked: "NDArray[np.float32]", apart: Collection[int]) -> list[int]:
    scores = (held.rows @ asked)[held.at]
    alone = np.isin(held.ids, list(apart)) if apart else np.zeros(held.ids.size, dtype=bool)
    first = np.concatenate([_first(scores, np.flatnonzero(group)) for group in (alone, ~alone)])
    order = np.lexsort((held.ids[first], -scores[first]))
    return [int(one) for one in held.ids[first][order]]


def _first(scores: "NDArray[np.float32]", places: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """Those of the places that have the `DEPTH` highest scores, in no order."""
    if places.size <= DEPTH:
        return places
    first: NDArray[np.int64] = places[np.argpartition(-scores[places], DEPTH)[:DEPTH]]
    return first
