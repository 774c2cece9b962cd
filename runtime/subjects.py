"""Personal data, sealed with a key per person: who destroys the key has erased the data, and the chain still holds.

    sealed value   {"sealed": reference, "nonce": …, "text": …}    AES-256-GCM over the value's canonical JSON
    reference      16 random hex digits; it says nothing about the person, also after the erasure
    subject        what names the person to us, such as a candidate's id or an address; case and spaces do not count

The keys are in `keys/subjects.sqlite`, apart from the ledger. Keep that file out of long backups: a copy of it undoes
an erasure. A value given to the ledger that only looks sealed is marked `{"unsealed": …}` there, and comes back as it
was given.
"""

import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Engine, LargeBinary, MetaData, String, Table, Text, delete, event, insert, select

from runtime.canonical import canonical
from runtime.database import DATABASE_ERRORS, open_database, read, write
from runtime.errors import LedgerError, UsageError

if TYPE_CHECKING:
    from runtime.ledger import Ledger

ERASED = "[erased]"
"""What stands where a value was whose key is gone."""

_SUBJECT = Table(
    "subject",
    MetaData(),
    Column("subject", Text, primary_key=True),
    Column("reference", String(16), nullable=False, unique=True),
    Column("key", LargeBinary, nullable=False),
)
_SEALED = {"sealed", "nonce", "text"}
_ESCAPED = {"unsealed"}
_TAG = b"deputy/sealed/1:"
_IN_USE = "end other commands that use it, then forget again"


class Vault:
    """The keys of data subjects, and what is sealed and opened with them. The file is made when the first is sealed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine: Engine | None = None

    def seal(self, subject: str, value: Any) -> dict[str, str]:
        """`value` (JSON) sealed for the subject, whose key is made if there is none."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        reference, key = self._key_for(named(subject))
        nonce = secrets.token_bytes(12)
        text = AESGCM(key).encrypt(nonce, canonical(value), _TAG + reference.encode())
        return {
            "sealed": reference,
            "nonce": urlsafe_b64encode(nonce).decode(),
            "text": urlsafe_b64encode(text).decode(),
        }

    def open(self, sealed: Mapping[str, Any]) -> Any:
        """The value that was sealed, or ERASED if its key is gone. Raises LedgerError if it was changed."""
        import json

        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        reference = str(sealed["sealed"])
        key = self._key_of(reference)
        if key is None:
            return ERASED
        try:
            nonce, text = urlsafe_b64decode(sealed["nonce"]), urlsafe_b64decode(sealed["text"])
            return json.loads(AESGCM(key).decrypt(nonce, text, _TAG + reference.encode()))
        except (InvalidTag, ValueError, TypeError) as error:
            raise LedgerError(
                f"a value sealed for '{reference}' is not what was sealed", remedy="see 'deputy audit verify'"
            ) from error

    def reference(self, subject: str) -> str | None:
        """What the subject is called in the ledger, or None if there is no key for it."""
        if not self._path.exists():
            return None
        with read(self._opened()) as connection:
            query = select(_SUBJECT.c.reference).where(_SUBJECT.c.subject == named(subject))
            return connection.execute(query).scalar_one_or_none()

    def destroy(self, subject: str) -> None:
        """Destroy the subject's key, in the file and in its journal. Nothing sealed with it can be opened again."""
        engine = self._opened()
        with write(engine) as connection:
            connection.execute(delete(_SUBJECT).where(_SUBJECT.c.subject == named(subject)))
        with read(engine) as connection:  # the journal still has pages from before
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        if busy:
            raise LedgerError(f"'{self._path}' is in use, and its journal still holds the key", remedy=_IN_USE)

    def close(self) -> None:
        """Let go of the file. The vault can still be used, and opens it again."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _key_for(self, subject: str) -> tuple[str, bytes]:
        query = select(_SUBJECT.c.reference, _SUBJECT.c.key).where(_SUBJECT.c.subject == subject)
        engine = self._opened()
        with read(engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            with write(engine) as connection:
                row = connection.execute(query).one_or_none()
                if row is None:
                    fresh = (secrets.token_hex(8), secrets.token_bytes(32))
                    connection.execute(insert(_SUBJECT).values((subject, *fresh)))
                    return fresh
        return row.reference, row.key

    def _key_of(self, reference: str) -> bytes | None:
        if not self._path.exists():
            return None
        with read(self._opened()) as connection:
            query = select(_SUBJECT.c.key).where(_SUBJECT.c.reference == reference)
            return connection.execute(query).scalar_one_or_none()

    def _opened(self) -> Engine:
        if self._engine is None:
            engine = open_database(f"sqlite:///{self._path}")
            event.listen(engine, "connect", _prepare)
            _SUBJECT.metadata.create_all(engine)
            self._path.chmod(0o600)
            self._engine = engine
        return self._engine


@dataclass(frozen=True)
class Erasure:
    """What was erased: the run that says so, and what the subject was called in the ledger."""

    run: str
    subject: str


def forget(ledger: "Ledger", vault: Vault, subject: str, *, run: str, by: str) -> Erasure:
    """Destroy the subject's key, and record it as the run `run`. Raises UsageError if nothing was sealed for it.

    The run is begun before the key is destroyed and done after it, so that a crash in between can be seen. It names the
    subject by its reference only.
    """
    reference = vault.reference(subject)
    if reference is None:
        raise UsageError(
            f"there is no key for '{subject}': nothing was sealed for it, or it was erased before",
            remedy="check how the subject is named, such as a candidate's id",
        )
    ledger.append(run, "run.started", {"goal": f"forget data subject {reference}", "scenario": "", "principal": by})
    try:
        vault.destroy(subject)
    except (LedgerError, *DATABASE_ERRORS) as error:
        remedy = error.remedy if isinstance(error, LedgerError) else _IN_USE
        ledger.append(run, "run.failed", {"error": str(error), "remedy": remedy, "exit_code": LedgerError.exit_code})
        raise
    ledger.append(run, "subject.erased", {"subject": reference, "by": by})
    ledger.append(run, "run.done", {"summary": f"the key of data subject {reference} is destroyed"})
    return Erasure(run, reference)


def named(subject: str) -> str:
    """The one spelling of a subject's name."""
    name = unicodedata.normalize("NFKC", subject).strip().casefold()
    if not name:
        raise UsageError("a data subject needs a name")
    return name


def escaped(value: Any) -> Any:
    """`value` with everything marked that looks sealed and is not."""
    if isinstance(value, dict):
        inner = {name: escaped(one) for name, one in value.items()}
        return {"unsealed": inner} if value.keys() in (_SEALED, _ESCAPED) else inner
    return [escaped(one) for one in value] if isinstance(value, list) else value


def opened(value: Any, vault: Vault | None) -> Any:
    """`value` as it was given: marks removed, and what is sealed opened if there is a vault to open it with."""
    if isinstance(value, list):
        return [opened(one, vault) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == _SEALED:
        return value if vault is None else opened(vault.open(value), vault)
    if value.keys() == _ESCAPED:
        value = value["unsealed"]
    return {name: opened(one, vault) for name, one in value.items()}


def _prepare(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA secure_delete = ON")
