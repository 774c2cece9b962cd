"""What a page says, as plain text, and whether a quotation stands in it."""

import re
from dataclasses import dataclass

MOST_CHARACTERS = 12_000

_LINK = re.compile(r"https?://\S+|\bwww\.\S+|\S+@\S+\.\S+|\b(?:[\w-]+\.)+[a-z]{2,}/\S*", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]{4,}")
_TURN = re.compile(
    r"\b(?:not|no|never|nor|neither|none|nobody|nothing|nowhere|cannot|without|hardly|barely|scarcely|un(?:able|likely)"
    r"|fail(?:s|ed)?)\b|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """A page to read: where it is from, its title, its text."""

    url: str
    title: str
    text: str


def reading(url: str, kind: str, body: bytes) -> Reading:
    """The page's own text, without menus and advertisements; cut to what a model can take in."""
    if kind not in ("text/html", "application/xhtml+xml"):
        return Reading(url, "", body.decode("utf-8", "replace")[:MOST_CHARACTERS])
    from trafilatura import bare_extraction

    found = bare_extraction(body, url=url, include_comments=False, with_metadata=True)
    if found is None:
        return Reading(url, "", "")
    data = found if isinstance(found, dict) else found.as_dict()
    return Reading(url, str(data.get("title") or ""), str(data.get("text") or "")[:MOST_CHARACTERS])


def stands_in(quote: str, text: str) -> bool:
    """Whether the quotation is in the text word by word; spaces and case aside, and at least four words long."""
    words = _plain(quote)
    return len(words.split()) >= 4 and words in _plain(text)


def borne_out(claim: str, quote: str) -> str:
    """What a claim says that its quotation does not: a link or an address, a number, most of its words, or a "not" that
    only one of them has; empty for a claim that keeps to it. Words are those of four letters and more, by their first
    four; what turns a sentence round is known in English."""
    said = _plain(quote)
    if found := [one for one in _LINK.findall(claim) if one.casefold() not in said]:
        return f"'{found[0]}'"
    if found := [one for one in _NUMBER.findall(claim) if one not in _NUMBER.findall(quote)]:
        return f"the number {found[0]}"
    turned, turns = _TURN.search(claim), _TURN.search(quote)
    if bool(turned) != bool(turns):
        return f"'{turned[0]}'" if turned else f"it without '{turns[0]}'" if turns else ""
    words = {one[:4] for one in _WORD.findall(claim.casefold())}
    lacking = sorted(words - {one[:4] for one in _WORD.findall(said)})
    return "most of its words" if 2 * len(lacking) > len(words) else ""


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
