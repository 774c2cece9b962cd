"""Vectors of texts, kept beside the texts' own tables.

Each is kept by the SHA-256 of its text, with the name of the model that made it, so that a text is embedded once, and
again if it or the model has changed.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Column, Engine, LargeBinary, MetaData, String, Table, inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from runtime.database import make_tables, read, write

_TABLES = MetaData()
_MEANING = Table(
    "meaning",
    _TABLES,
    Column("digest", String(64), primary_key=True),
    Column("model", String(300), nullable=False),
    Column("numbers", LargeBinary, nullable=False),
)


def digest_of(text: str) -> str:
    """What a text's vector is kept by."""
    return hashlib.sha256(text.encode()).hexdigest()


class Vectors:
    """The vectors of one model in one database, each as the bytes of its 32-bit numbers."""

    def __init__(self, engine: Engine, model: str) -> None:
        self._engine = engine
        self._model = model
        make_tables(engine, _TABLES)

    def all(self, size: int) -> dict[str, bytes]:
        """The vectors of `size` numbers, by digest."""
        with read(self._engine) as connection:
            mine = select(_MEANING.c.digest, _MEANING.c.numbers).where(_MEANING.c.model == self._model)
            rows = connection.execute(mine).all()
        return {digest: numbers for digest, numbers in rows if len(numbers) == size * 4}

    def keep(self, vectors: Mapping[str, bytes]) -> None:
        """Keep vectors by digest, in place of those of another model; another process may have been as quick."""
        fresh = (sqlite if self._engine.dialect.name == "sqlite" else postgresql).insert(_MEANING)
        instead = {name: fresh.excluded[name] for name in ("model", "numbers")}
        rows = [{"digest": one, "model": self._model, "numbers": numbers} for one, numbers in vectors.items()]
        with write(self._engine) as connection:
            connection.execute(fresh.on_conflict_do_update(index_elements=["digest"], set_=instead), rows)


def forget_vectors(engine: Engine, kept: Callable[[], Iterable[str]]) -> None:
    """Delete the vectors of all texts but those of the digests that `kept` gives: they tell of what was deleted.

    Where nothing was ever embedded, `kept` is not asked.
    """
    if not inspect(engine).has_table(_MEANING.name):
        return
    wanted = set(kept())
    with write(engine) as connection:
        for one in set(connection.execute(select(_MEANING.c.digest)).scalars()) - wanted:
            connection.execute(_MEANING.delete().where(_MEANING.c.digest == one))
