"""Mail that needs no account: an outbox and a folder of drafts, whose files a person can open.

    <folder>/outbox/new/0001-ann@mail.example-3fa9c21b04de.eml
    <folder>/drafts/new/0002-bob@mail.example-77b0e1d5c9aa.eml
    <folder>/mail.sqlite                 which Message-IDs are kept, and in which order

Both folders are Maildirs, so that a mail program can read them too. The index remembers a mail that was moved or thrown
away: a draft that a person discarded does not come back.
"""

import hashlib
import os
import re
from collections.abc import Collection, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import chain
from pathlib import Path
from typing import Literal

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from runtime.database import make_tables, open_database, read, write
from runtime.errors import UsageError
from runtime.traces import Traces

Box = Literal["outbox", "drafts"]

_METADATA = MetaData()
_KEPT = Table(
    "kept",
    _METADATA,
    Column("box", String(8), primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("n", Integer, nullable=False, unique=True),
    Column("file", Text, nullable=False),
)


class MaildirMailbox:
    """Keeps what is sent below `folder`; nothing leaves the machine. Safe for several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = mail_index(folder)

    def send(self, message: EmailMessage) -> bool:
        """Put the mail into the outbox, once per Message-ID, on the disk before this returns."""
        return self._keep("outbox", message)

    def draft(self, message: EmailMessage) -> bool:
        """Put the mail into the drafts. False if the same draft was there before, also if it was thrown away since."""
        return self._keep("drafts", message)

    def sent(self, only: Collection[str] | None = None) -> list[EmailMessage]:
        """The mails in the outbox, in the order they were sent; `only` those with these Message-IDs."""
        return list(self._messages("outbox", only))

    def sent_ids(self) -> set[str]:
        """The Message-IDs of all that was put into the outbox, also of mails that a person has thrown away since."""
        with read(self._index) as connection:
            return set(connection.execute(select(_KEPT.c.message_id).where(_KEPT.c.box == "outbox")).scalars())

    def drafts(self, only: Collection[str] | None = None) -> list[EmailMessage]:
        """The drafts that are still there, oldest first; `only` those with these Message-IDs."""
        return list(self._messages("drafts", only))

    def has_sent(self, message_id: str) -> bool:
        """Whether a mail with that Message-ID was put into the outbox."""
        with read(self._index) as connection:
            return connection.execute(_row("outbox", message_id)).first() is not None

    def erase(self, traces: Traces, *, dry_run: bool = False) -> int:
        """Remove every mail and draft that names the person; how many it were. None of them is made again."""
        gone = [path for path in sorted(self._folder.rglob("*.eml*")) if names(path, traces)]
        if dry_run:
            return len(gone)
        with write(self._index) as connection:
            for row in connection.execute(select(_KEPT)).mappings().all():
                if traces.named_in(row["file"]) or any(path.name.startswith(row["file"]) for path in gone):
                    this = (_KEPT.c.box == row["box"]) & (_KEPT.c.message_id == row["message_id"])
                    connection.execute(update(_KEPT).where(this).values(file=f"{row['n']:04d}-erased.eml"))
        for path in gone:
            path.unlink()
        return len(gone)

    def settle(self, message_id: str, *, left: bool) -> None:
        """Nothing: what is in the outbox is known without a person."""

    def withdraw(self, message_id: str) -> bool:
        """Take the draft out of the folder and the index. False if a person has moved it, sent it or thrown it away."""
        with write(self._index) as connection:
            query = select(_KEPT.c.file).where(_KEPT.c.box == "drafts", _KEPT.c.message_id == message_id)
            file = connection.execute(query).scalar_one_or_none()
            path = self._path("drafts", file) if file else None
            if path is None:
                return False
            path.unlink()
            connection.execute(delete(_KEPT).where(_KEPT.c.box == "drafts", _KEPT.c.message_id == message_id))
            return True

    def close(self) -> None:
        """Let go of the index. The mailbox can still be used."""
        self._index.dispose()

    def _keep(self, box: Box, message: EmailMessage) -> bool:
        message_id = identity(message)
        mark = hashlib.sha256(message_id.encode()).hexdigest()[:12]
        with write(self._index) as connection:  # one writer at a time: what is not in the index is not being written
            if connection.execute(_row(box, message_id)).first():
                return False
            n = connection.execute(select(func.coalesce(func.max(_KEPT.c.n), 0) + 1)).scalar_one()
            left_over = self._path(box, f"*-{mark}.eml")  # by a crash between file and index
            file = _key(left_over) if left_over else f"{n:04d}-{_file_part(message)}-{mark}.eml"
            if not left_over:
                _deliver(self._folder / box, file, readable(message))
            connection.execute(insert(_KEPT).values(box=box, message_id=message_id, n=n, file=file))
            return not left_over

    def _messages(self, box: Box, only: Collection[str] | None) -> Iterator[EmailMessage]:
        query = select(_KEPT.c.file).where(_KEPT.c.box == box).order_by(_KEPT.c.n)
        with read(self._index) as connection:
            found = connection.execute(query if only is None else query.where(_KEPT.c.message_id.in_(only)))
            files = found.scalars().all()
        for path in (self._path(box, file) for file in files):
            if path:
                yield message_from_bytes(path.read_bytes(), policy=default)

    def _path(self, box: Box, file: str) -> Path | None:
        """Where that file lies now: a mail program moves what it has seen to `cur`, and adds marks to its name."""
        fresh, seen = self._folder / box / "new", self._folder / box / "cur"
        return next(chain(fresh.glob(file), seen.glob(f"{file}*")), None)


def readable(message: EmailMessage) -> bytes:
    """The mail with its words as they are read, in UTF-8, rather than as they would be packed for the way."""
    copy = message_from_bytes(message.as_bytes(), policy=default)
    for part in copy.walk():
        if part.get_content_type() == "text/plain" and isinstance(part, EmailMessage):
            part.set_content(part.get_content(), cte="8bit")
    return copy.as_bytes()


def names(path: Path, traces: Traces) -> bool:
    """Whether the mail in a file names the person: in its headers, its text, what is attached, or the file's name."""
    data = path.read_bytes()
    message = message_from_bytes(data, policy=default)
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    texts = [str(part.get_content()).replace("\r\n ", "").replace("\n ", "") for part in parts]
    return traces.named_in("\n".join([path.name, *(str(value) for value in message.values()), *texts]))


def mail_index(folder: Path) -> Engine:
    """The index beside the mails below `folder`, made if it is not there."""
    engine = open_database(f"sqlite:///{folder / 'mail.sqlite'}")
    make_tables(engine, _METADATA)
    return engine


def identity(message: EmailMessage) -> str:
    """The mail's Message-ID. Raises UsageError without one: it could not be told from any other mail."""
    message_id = str(message["Message-ID"] or "").strip()
    if not message_id:
        raise UsageError("a mail without Message-ID cannot be sent once", remedy="set its 'Message-ID' header")
    return message_id


def addresses(message: EmailMessage, *headers: str) -> list[str]:
    """The addresses in those headers, without names."""
    found = [header for name in headers for header in message.get_all(name, [])]
    return [address.addr_spec for header in found for address in header.addresses]


def _row(box: Box, message_id: str) -> Select[tuple[int]]:
    return select(_KEPT.c.n).where(_KEPT.c.box == box, _KEPT.c.message_id == message_id)


def _key(path: Path) -> str:
    """The file's name without the marks of mail programs."""
    return path.name.partition(":")[0]


def _file_part(message: EmailMessage) -> str:
    """Whom the mail is for, in characters that are safe in a file name."""
    to = [*addresses(message, "To"), "nobody"][0]
    return re.sub(r"[^A-Za-z0-9@._+-]", "_", to).lstrip(".")[:80]


def _deliver(maildir: Path, name: str, content: bytes) -> None:
    """Write as Maildir asks: whole in tmp, then by its name in new; both the file and the name are on the disk."""
    for part in ("tmp", "new", "cur"):
        (maildir / part).mkdir(parents=True, exist_ok=True)
    for left in (maildir / "tmp").iterdir():  # by a killed process: there is one writer at a time
        left.unlink()
    fresh = maildir / "tmp" / name
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(maildir / "new" / name)
    folder = os.open(maildir / "new", os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
