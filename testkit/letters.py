"""A small model that embeds texts, the same on every machine: a text's vector counts its groups of three letters.

Each group falls into one of `SIZE` numbers by its hash, as in feature hashing (Weinberger et al., 2009). So "invoice"
and "invoyces" are near to each other although they are other words, which is all that a test of such a search needs.
"""

import zlib
from collections.abc import Sequence
from math import sqrt

SIZE = 256
NAME = "letters"


def letter_vectors(texts: Sequence[str]) -> list[list[float]]:
    """One vector of length 1 for each text."""
    return [_vector(" ".join(text.casefold().split())) for text in texts]


def _vector(text: str) -> list[float]:
    counts = [0.0] * SIZE
    for at in range(len(text) + 1):
        group = f" {text} "[at : at + 3].encode()
        counts[zlib.crc32(group) % SIZE] += 1
    length = sqrt(sum(one * one for one in counts))
    return [one / length for one in counts]
