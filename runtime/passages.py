"""An index of passages of files, in SQLite's full-text search (FTS5, porter stemming, bm25; SQLite 3.35 or later), and
by their meaning if there is a model that embeds them.

A file whose size and time of change are as they were is not opened again; one whose content is as it was (SHA-256) is
not split again. What is gone from the folder is gone from the index.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine

from runtime.database import read, write
from runtime.embedding import Embedder, meaning_in
from runtime.found import DEPTH, Found, Near
from runtime.fusion import fused
from runtime.vectors import digest_of, forget_vectors
from runtime.words import query_words

if TYPE_CHECKING:
    pass

_TABLES = """
CREATE TABLE IF NOT EXISTS file (name TEXT PRIMARY KEY, seen TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passage
  (id INTEGER PRIMARY KEY, file TEXT NOT NULL, mark TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
   digest TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS passage_of_file ON passage (file);
CREATE VIRTUAL TABLE IF NOT EXISTS passage_text
  USING fts5(title, text, content='passage', content_rowid='id', tokenize='porter unicode61');
CREATE TRIGGER IF NOT EXISTS passage_added AFTER INSERT ON passage BEGIN
  INSERT INTO passage_text(rowid, title, text) VALUES (new.id, new.title, new.text); END;
CREATE TRIGGER IF NOT EXISTS passage_gone AFTER DELETE ON passage BEGIN
  INSERT INTO passage_text(passage_text, rowid, title, text) VALUES ('delete', old.id, old.title, old.text); END;
"""
_SEARCH = (
    "SELECT rowid FROM passage_text WHERE passage_text MATCH ? ORDER BY bm25(passage_text, {title}, 1.0), rowid LIMIT ?"
)
TITLE = 3.0
"""How much more a word counts in a title than in the text."""

UNREAD = "This file cannot be read"
"""What the only passage of a file begins with of which nothing could be read."""

EDITION = 2
"""Goes up when files are split otherwise than before: an index of another edition is made anew."""

SAID = 0.3
"""The support from which on a passage's words count beside its meaning: a stray word in common is no reason."""


@dataclass(frozen=True)
class Passage:
    """A few lines of a file. `mark` says which: `limits.md:12` is from line 12 on, `guide.pdf:p2` is on page 2.

    `support` is the share of the question's words that stand in it, each weighed by how rare it is: 1.0 is all of them.
    """

    mark: str
    title: str
    text: str
    support: float = 0.0


@dataclass(frozen=True)
class Leaf:
    """A file as the index is told of it: its name, what changes when it does, and a way to its content."""

    name: str
    seen: str
    content: Callable[[], bytes]


Split = Callable[[str, bytes], Sequence[Passage]]
"""A file's passages, from its name and content."""


class Passages:
    """The index in one database. Safe to use from several threads and processes."""

    def __init__(self, engine: Engine, embedder: Embedder | None = None) -> None:
        self._engine = engine
        self._seen: dict[str, str] | None = None
        self._digests: dict[int, str] | None = None
        self._unread: list[str] | None = None
        self._meaning = meaning_in(engine, embedder)
        with write(engine) as connection:
            _drop_older(connection)
            for statement in _TABLES.strip().split("\nCREATE"):
                connection.exec_driver_sql(f"CREATE{statement.removeprefix('CREATE')}")

    def refresh(self, leaves: Iterable[Leaf], split: Split) -> int:
        """Bring the index up to the files; how many were read or dropped."""
        present = {leaf.name: leaf for leaf in leaves}
        seen = {leaf.name: leaf.seen for leaf in present.values()}
        if seen == self._seen:
            return 0
        with read(self._engine) as connection:
            rows = connection.exec_driver_sql("SELECT name, seen, digest FROM file").all()
        known = {str(name): (str(seen), str(digest)) for name, seen, digest in rows}
        changed = [leaf for leaf in present.values() if known.get(leaf.name, ("", ""))[0] != leaf.seen]
        gone = known.keys() - present.keys()
        if changed or gone:
            with write(self._engine) as connection:
                for name in sorted(gone):
                    _drop(connection, name)
                for leaf in changed:
                    _put(connection, leaf, known.get(leaf.name, ("", ""))[1], split)
        self._seen, self._digests, self._unread = seen, None, None
        return len(changed) + len(gone)

    def search(self, query: str, limit: int = 5, *, title: float = TITLE) -> Found[Passage]:
        """The passages that fit the query best, the best first: by its words and, with an embedder, by its meaning."""
        words = query_words(query)
        near = self._meaning.near(query, self._embedded(), self._texts) if self._meaning else Near()
        with read(self._engine) as connection:
            worded = _worded(connection, words, max(limit, DEPTH) if near.ranking else limit, title)
            support = _support(connection, words, {*worded, *near.ranking})
            voting = [one for one in worded if support[one] >= SAID] if near.ranking else worded
            ids = fused(voting, near.ranking)[:limit]
            rows = {one: (mark, name, said) for one, mark, name, said in _rows(connection, ids)}
        hits = [Passage(*rows[one], support[one]) for one in ids if one in rows]
        return Found(hits, near.by, near.note)

    def unread(self) -> list[str]:
        """The files of which nothing could be read, by name."""
        if self._unread is None:
            with read(self._engine) as connection:
                held = connection.exec_driver_sql("SELECT file FROM passage WHERE text LIKE ?", (f"{UNREAD}%",))
                self._unread = sorted(map(str, held.scalars()))
        return self._unread

    def _embedded(self) -> dict[int, str]:
        """The digest of each passage; without those of passages that are gone, no vector is kept."""
        if self._digests is None:
            with read(self._engine) as connection:
                rows = connection.exec_driver_sql("SELECT id, digest FROM passage").all()
            self._digests = {one: str(digest) for one, digest in rows}
            forget_vectors(self._engine, self._digests.values)
        return self._digests

    def _texts(self, ids: Sequence[int]) -> dict[int, str]:
        with read(self._engine) as connection:
            return {one: whole(title, text) for one, _, title, text in _rows(connection, ids)}


def whole(title: str, text: str) -> str:
    """All that a passage says: its title and its text."""
    return f"{title}\n{text}"


def _drop_older(connection: Connection) -> None:
    """Drop the tables of an index of another edition: all that they held is read again."""
    if connection.exec_driver_sql("PRAGMA user_version").scalar_one() != EDITION:
        for name in ("passage_text", "passage", "file"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        connection.exec_driver_sql(f"PRAGMA user_version = {EDITION}")


def _worded(connection: Connection, words: Sequence[str], limit: int, title: float) -> list[int]:
    """The ids of the passages that hold the words, by bm25."""
    if not words:
        return []
    wanted = (" OR ".join(map(_quoted, words)), limit)
    return [row[0] for row in connection.exec_driver_sql(_SEARCH.format(title=float(title)), wanted).all()]


def _rows(connection: Connection, ids: Sequence[int]) -> Sequence[Any]:
    marks = ", ".join("?" * len(ids))
    wanted = f"SELECT id, mark, title, text FROM passage WHERE id IN ({marks})"  # noqa: S608 - only question marks
    return connection.exec_driver_sql(wanted, tuple(ids)).all()


def _support(connection: Connection, words: Sequence[str], ids: Iterable[int]) -> dict[int, float]:
    total = connection.exec_driver_sql("SELECT count(*) FROM passage").scalar_one()
    found, whole = dict.fromkeys(ids, 0.0), 0.0
    for word in words:
        matching = connection.exec_driver_sql(
            "SELECT rowid FROM passage_text WHERE passage_text MATCH ?", (_quoted(word),)
        ).scalars()
        holding = set(matching)
        weight = log(1 + (total - len(holding) + 0.5) / (len(holding) + 0.5))
        whole += weight
        for one in holding & found.keys():
            found[one] += weight
    return {one: round(weight / whole, 3) if whole else 0.0 for one, weight in found.items()}


def _put(connection: Connection, leaf: Leaf, before: str, split: Split) -> None:
    content = leaf.content()
    digest = hashlib.sha256(content).hexdigest()
    if digest != before:
        _drop(connection, leaf.name)
        rows: list[tuple[Any, ...]] = [
            (leaf.name, one.mark, one.title, one.text, digest_of(whole(one.title, one.text)))
            for one in split(leaf.name, content)
            if one.text.strip()
        ]
        if rows:
            connection.exec_driver_sql(
                "INSERT INTO passage (file, mark, title, text, digest) VALUES (?, ?, ?, ?, ?)", rows
            )
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO file (name, seen, digest) VALUES (?, ?, ?)", (leaf.name, leaf.seen, digest)
    )


def _drop(connection: Connection, name: str) -> None:
    connection.exec_driver_sql("DELETE FROM passage WHERE file = ?", (name,))
    connection.exec_driver_sql("DELETE FROM file WHERE name = ?", (name,))


def _quoted(word: str) -> str:
    return f'"{word}"'
