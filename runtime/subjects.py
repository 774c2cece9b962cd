"""Personal data, sealed with a key per person: who destroys the key has erased the data, and the chain still holds.

    sealed value   {"sealed": reference, "nonce": …, "text": …}    AES-256-GCM over the value's canonical JSON
    reference      16 random hex digits; it says nothing about the person, also after the erasure
    subject        what names the person to us, such as a candidate's id or an address; case and spaces do not count
    known name     what else the person is called, such as a mail address or a file's name

A value that holds data of several people has a list of references in ascending order, and a key derived from all of
theirs (HKDF-SHA256, RFC 5869, over the keys in that order): who destroys one of them has erased the value.

The keys are in `keys/subjects.sqlite`, apart from the ledger. Keep that file out of long backups: a copy of it undoes
an erasure. A value given to the ledger that only looks sealed is marked `{"unsealed": …}` there, and comes back as it
was given.
"""

import os
import secrets
import threading
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Engine, LargeBinary, MetaData, String, Table, Text, delete, event, select
from sqlalchemy.dialects import sqlite

from runtime.canonical import canonical
from runtime.clock import Clock, SystemClock
from runtime.database import make_tables, open_database, read, write
from runtime.errors import LedgerError, UsageError
from runtime.sealed import ERASED, references_of

_METADATA = MetaData()
_SUBJECT = Table(
    "subject",
    _METADATA,
    Column("subject", Text, primary_key=True),
    Column("reference", String(16), nullable=False, unique=True),
    Column("key", LargeBinary, nullable=False),
    Column("since", String(10), nullable=False),
    Column("scope", Text, nullable=False),
)
_KNOWN = Table(
    "known",
    _METADATA,
    Column("subject", Text, primary_key=True),
    Column("name", Text, primary_key=True),
)
_TAG = b"deputy/sealed/1:"
_IN_USE = "end other commands that use it, then forget again"


@dataclass(frozen=True)
class Subject:
    """A person as the vault knows them: since which day (UTC), and for which scenario their data is held."""

    subject: str
    reference: str
    since: date
    scope: str
    key: bytes = field(repr=False)


@dataclass
class _Held:
    """The file's content as it was last read, and the keys derived from it. `of` is what the file looked like then."""

    of: object = None
    subjects: dict[str, Subject] = field(default_factory=dict)
    keys: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    derived: dict[tuple[str, ...], bytes] = field(default_factory=dict)


class Vault:
    """The keys of data subjects, and what is sealed and opened with them. The file is made when the first is sealed.

    Keys are kept in memory for as long as nobody changes the file. Safe for several threads and processes.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self._path = path
        self._files = (str(path), f"{path}-wal")
        self._clock = clock or SystemClock()
        self._engine: Engine | None = None
        self._held = _Held()
        self._lock = threading.RLock()

    def seal(self, subject: str | Iterable[str], value: Any) -> dict[str, Any]:
        """`value` (JSON) sealed for the subjects that it holds data of; who has no key is given one."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        subjects = {named(one) for one in ([subject] if isinstance(subject, str) else subject)}
        with self._lock:
            references = sorted(self._reference_for(one) for one in subjects)
            key = self._key_of(references)
        assert key is not None, "a value is sealed for somebody"
        nonce = secrets.token_bytes(12)
        text = AESGCM(key).encrypt(nonce, canonical(value), _bound(references))
        return {
            "sealed": references[0] if len(references) == 1 else references,
            "nonce": urlsafe_b64encode(nonce).decode(),
            "text": urlsafe_b64encode(text).decode(),
        }

    def open(self, sealed: Mapping[str, Any]) -> Any:
        """The value that was sealed, or ERASED if a key is gone. Raises LedgerError if it was changed."""
        import json

        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        references = references_of(sealed)
        with self._lock:
            key = self._key_of(references)
        if key is None:
            return ERASED
        try:
            nonce, text = urlsafe_b64decode(sealed["nonce"]), urlsafe_b64decode(sealed["text"])
            return json.loads(AESGCM(key).decrypt(nonce, text, _bound(references)))
        except (InvalidTag, ValueError, TypeError) as error:
            raise LedgerError(
                f"a value sealed for '{', '.join(references)}' is not what was sealed",
                remedy="see 'deputy audit verify'",
            ) from error

    def reference(self, subject: str) -> str | None:
        """What the subject is called in the ledger, or None if there is no key for it."""
        with self._lock:
            known = self._current().subjects.get(named(subject))
            return known.reference if known else None

    def subjects(self) -> list[Subject]:
        """Everybody who has a key, by name."""
        with self._lock:
            return sorted(self._current().subjects.values(), key=lambda one: one.subject)

    def know(self, subject: str, names: Iterable[str], scope: str = "") -> None:
        """Keep what else the subject is called, and for which scenario. Its key is made if there is none."""
        self.know_all({subject: names}, scope)

    def know_all(self, everybody: Mapping[str, Iterable[str]], scope: str = "") -> None:
        """The same of many people, in one transaction."""
        with self._lock:
            held = self._current()
            called = [(named(who), named(one)) for who, names in everybody.items() for one in names if one.strip()]
            fresh = [(who, one) for who, one in called if who not in held.names.get(one, ())]
            new = {named(who) for who in everybody} - held.subjects.keys()
            if not fresh and not new:
                return
            with write(self._opened()) as connection:  # of two processes, the first decides
                for who in sorted(new):
                    connection.execute(sqlite.insert(_SUBJECT).values(self._fresh(who, scope)).on_conflict_do_nothing())
                for who, one in fresh:
                    row = sqlite.insert(_KNOWN).values(subject=who, name=one).on_conflict_do_nothing()
                    connection.execute(row)
            self._held.of = None

    def names(self) -> Mapping[str, frozenset[str]]:
        """Everything that somebody is called, subjects included, with the subjects called so."""
        with self._lock:
            return self._current().names

    def who(self, name: str) -> frozenset[str]:
        """The subjects that are called so."""
        return self.names().get(named(name), frozenset())

    def destroy(self, *subjects: str) -> None:
        """Destroy the subjects' keys, in the file and in its journal. Nothing sealed with one can be opened again."""
        engine = self._opened()
        gone = [named(one) for one in subjects]
        with self._lock, write(engine) as connection:
            connection.execute(delete(_SUBJECT).where(_SUBJECT.c.subject.in_(gone)))
            connection.execute(delete(_KNOWN).where(_KNOWN.c.subject.in_(gone)))
            self._held = _Held()
        with read(engine) as connection:  # the journal still has pages from before
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        if busy:
            raise LedgerError(f"'{self._path}' is in use, and its journal still holds the key", remedy=_IN_USE)

    def close(self) -> None:
        """Let go of the file. The vault can still be used, and opens it again."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def called(self, subject: str) -> frozenset[str]:
        """Everything that the subject is called, itself included."""
        return frozenset(name for name, subjects in self.names().items() if named(subject) in subjects)

    def _reference_for(self, subject: str, scope: str = "") -> str:
        known = self._current().subjects.get(subject)
        if known is None:
            self.know_all({subject: ()}, scope)
            known = self._current().subjects[subject]
        return known.reference

    def _fresh(self, subject: str, scope: str) -> dict[str, Any]:
        since = self._clock.now().astimezone(UTC).date().isoformat()
        keys = {"reference": secrets.token_hex(8), "key": secrets.token_bytes(32)}
        return {"subject": subject, "since": since, "scope": scope, **keys}

    def _key_of(self, references: Sequence[str]) -> bytes | None:
        """The key that opens what was sealed for all of these, if none of theirs is gone."""
        held, several = self._current(), tuple(references)
        if len(several) == 1:
            return held.keys.get(several[0])
        if several not in held.derived:
            keys = [held.keys.get(one) for one in several]
            if not several or None in keys:
                return None
            held.derived[several] = _derived(b"".join(one for one in keys if one), _bound(several))
        return held.derived[several]

    def _current(self) -> _Held:
        looks = _looks(self._files)
        if looks is None:
            self._held = _Held()
        elif looks != self._held.of:
            self._held = self._read()
        return self._held

    def _read(self) -> _Held:
        engine = self._opened()
        looks = _looks(self._files)  # from before it is read: what changes meanwhile is read the next time
        with read(engine) as connection:
            rows = connection.execute(select(_SUBJECT)).all()
            known = connection.execute(select(_KNOWN)).all()
        names: dict[str, set[str]] = {row.subject: {row.subject} for row in rows}
        for row in known:
            names.setdefault(row.name, set()).add(row.subject)
        return _Held(
            looks,
            {
                row.subject: Subject(row.subject, row.reference, date.fromisoformat(row.since), row.scope, row.key)
                for row in rows
            },
            {row.reference: row.key for row in rows},
            {name: frozenset(of) for name, of in names.items()},
        )

    def _opened(self) -> Engine:
        if self._engine is None:
            engine = open_database(f"sqlite:///{self._path}")
            event.listen(engine, "connect", _prepare)
            make_tables(engine, _METADATA)
            self._path.chmod(0o600)
            self._engine = engine
        return self._engine


def named(subject: str) -> str:
    """The one spelling of a subject's name."""
    name = " ".join(unicodedata.normalize("NFKC", subject).casefold().split())
    if not name:
        raise UsageError("a data subject needs a name")
    return name


def _prepare(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA secure_delete = ON")


def _bound(references: Sequence[str]) -> bytes:
    """What a sealed value is bound to, so that it cannot be given to somebody else."""
    return _TAG + ",".join(references).encode()


def _derived(keys: bytes, info: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(keys)


def _looks(files: tuple[str, str]) -> object:
    """What changes whenever the file or its journal does; None without a file."""
    try:
        stats = [os.stat(files[0])]  # as text: this is asked at every value
    except FileNotFoundError:
        return None
    with suppress(FileNotFoundError):
        stats.append(os.stat(files[1]))
    return tuple((one.st_mtime_ns, one.st_size, one.st_ino) for one in stats)
