"""Whom a text names: known people, by anything they are called. Case, spaces and Unicode forms do not count."""

import re
from collections import Counter
from collections.abc import Callable, Mapping

from runtime.traces import spelled

Known = Mapping[str, frozenset[str]]
"""Everything that somebody is called, in its one spelling (see runtime.subjects.named), with the subjects called so."""

NOBODY: frozenset[str] = frozenset()
_WORD = re.compile(r"\w+")
_SHORTEST = 3
_ONE_WORD = re.compile(r"[a-z\u00df-\u024f]+")
"""A single Latin word names nobody: it may be a word of the language."""
_UNSPACED = re.compile(r"[\u2e80-\uffdc]")


class Naming:
    """Finds known names in texts. `known` is asked at each text; the same object means that nothing has changed."""

    def __init__(self, known: Callable[[], Known]) -> None:
        self._known = known
        self._of: Known = {}
        self._by_word: dict[str, list[str]] = {}

    def named_in(self, text: str) -> frozenset[str]:
        """The subjects that the text names."""
        known = self._current()
        words = spelled(text)
        near = [*(set(_WORD.findall(words)) & self._by_word.keys()), ""]
        return NOBODY.union(*(known[name] for word in near for name in self._by_word.get(word, ()) if name in words))

    def _current(self) -> Known:
        known = self._known()
        if known is not self._of:
            self._of, self._by_word = known, _by_rarest_word(known)
        return known


def _by_rarest_word(known: Known) -> dict[str, list[str]]:
    """Each name under the one of its words that the fewest names have, so that few names are looked at per text.

    Under the empty word are those that have to be looked for in every text.
    """
    sought = [name for name in known if not _ONE_WORD.fullmatch(name)]
    words = {name: set(_WORD.findall(name)) for name in sought if len(name) >= _SHORTEST or _UNSPACED.search(name)}
    count = Counter(word for own in words.values() for word in own)
    found: dict[str, list[str]] = {}
    for name, own in words.items():
        rarest = min(own, key=lambda word: (count[word], word), default="")
        found.setdefault("" if _UNSPACED.search(name) else rarest, []).append(name)
    return found
