"""The lines of a long document that a model has to see: those that speak of the fields, and what stands around them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log

from tools.reading.sheet import Line

AROUND = 2
"""Lines before and after a line that speaks of a field."""

FIRST = 4
"""Lines at the top of a document, which say whose it is."""


def chosen(lines: Sequence[Line], wanted: Iterable[Iterable[str]], budget: int) -> list[Line]:
    """All lines if they fit into `budget` characters; else the first and the best ones for each set of words, in order.

    Rare words weigh more. Each field has its turn before any has a second one.
    """
    if sum(map(_cost, lines)) <= budget:
        return list(lines)
    said = [_words(one.text) for one in lines]
    often = Counter(word for one in said for word in one)
    ranked = [_ranked(set(words), said, often) for words in wanted]
    kept = set(range(min(FIRST, len(lines))))
    for turn in range(max(map(len, ranked), default=0)):
        for best in ranked:
            if turn < len(best):
                near = range(max(0, best[turn] - AROUND), min(len(lines), best[turn] + AROUND + 1))
                more = kept | set(near)
                if sum(_cost(lines[at]) for at in more) <= budget:
                    kept = more
    return [lines[at] for at in sorted(kept)]


def _ranked(words: set[str], said: Sequence[set[str]], often: Counter[str]) -> list[int]:
    weights = {at: sum(log(1 + len(said) / often[word]) for word in words & one) for at, one in enumerate(said)}
    return sorted((at for at, weight in weights.items() if weight > 0), key=lambda at: (-weights[at], at))


def _words(text: str) -> set[str]:
    letters = "".join(one if one.isalnum() else " " for one in text.casefold())
    return {_stem(one) for one in letters.split() if len(one) > 1}


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def words_of(*texts: str) -> set[str]:
    """The words of texts as they are compared here, without those that say little."""
    return {one for text in texts for one in _words(text) if len(one) > 2} - {
        "the",
        "and",
        "for",
        "with",
        "from",
        "that",
    }


def _cost(line: Line) -> int:
    return len(line.text) + len(line.mark) + 4
