"""Several rankings made one."""

from collections import defaultdict
from collections.abc import Sequence

K = 60
"""How little the first places count more than the next: the value that the authors found good."""


def fused(*rankings: Sequence[int]) -> list[int]:
    """The ids of all rankings by reciprocal rank fusion, the best first; of equals, the one that is met first.

    Each ranking gives an id 1 / (60 + its place), counted from 1 (Cormack, Clarke and Büttcher, "Reciprocal rank fusion
    outperforms Condorcet and individual rank learning methods", SIGIR 2009).
    """
    scores: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for place, one in enumerate(ranking, start=1):
            scores[one] += 1 / (K + place)
    return sorted(scores, key=lambda one: -scores[one])
