"""What a page says, as plain text, and whether a quotation stands in it."""

from dataclasses import dataclass

MOST_CHARACTERS = 12_000


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


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
