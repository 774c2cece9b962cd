"""Whom an erasure, an export or a retention is about: found by id, address or name, over all worlds of a home."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crews.people import names_of
from runtime.database import Engine, open_database
from runtime.errors import UsageError
from runtime.home import Home
from runtime.memory import Memory
from runtime.subjects import Vault
from runtime.traces import Traces
from tools.backends.agenda_sqlite import SqliteAgenda
from tools.backends.ats_sql import SqlAts
from tools.backends.mail_maildir import MaildirMailbox


@dataclass(frozen=True)
class Person:
    """One person: the subjects that they are in the vault, and everything they alone are called."""

    subjects: tuple[str, ...]
    traces: Traces


@dataclass(frozen=True)
class Embedded:
    """What a world keeps in its own folder; None for what is kept in a real system."""

    folder: Path
    ats: SqlAts | None
    agenda: SqliteAgenda | None
    mailbox: MaildirMailbox | None
    memory: Memory | None


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
        yield Embedded(folder, ats, agenda, mailbox, memory)


def worlds_of(home: Home) -> list[Path]:
    """The folders of all worlds."""
    folder = home.root / "worlds"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def meet(home: Home, vault: Vault) -> None:
    """Let the vault know everybody whom the worlds' records hold and no run has sealed anything for."""
    for folder in worlds_of(home):
        with embedded(folder) as world:
            if world.ats is None:
                continue
            for position in world.ats.positions():
                for record in world.ats.candidates(position["position"]):
                    if vault.reference(record["id"]) is None:
                        vault.know(record["id"], names_of(record), folder.name.partition("-")[0])


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
