"""Long-term memory: what runs have learned, fact by fact, with where each came from and whom it is about.

A fact is trusted if ordinary code or a person wrote it down, and untrusted if a model did: what a model writes may be
what a stranger wrote. Trust is kept with the fact, so that recalling it gives nothing more than hearing it did.

Facts of one tenant are never seen by another. A fact that is written again replaces the one with the same `about` and
`key`, unless that one is trusted and the new one is not. Search is full text: FTS5 with bm25 on SQLite (3.35 or later),
`tsvector` on PostgreSQL; and by meaning if there is a model that embeds the facts. What is deleted leaves no vector.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
    text,
)

from runtime.clock import stamp
from runtime.database import make_tables, read, write
from runtime.embedding import Embedder, meaning_in
from runtime.facts import LONGEST, Fact
from runtime.found import Found, Near
from runtime.fusion import fused
from runtime.traces import Traces
from runtime.vectors import digest_of, forget_vectors

if TYPE_CHECKING:
    pass

_FACT = Table(
    "fact",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("about", String(200), nullable=False),
    Column("key", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("trusted", Boolean, nullable=False),
    Column("origin", String(200), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("run", String(32), nullable=False),
    Column("call", String(80), nullable=False),
    Column("at", String(32), nullable=False),
    Column("expires", String(32), nullable=False),
    UniqueConstraint("tenant", "about", "key"),
)
_INDEX = """
CREATE VIRTUAL TABLE IF NOT EXISTS fact_text
  USING fts5(text, about, content='fact', content_rowid='id', tokenize='porter unicode61');
CREATE TRIGGER IF NOT EXISTS fact_added AFTER INSERT ON fact BEGIN
  INSERT INTO fact_text(rowid, text, about) VALUES (new.id, new.text, new.about); END;
CREATE TRIGGER IF NOT EXISTS fact_gone AFTER DELETE ON fact BEGIN
  INSERT INTO fact_text(fact_text, rowid, text, about) VALUES ('delete', old.id, old.text, old.about); END;
"""
_SEARCH = {
    "sqlite": "SELECT rowid AS id FROM fact_text WHERE fact_text MATCH :query ORDER BY bm25(fact_text), rowid",
    "postgresql": "SELECT id FROM fact WHERE to_tsvector('english', about || ' ' || text) @@ to_tsquery('english', "
    ":query) ORDER BY ts_rank(to_tsvector('english', about || ' ' || text), to_tsquery('english', :query)) DESC, id",
}
_COMMON = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "by", "do", "does", "for", "from", "has", "have", "how", "in", "is",
    "it", "its", "of", "on", "or", "that", "the", "to", "was", "were", "what", "when", "where", "which", "who",
    "why", "will", "with",
})  # fmt: skip
NEAREST = 8
"""How many facts meaning may add of those that are known, and of those that were heard: some fact is always the
nearest, however far it is, and what was heard takes no place of what is known."""

_ANY = {"sqlite": " OR ", "postgresql": " | "}


class Memory:
    """The facts of one tenant in one world. Safe to use from several threads and processes."""

    def __init__(self, engine: Engine, tenant: str = "", embedder: Embedder | None = None) -> None:
        self._engine = engine
        self._tenant = tenant
        self._meaning = meaning_in(engine, embedder)
        make_tables(engine, _FACT.metadata)
        if engine.dialect.name == "sqlite":
            with write(engine) as connection:
                for statement in _INDEX.strip().split("\nCREATE"):
                    connection.exec_driver_sql(f"CREATE{statement.removeprefix('CREATE')}")

    def learn(self, fact: Fact, now: datetime) -> bool:
        """Keep the fact. False if it is known already, or if a trusted one stands that it may not replace."""
        row = {**asdict(fact), "tenant": self._tenant, "at": fact.at or stamp(now), "text": fact.text[:LONGEST]}
        row.pop("id")
        with write(self._engine) as connection:
            held = connection.execute(self._mine().where(_same(fact.about, fact.key))).mappings().first()
            if held and (held["text"] == row["text"] or (held["trusted"] and not fact.trusted)):
                return False
            connection.execute(delete(_FACT).where(self._owned(), _same(fact.about, fact.key)))
            connection.execute(insert(_FACT).values(row))
        if held:
            self._forget_vectors()
        return True

    def recall(self, query: str, now: datetime, *, about: str = "", limit: int = 20) -> list[Fact]:
        """The facts that fit `query` best, of one topic if `about` is given; without words, the newest."""
        return self.search(query, now, about=about, limit=limit).hits

    def search(self, query: str, now: datetime, *, about: str = "", limit: int = 20) -> Found[Fact]:
        """The same, with what they were found by: words and, with an embedder, meaning. Neither says what to trust."""
        wanted = [_FACT.c.about == about] if about else []
        words, matching = _words(query, self._engine.dialect.name), []
        with read(self._engine) as connection:
            if words:
                search = text(_SEARCH[self._engine.dialect.name])
                matching = list(connection.execute(search, {"query": words}).scalars())
                wanted += [] if self._meaning else [_FACT.c.id.in_(matching)]
            newest = self._mine().where(*wanted).order_by(_FACT.c.at.desc(), _FACT.c.id.desc())
            facts = {row["id"]: _fact(row) for row in connection.execute(newest).mappings()}
        facts = {one: fact for one, fact in facts.items() if not _over(fact, now)}
        near = self._near(query, facts) if words else Near()
        ids = fused([one for one in matching if one in facts], _nearest(near.ranking, facts)) if words else list(facts)
        return Found([facts[one] for one in ids[:limit]], near.by, near.note)

    def find(self, number: int) -> Fact | None:
        """The fact with that number."""
        with read(self._engine) as connection:
            row = connection.execute(self._mine().where(_FACT.c.id == number)).mappings().first()
        return _fact(row) if row else None

    def forget(self, *, ids: Sequence[int] = (), subject: str = "", due: datetime | None = None) -> int:
        """Delete facts by number, by the person they are about, or those that have expired; how many there were."""
        wanted: Any = _FACT.c.id.in_(ids)
        if subject:
            wanted = _FACT.c.subject == subject
        if due is not None:
            wanted = (_FACT.c.expires != "") & (_FACT.c.expires <= stamp(due))
        with write(self._engine) as connection:
            gone = connection.execute(delete(_FACT).where(self._owned(), wanted)).rowcount
        self._forget_vectors()
        return gone

    def erase(self, subjects: Collection[str], traces: Traces, *, dry_run: bool = False) -> int:
        """Delete what any tenant remembers about the subjects or what names the person; how many facts there are."""
        with write(self._engine) as connection:
            rows = connection.execute(select(_FACT)).mappings().all()
            gone = [row["id"] for row in rows if row["subject"] in subjects or _tells_of(row, traces)]
            if gone and not dry_run:
                connection.execute(delete(_FACT).where(_FACT.c.id.in_(gone)))
                if self._engine.dialect.name == "sqlite":  # else the words would stay in the index
                    connection.exec_driver_sql("INSERT INTO fact_text(fact_text) VALUES ('rebuild')")
        if not dry_run:
            self._forget_vectors()
        return len(gone)

    def _near(self, query: str, facts: dict[int, Fact]) -> Near:
        if self._meaning is None:
            return Near()
        texts = {one: _whole(fact) for one, fact in facts.items()}
        digests = {one: digest_of(said) for one, said in texts.items()}
        known = [one for one, fact in facts.items() if fact.trusted]
        return self._meaning.near(query, digests, lambda ids: {one: texts[one] for one in ids}, apart=known)

    def _forget_vectors(self) -> None:
        """Let go of the vectors of what no tenant remembers any more."""

        def remembered() -> Iterator[str]:
            with read(self._engine) as connection:
                for row in connection.execute(select(_FACT)).mappings():
                    yield digest_of(_whole(_fact(row)))

        forget_vectors(self._engine, remembered)

    def _mine(self) -> Any:
        return select(_FACT).where(self._owned())

    def _owned(self) -> Any:
        return _FACT.c.tenant == self._tenant


def _nearest(ranking: Sequence[int], facts: Mapping[int, Fact]) -> list[int]:
    known = [one for one in ranking if facts[one].trusted][:NEAREST]
    heard = [one for one in ranking if not facts[one].trusted][:NEAREST]
    return [one for one in ranking if one in {*known, *heard}]


def _whole(fact: Fact) -> str:
    return f"{fact.about}: {fact.text}"


def _tells_of(row: Any, traces: Traces) -> bool:
    return any(traces.named_in(str(row[name])) for name in ("about", "key", "text", "origin", "subject"))


def _same(about: str, key: str) -> Any:
    return (_FACT.c.about == about) & (_FACT.c.key == key)


def _fact(row: Any) -> Fact:
    return Fact(**{name: row[name] for name in Fact.__dataclass_fields__})


def _over(fact: Fact, now: datetime) -> bool:
    return bool(fact.expires) and fact.expires <= stamp(now)


def _words(query: str, dialect: str) -> str:
    """The query's words, any of which may match. Nothing that is an operator of the search language is left."""
    words = dict.fromkeys(one for one in re.findall(r"\w+", query.casefold()) if one not in _COMMON)
    return _ANY[dialect].join(f'"{one}"' if dialect == "sqlite" else one for one in words)
