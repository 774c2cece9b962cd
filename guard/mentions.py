"""What a text names: addresses, links and telephone numbers in it, and what a person pointed out in a goal."""

import re
from collections.abc import Iterator

from guard.normal import normal

_MOST = 200_000  # characters that are looked at

_LINK = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s<>\"“”«»`]{1,2000}")
_MAIL = re.compile(
    r"(?<![^\s<>()\[\],;:\"'“”‘’«»`])[^\s<>()\[\],;:\"'“”‘’«»`@]{1,64}@[^\s<>()\[\],;:\"'“”‘’«»`@]{1,253}"
)
_PHONE = re.compile(r"(?<![\w+])(?:\+|00)[1-9][0-9 ().\-/]{5,25}", re.ASCII)
_QUOTED = re.compile(
    r"(?<!\w)'([^'\n]{1,200})'(?!\w)|\"([^\"\n]{1,200})\"|“([^“”\n]{1,200})”|„([^„“”\n]{1,200})[“”]"
    r"|(?<!\w)‘([^‘’\n]{1,200})’(?!\w)|«([^«»\n]{1,200})»|`([^`\n]{1,200})`"
)
_TOKEN = re.compile(r"[^\s,;\"“”„‘’«»`<>()\[\]{}]{1,200}")
_ID = re.compile(r"(?=.*(?:\d|\w[-_./\\]\w))[\w#@:/.~+-]+")
_ENDS = ".,;:!?'\")]}…"


def mentions(text: str) -> Iterator[str]:
    """Every mail address, URL and telephone number that stands in `text`, as it is written there."""
    text = text[:_MOST]
    for pattern, kind in ((_LINK, "url"), (_MAIL, "mail"), (_PHONE, "phone")):
        for match in pattern.finditer(text):
            written = match.group().rstrip(_ENDS + " -/(" if kind == "phone" else _ENDS)
            if normal(written).kind == kind:
                yield written


def named(goal: str) -> Iterator[str]:
    """All that a goal points out: what `mentions` finds, quoted words, and words that are ids, numbers or files."""
    yield from mentions(goal)
    for match in _QUOTED.finditer(goal[:_MOST]):
        yield next(inner for inner in match.groups() if inner)
    for token in _TOKEN.findall(goal[:_MOST]):
        word = token.strip("'").rstrip(_ENDS)
        if _ID.fullmatch(word):
            yield word
            if word.startswith("#"):
                yield word[1:]
