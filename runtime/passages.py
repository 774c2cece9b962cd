"""An index of passages of files, in SQLite's full-text search (FTS5, porter stemming, bm25; SQLite 3.35 or later).

A file whose size and time of change are as they were is not opened again; one whose content is as it was (SHA-256) is
not split again. What is gone from the folder is gone from the index.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from sqlalchemy import Connection, Engine

from runtime.database import read, write

_TABLES = """
CREATE TABLE IF NOT EXISTS file (name TEXT PRIMARY KEY, seen TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passage
  (id INTEGER PRIMARY KEY, file TEXT NOT NULL, mark TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS passage_of_file ON passage (file);
CREATE VIRTUAL TABLE IF NOT EXISTS passage_text
  USING fts5(title, text, content='passage', content_rowid='id', tokenize='porter unicode61');
CREATE TRIGGER IF NOT EXISTS passage_added AFTER INSERT ON passage BEGIN
  INSERT INTO passage_text(rowid, title, text) VALUES (new.id, new.title, new.text); END;
CREATE TRIGGER IF NOT EXISTS passage_gone AFTER DELETE ON passage BEGIN
  INSERT INTO passage_text(passage_text, rowid, title, text) VALUES ('delete', old.id, old.title, old.text); END;
"""
_SEARCH = (
    "SELECT p.id, p.mark, p.title, p.text FROM passage_text JOIN passage p ON p.id = passage_text.rowid"
    " WHERE passage_text MATCH ? ORDER BY bm25(passage_text, {title}, 1.0), p.id LIMIT ?"
)
TITLE = 3.0
"""How much more a word counts in a title than in the text."""

_COMMON = frozenset(
    [
        "a",
        "about",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "get",
        "give",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "let",
        "long",
        "made",
        "make",
        "many",
        "may",
        "mean",
        "means",
        "much",
        "me",
        "my",
        "no",
        "not",
        "of",
        "often",
        "on",
        "or",
        "our",
        "out",
        "please",
        "shall",
        "should",
        "so",
        "some",
        "tell",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "us",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)
_LONGEST_QUERY = 24


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

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen: dict[str, str] | None = None
        with write(engine) as connection:
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
        self._seen = seen
        return len(changed) + len(gone)

    def search(self, query: str, limit: int = 5, *, title: float = TITLE) -> list[Passage]:
        """The passages that fit the query's words best, the best first."""
        words = query_words(query)
        if not words:
            return []
        with read(self._engine) as connection:
            statement = _SEARCH.format(title=float(title))
            rows = connection.exec_driver_sql(statement, (" OR ".join(map(_quoted, words)), limit)).all()
            support = _support(connection, words, [row[0] for row in rows])
        return [Passage(str(mark), str(name), str(text), support[at]) for at, mark, name, text in rows]


def query_words(query: str) -> list[str]:
    """The words of a query that say something. Nothing that is an operator of the search language is left."""
    found = dict.fromkeys(re.findall(r"\w+", query.casefold()))
    return [one for one in found if one not in _COMMON and (len(one) > 1 or one.isdigit())][:_LONGEST_QUERY]


def _support(connection: Connection, words: Sequence[str], ids: Sequence[int]) -> dict[int, float]:
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
            (leaf.name, one.mark, one.title, one.text) for one in split(leaf.name, content) if one.text.strip()
        ]
        if rows:
            connection.exec_driver_sql("INSERT INTO passage (file, mark, title, text) VALUES (?, ?, ?, ?)", rows)
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO file (name, seen, digest) VALUES (?, ?, ?)", (leaf.name, leaf.seen, digest)
    )


def _drop(connection: Connection, name: str) -> None:
    connection.exec_driver_sql("DELETE FROM passage WHERE file = ?", (name,))
    connection.exec_driver_sql("DELETE FROM file WHERE name = ?", (name,))


def _quoted(word: str) -> str:
    return f'"{word}"'
