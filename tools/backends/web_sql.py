"""What was found, read and written about the web, in tables of the world; live pages through the guarded fetch."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Column, Engine, MetaData, String, Table, Text, delete, insert, select

from runtime.canonical import digest
from runtime.clock import Clock, stamp
from runtime.database import make_tables, read, write
from runtime.errors import CannotWork
from tools.browsing.addresses import Allowed
from tools.browsing.fetching import fetch
from tools.browsing.files import SavedPage, load_web
from tools.browsing.searching import MOST, ask, rank
from tools.browsing.text import Reading, reading
from tools.purchasing.tables import rows

_METADATA = MetaData()
_FOUND = Table("web_found", _METADATA, Column("url", String(2000), primary_key=True))
_PAGE = Table(
    "web_page",
    _METADATA,
    Column("url", String(2000), primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", String(32), nullable=False),
)
_BRIEF = Table(
    "web_brief",
    _METADATA,
    Column("question", Text, primary_key=True),
    Column("markdown", Text, nullable=False),
    Column("at", String(32), nullable=False),
)


class WebShelf:
    """The web of one world: as `web` says, with the saved pages in the folder `pages`."""

    def __init__(self, engine: Engine, clock: Clock, web: Path, pages: Path, environ: Mapping[str, str]) -> None:
        self._engine = engine
        self._clock = clock
        self._file = load_web(web)
        self._pages = pages
        self._environ = environ
        make_tables(engine, _METADATA)

    def search(self, query: str) -> list[tuple[str, str, str]]:
        """Address, title and excerpt of pages on listed hosts; what was found may be read from now on."""
        saved = self._file.search.provider == "saved"
        found = rank(query, self._saved()) if saved else ask(self._file.search, query, self._environ)
        listed = [one for one in found if self._listed(one[0])][:MOST]
        with write(self._engine) as connection:
            known = set(connection.execute(select(_FOUND.c.url)).scalars())
            for url in dict.fromkeys(url for url, _, _ in listed if url not in known):
                connection.execute(insert(_FOUND).values(url=url))
        return listed

    def read(self, url: str) -> Reading:
        """The page, fetched once. Raises CannotWork for one that was not found by a search or must not be fetched."""
        if known := self.known(url):
            return known
        with read(self._engine) as connection:
            found = connection.execute(select(_FOUND.c.url).where(_FOUND.c.url == url)).first()
        if not found:
            raise CannotWork(f"no search found '{url[:200]}'", remedy="take an address that search_web gives")
        page = self._fetched(url)
        with write(self._engine) as connection:
            if not connection.execute(select(_PAGE.c.url).where(_PAGE.c.url == url)).first():
                row = {"url": url, "title": page.title, "text": page.text, "at": stamp(self._clock.now())}
                connection.execute(insert(_PAGE).values(**row))
        return Reading(url, page.title, page.text)

    def known(self, url: str) -> Reading | None:
        """The page, if it was read."""
        with read(self._engine) as connection:
            row = connection.execute(select(_PAGE).where(_PAGE.c.url == url)).one_or_none()
        return Reading(row.url, row.title, row.text) if row else None

    def brief(self, question: str) -> str | None:
        """The brief on that question."""
        with read(self._engine) as connection:
            found = connection.execute(select(_BRIEF.c.markdown).where(_BRIEF.c.question == question)).scalar()
        return None if found is None else str(found)

    def keep(self, question: str, markdown: str) -> bool:
        """Keep a brief, unless there is one on that question; whether it was kept."""
        with write(self._engine) as connection:
            if connection.execute(select(_BRIEF.c.question).where(_BRIEF.c.question == question)).first():
                return False
            row = {"question": question, "markdown": markdown, "at": stamp(self._clock.now())}
            connection.execute(insert(_BRIEF).values(**row))
        return True

    def discard(self, question: str) -> bool:
        """Throw a brief away; whether there was one."""
        with write(self._engine) as connection:
            return connection.execute(delete(_BRIEF).where(_BRIEF.c.question == question)).rowcount == 1

    def export(self, folder: Path) -> None:
        """Each brief as a Markdown file."""
        with read(self._engine) as connection:
            briefs = connection.execute(select(_BRIEF)).all()
        for one in briefs:
            (folder / "briefs").mkdir(parents=True, exist_ok=True)
            (folder / "briefs" / f"{digest(one.question)[:8]}.md").write_text(one.markdown, encoding="utf-8")

    def _listed(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        allowed = self._allowed()
        return parts.scheme in ("http", "https") and (allowed.has(host) or f"{host}:{port}" in allowed.origins)

    def _allowed(self) -> Allowed:
        return Allowed(self._file.hosts, self._file.origins)

    def _saved(self) -> list[Reading]:
        index = rows(SavedPage, self._pages / "pages.csv")
        return [reading(one.url, "text/html", (self._pages / one.file).read_bytes()) for one in index]

    def _fetched(self, url: str) -> Reading:
        if self._file.search.provider == "saved":
            return next(one for one in self._saved() if one.url == url)
        page = fetch(url, self._allowed())
        return reading(page.url, page.kind, page.body)
