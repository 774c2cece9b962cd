"""The web as a run sees it: searching, pages that were read, briefs that were written; and how it is opened."""

from typing import Protocol

from tools.browsing.text import Reading
from tools.service import Service, Site


class Web(Protocol):
    """What was found and read is kept in the world."""

    def search(self, query: str) -> list[tuple[str, str, str]]:
        """Address, title and excerpt of pages on listed hosts; what was found may be read from now on."""
        ...

    def read(self, url: str) -> Reading:
        """The page, fetched once. Raises CannotWork for one that was not found by a search or must not be fetched."""
        ...

    def known(self, url: str) -> Reading | None:
        """The page, if it was read."""
        ...

    def brief(self, question: str) -> str | None:
        """The brief on that question."""
        ...

    def keep(self, question: str, markdown: str) -> bool:
        """Keep a brief, unless there is one on that question; whether it was kept."""
        ...

    def discard(self, question: str) -> bool:
        """Throw a brief away; whether there was one."""
        ...


def _open(site: Site) -> Web:
    from tools.backends.web_sql import WebShelf

    return WebShelf(site.database("web"), site.clock, site.inputs["web"], site.inputs["pages"], site.environ)


WEB = Service("web", _open)
