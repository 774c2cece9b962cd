"""Whom an erasure, an export or a retention is about: found by id, address or name, over all worlds of a home."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crews.contacts import contacts_in
from crews.people import names_of
from runtime.clock import SystemClock
from runtime.database import Engine, open_database
from runtime.errors import ConfigError, UsageError
from runtime.home import Home
from runtime.memory import Memory
from runtime.settings import Settings
from runtime.subjects import Vault
from runtime.traces import Traces
from tools.backends.agenda_sqlite import SqliteAgenda
from tools.backends.ats_sql import SqlAts
from tools.backends.crm_sql import CrmBook
from tools.backends.mail_maildir import MaildirMailbox

_KINDS = ("records.sqlite", "calendars.sqlite", "memory.sqlite", "crm.sqlite")
INDEXES = ("documents.sqlite", "code.sqlite")
"""Databases of a world that are made anew at the next question."""


@dataclass(frozen=True)
class Person:
    """One person: the subjects that they are in the vault, and everything they alone are called."""

    subjects: tuple[str, ...]
    traces: Traces


@dataclass(frozen=True)
class Embedded:
    """What a world keeps in its own folder, or all worlds in one PostgreSQL database; None for what is not there.

    `others` are databases of other kinds, with the names of their tables where not all of them are ours.
    """

    folder: Path | None
    ats: SqlAts | None = None
    agenda: SqliteAgenda | None = None
    mailbox: MaildirMailbox | None = None
    memory: Memory | None = None
    crm: CrmBook | None = None
    others: Sequence[tuple[Engine, Collection[str] | None]] = ()


@contextmanager
def embedded(folder: Path) -> Iterator[Embedded]:
    """The embedded backends of a world, without making one that is not there."""
    with ExitStack() as opened:

        def engine(name: str) -> Engine:
            found = open_database(f"sqlite:///{folder / name}")
            opened.callback(found.dispose)
            return found

        ats = SqlAts(engine("records.sqlite")) if (folder / "records.sqlite").exists() else None
        agenda = None
        if (folder / "calendars.sqlite").exists():
            agenda = SqliteAgenda(engine("calendars.sqlite"), {})
        mailbox = MaildirMailbox(folder / "mail") if (folder / "mail" / "mail.sqlite").exists() else None
        if mailbox:
            opened.callback(mailbox.close)
        memory = Memory(engine("memory.sqlite")) if (folder / "memory.sqlite").exists() else None
        crm = CrmBook(engine("crm.sqlite"), SystemClock()) if (folder / "crm.sqlite").exists() else None
        rest = [path.name for path in sorted(folder.glob("*.sqlite")) if path.name not in (*_KINDS, *INDEXES)]
        yield Embedded(folder, ats, agenda, mailbox, memory, crm, [(engine(one), None) for one in rest])


@contextmanager
def shared(url: str) -> Iterator[Embedded]:
    """The records of all worlds in the database at `url`: applicants, customers, orders and memory."""
    engine = open_database(url)
    try:
        crm = CrmBook(engine, SystemClock())
        yield Embedded(None, SqlAts(engine), memory=Memory(engine), crm=crm, others=[(engine, ("purchase_order",))])
    finally:
        engine.dispose()


def stores(home: Home, settings: Settings, environ: Mapping[str, str] = os.environ) -> Iterator[Embedded]:
    """All places of a home where data of people is kept, each open until the next one is asked for.

    Raises ConfigError if records are in PostgreSQL and nothing says where.
    """
    if settings.records == "postgres":
        if not environ.get("RECORDS_URL"):
            raise ConfigError("records are in PostgreSQL, and RECORDS_URL is not set", remedy="set it in .env")
        with shared(environ["RECORDS_URL"]) as found:
            yield found
    for folder in worlds_of(home):
        with embedded(folder) as found:
            yield found


def worlds_of(home: Home) -> list[Path]:
    """The folders of all worlds."""
    folder = home.root / "worlds"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def meet(home: Home, vault: Vault, settings: Settings) -> None:
    """Let the vault know everybody whom records hold and no run has sealed anything for."""
    for place in stores(home, settings):
        scope = place.folder.name.partition("-")[0] if place.folder else ""
        found = {one["id"]: names_of(one) for one in candidates_in(place.ats)} if place.ats else {}
        found |= contacts_in(place.crm) if place.crm else {}
        vault.know_all({who: called for who, called in found.items() if vault.reference(who) is None}, scope)


def candidates_in(ats: SqlAts) -> Iterator[dict[str, Any]]:
    """Every applicant record."""
    return (one for position in ats.positions() for one in ats.candidates(position["position"]))


def find_person(vault: Vault, words: Sequence[str]) -> Person:
    """The person meant by ids, addresses or names. Raises UsageError for nobody, and for a name of several people.

    An id means one application, an address all that gave it: whoever gives somebody else's address is not them.
    """
    subjects: set[str] = set()
    for word in words:
        found = vault.who(word)
        if not found:
            raise UsageError(
                f"nothing is held about '{word}'", remedy="name a candidate's id, a mail address, or a whole name"
            )
        if len(found) > 1 and "@" not in word and len({frozenset(_mails(vault, one)) for one in found}) > 1:
            listed = ", ".join(f"{one} ({', '.join(sorted(_mails(vault, one))) or 'no address'})" for one in found)
            raise UsageError(f"'{word}' is the name of several: {listed}", remedy="name them by id, all that are meant")
        subjects |= found
    return person_of(vault, subjects)


def person_of(vault: Vault, subjects: set[str] | frozenset[str]) -> Person:
    """The person that these subjects are, with what nobody else is called."""
    names = vault.names()
    own = {name for one in subjects for name in vault.called(one) if names[name] <= subjects}
    return Person(tuple(sorted(subjects)), Traces.of(own))


def _mails(vault: Vault, subject: str) -> set[str]:
    """The addresses somebody is called by; an interview's id looks like one, and is none."""
    return {one for one in vault.called(subject) if "@" in one and "-" not in one.partition("@")[0][:9]}
