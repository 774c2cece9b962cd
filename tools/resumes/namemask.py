"""How a name is found again in a text: whole, in parts, in capitals, and in letters without accents."""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "þ": "th", "Þ": "Th", "ð": "d", "æ": "ae"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_SMALL = frozenset(
    ("de", "del", "della", "der", "den", "van", "von", "bin", "binti", "ibn", "dos", "das", "ter", "the")
)
_ALSO_WORDS = re.compile(
    r"ruby|julia|jenkins|swift|rust|java|perl|python|jasmine|ada|pascal|haskell|dart|django|flask|crystal|elm|chef|spark|"
    r"kafka|flink|hive|storm|oracle|sage|jan|mar|may|april|june|august|will|mark|grant|bill|drew|chase|art|rich|young|long|"
    r"price|page|case|law|field|stone|park|west|north|day|summer|hope|grace|faith|joy|rose|baker|cook|smith|"
    r"carpenter|mason|berlin|london|paris|austin|boston|lincoln|washington|york|china|france|german|english|an|data|cloud"
)
"""Names that are ordinary words as well; taken out as part of the whole name only."""


@lru_cache(maxsize=64)
def name_rules(name: str | None) -> tuple[re.Pattern[str], ...]:
    """Patterns for the name in the order to replace them: the whole in any case, parts only as names are written."""
    if not name:
        return ()
    whole = "|".join(_spaced(form) for form in sorted(_forms(name)))
    parts = [part for part in re.split(r"[\s-]+", name) if len(part) > 2 and part.lower() not in _SMALL]
    alone = {
        form
        for part in (*parts, *(part for part in name.split() if "-" in part))
        if not _ALSO_WORDS.fullmatch(part.lower())
        for spelled in _forms(part)
        for form in (spelled, spelled.upper())
    }
    rules = [re.compile(rf"(?<!\w)(?:{whole})(?!\w)", re.IGNORECASE)]
    if alone:
        either = "|".join(re.escape(form) for form in sorted(alone, key=len, reverse=True))
        rules.append(re.compile(rf"(?<![\w])(?:(?:[A-Z]\.\s*)+)?(?:{either})(?!\w)"))
    rules.append(re.compile(r"\[name\](?:[\s,-]+(?:[A-Z]\.\s*)*\[name\])+"))
    return tuple(rules)


def _forms(text: str) -> set[str]:
    """The text as it is, without accents, and with umlauts as two letters."""
    plain = unicodedata.normalize("NFD", text.translate(_LETTERS))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return {text, bare, text.translate(_UMLAUTS).translate(_LETTERS)}


def _spaced(text: str) -> str:
    return r"\s+".join(re.escape(part) for part in text.split())
