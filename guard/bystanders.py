"""Personal data of people who are no party to a message: addresses, telephone numbers and full names.

Any mail address or international number in the text that is not a party's is one; names and national numbers are found
if they belong to somebody of whom we know. A single word is nobody's name.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache

from guard.disguise import bare
from guard.mentions import mentions
from guard.normal import normal

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"(?<![\w+])\+?[0-9(][0-9 ().\-/]{5,25}[0-9](?!\w)", re.ASCII)
_SHORTEST_NUMBER = 7  # digits
_LONGEST_NAME = 8  # words

Name = tuple[str, ...]


class People:
    """Whom a message concerns, and who else is known, made ready for looking through texts."""

    def __init__(self, parties: Collection[str], others: Collection[str]) -> None:
        self.addresses = frozenset(normal(one).text for one in parties if normal(one).kind in ("mail", "phone"))
        self._numbers = {_national(one) for one in parties if normal(one).kind == "phone"}
        theirs = {_name(one) for one in parties}
        names = {_name(one) for one in others if normal(one).kind not in ("mail", "phone")} - theirs
        self._names = {name for name in names if 2 <= len(name) <= _LONGEST_NAME}
        self._names |= {(name[-1], *name[:-1]) for name in self._names} - theirs  # Lee, Ann
        self._lengths = sorted({len(name) for name in self._names})
        self._endings = {
            number[start:]
            for one in others
            if normal(one).kind == "phone" and normal(one).text not in self.addresses
            for number in (normal(one).text.removeprefix("+"),)
            for start in range(len(number) - _SHORTEST_NUMBER + 1)
        }

    def found_in(self, text: str) -> Iterator[str]:
        """What of somebody who is no party stands in `text`, each once, as it is compared."""
        seen = bare(text)
        yield from dict.fromkeys([*self._addressed(seen), *self._dialled(seen), *self._named(seen)])

    def _addressed(self, text: str) -> Iterator[str]:
        for mention in mentions(text):
            one = normal(mention)
            if one.kind in ("mail", "phone") and one.text not in self.addresses:
                yield one.text

    def _dialled(self, text: str) -> Iterator[str]:
        if not self._endings:
            return
        for written in _DIGITS.findall(text):
            number = _national(written)
            if number in self._endings and not any(own.endswith(number) for own in self._numbers):
                yield f"a number that ends in {number[-3:]}"

    def _named(self, text: str) -> Iterator[str]:
        if not self._names:
            return
        words = _name(text)
        for at in range(len(words)):
            for length in self._lengths:
                if words[at : at + length] in self._names:
                    yield " ".join(words[at : at + length])


def _national(written: str) -> str:
    """The digits of a number without the zeros or the bracketed zero that only some write."""
    return re.sub(r"\(0\)|\D", "", written).lstrip("0")


def _name(text: str) -> Name:
    """The words of `text`, accents and case aside."""
    return tuple(_folded(word) for word in _WORD.findall(text))


@lru_cache(maxsize=4096)
def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))
