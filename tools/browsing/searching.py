"""Searching: a SearXNG server's JSON (docs.searxng.org, search API), Serper's (serper.dev), or the saved pages."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from runtime.errors import ConfigError, TryLater
from tools.browsing.addresses import Allowed
from tools.browsing.fetching import fetch
from tools.browsing.files import Search
from tools.browsing.text import Reading

MOST = 10


def ask(search: Search, query: str, environ: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Address, title and excerpt of what the server finds. It is people's own choice, so it may be anywhere."""
    parts = urlsplit(search.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    server = Allowed((), (f"{parts.hostname}:{port}",))
    base = search.url.rstrip("/")
    if search.provider == "serper":
        key = environ.get("SERPER_API_KEY", "")
        if not key:
            raise ConfigError("'provider: serper' needs SERPER_API_KEY", remedy="write it into .env")
        given = {"X-API-KEY": key, "Content-Type": "application/json"}
        page = fetch(f"{base}/search", server, headers=given, body=json.dumps({"q": query, "num": MOST}).encode())
        rows, excerpt, address = _rows(page.body, "organic"), "snippet", "link"
    else:
        page = fetch(f"{base}/search?{urlencode({'q': query, 'format': 'json'})}", server)
        rows, excerpt, address = _rows(page.body, "results"), "content", "url"
    return [(str(one.get(address, "")), str(one.get("title", "")), str(one.get(excerpt, ""))) for one in rows]


def rank(query: str, pages: Iterable[Reading]) -> list[tuple[str, str, str]]:
    """The saved pages that have words of the query, those with most first."""
    words = set(query.casefold().split())
    scored = []
    for one in pages:
        text = f"{one.title} {one.text}".casefold()
        if hits := sum(word in text for word in words):
            scored.append((-hits, one.url, one.title, one.text[:200]))
    return [(url, title, text) for _, url, title, text in sorted(scored)]


def _rows(body: bytes, name: str) -> list[dict[str, Any]]:
    try:
        rows = json.loads(body)[name]
        return [one for one in rows if isinstance(one, dict)]
    except (ValueError, KeyError, TypeError) as error:
        raise TryLater("the search server's answer cannot be read", remedy="try again later") from error
