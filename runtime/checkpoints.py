"""Signed checkpoints of the ledger, appended to a file in a second place: one line of canonical JSON each.

    checkpoint   its number, from 1 without gaps
    at           when it was made
    previous     SHA-256 of the line before (64 zeros for the first)
    key          the number of the ledger key that was in use
    total        how many runs the ledger had
    runs         [run, seq, digest, mac] of each run that has moved since the checkpoint before
    signature    Ed25519 over "deputy/checkpoint/1", a line break, and the canonical JSON of all the above

A line that was cut off while it was written is passed over; its number is given to the next.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from runtime.canonical import canonical
from runtime.chain import GENESIS, Keys, is_tip
from runtime.clock import stamp
from runtime.database import DATABASE_ERRORS
from runtime.errors import LedgerError
from runtime.keys import Signer, signed_by, sync_folder
from runtime.tables import RECORD, Mark, head_of, marks, snapshot

if TYPE_CHECKING:
    from runtime.home import Home
    from runtime.ledger import Ledger

_TAG = b"deputy/checkpoint/1\n"


@dataclass(frozen=True)
class Checkpoint:
    """How far each run had come that moved since the checkpoint before. `line` is it as written, signature and all."""

    number: int
    at: str
    previous: str
    key: int
    total: int
    runs: tuple[Mark, ...]
    signature: str
    line: bytes

    @property
    def digest(self) -> str:
        """What the next checkpoint names this one by."""
        return sha256(self.line).hexdigest()


def checkpoint(ledger: "Ledger", home: "Home") -> Checkpoint:
    """Append a checkpoint of all runs to the home's checkpoint file and return it, durable.

    Raises LedgerError if the ledger no longer holds what the last one saw: what is older or other is not signed.
    """
    path, signer = home.checkpoints, home.signer()
    try:
        with _locked(path) as file:
            made = _next(ledger, signer, path, _caught_up(path, file))
            _append(file, made.line)
    except OSError as error:
        raise LedgerError(
            f"the checkpoint file '{path}' cannot be written: {error.strerror or error}",
            remedy="free space or fix its folder, or name another with DEPUTY_CHECKPOINTS",
        ) from error
    return made


def read_checkpoints(path: Path, public: str | None = None) -> list[Checkpoint]:
    """The checkpoints in a file, in order; none if there is no file.

    Numbers and links are checked, and with the public key each signature. Raises LedgerError at the first wrong one.
    """
    if not path.exists():
        return []
    return list(_followed(path, path.read_bytes(), None, 1, public))


def _followed(
    path: Path, text: bytes, before: Checkpoint | None, first: int, public: str | None = None
) -> Iterator[Checkpoint]:
    """The checkpoints in a file's `text` from line `first` on, which follow the one `before` it."""
    for number, line in enumerate(text.split(b"\n"), start=first):
        one = _parsed(line)
        if one is None:
            continue
        expected = (before.number + 1, before.digest) if before else (1, GENESIS)
        if (one.number, one.previous) != expected:
            raise LedgerError(
                f"{path}:{number}: checkpoint {one.number} does not follow the one before it",
                remedy="lines were removed or changed; use another copy of the file",
            )
        if public is not None and not signed_by(public, _signed(one.line), one.signature):
            raise LedgerError(
                f"{path}:{number}: checkpoint {one.number} is not signed by the key given",
                remedy="use another copy of the file, or the public key of where it was made",
            )
        yield one
        before = one


@dataclass
class _Read:
    """What this process has read of a file: up to which byte and line, its newest checkpoint, the newest of a run."""

    file: tuple[int, int]
    end: int = 0
    lines: int = 0
    last: Checkpoint | None = None
    seen: dict[str, Mark] = field(default_factory=dict)

    def is_of(self, file: int) -> bool:
        """Whether that is the file that was read, and still ends there as it did."""
        status, line = os.fstat(file), self.last.line + b"\n" if self.last else b""
        return self.file == (status.st_dev, status.st_ino) and os.pread(file, len(line), self.end - len(line)) == line

    def go_on(self, path: Path, file: int) -> None:
        """Read what was appended since."""
        text = os.pread(file, os.fstat(file).st_size - self.end, self.end)
        for one in _followed(path, text, self.last, self.lines + 1):
            self.last = one
            self.seen.update((mark.run, mark) for mark in one.runs)
        self.end += len(text)
        self.lines += text.count(b"\n")


_read: dict[Path, _Read] = {}


def _caught_up(path: Path, file: int) -> _Read:
    """What the locked file says. What this process has read of it once is not read again, as a file of years is long.

    A file that was changed above its end is read as it was; 'deputy audit verify' reads all of it.
    """
    known = _read.pop(path, None)
    if known is None or not known.is_of(file):
        status = os.fstat(file)
        known = _Read((status.st_dev, status.st_ino))
    known.go_on(path, file)
    if known.last is None or known.is_of(file):  # not if its last line was cut off: another one will be begun after it
        _read[path] = known
    return known


def _next(ledger: "Ledger", signer: Signer, path: Path, before: _Read) -> Checkpoint:
    last, seen = before.last, before.seen
    key = ledger.keys.current()  # before the snapshot: what comes later is not written with an older one
    try:
        with snapshot(ledger.engine) as connection:
            now = marks(connection)
            moved = [mark for mark in now if seen.get(mark.run) != mark]
            _refuse_older(connection, path, last, seen, now, moved)
            _refuse_cut_off(connection, ledger.keys, moved)
    except DATABASE_ERRORS as error:
        raise LedgerError(f"the ledger cannot be read: {error}", remedy="see 'deputy audit verify'") from error
    body = {
        "checkpoint": last.number + 1 if last else 1,
        "at": max(stamp(ledger.clock.now()), last.at if last else ""),
        "previous": last.digest if last else GENESIS,
        "key": key,
        "total": len(now),
        "runs": moved,
    }
    made = _parsed(signed_line(signer, body))
    assert made is not None
    return made


def signed_line(signer: Signer, body: dict[str, Any]) -> bytes:
    """A checkpoint with this content and its signature, as it stands in the file."""
    return canonical(body | {"signature": signer.sign(_TAG + canonical(body))})


def _refuse_older(
    connection: Connection,
    path: Path,
    last: Checkpoint | None,
    seen: dict[str, Mark],
    now: list[Mark],
    moved: list[Mark],
) -> None:
    """Raise LedgerError unless all that was seen is still there, and what has moved has moved on from it."""
    there = {mark.run: mark.seq for mark in now}
    behind = next((run for run, mark in seen.items() if there.get(run, 0) < mark.seq), None)
    behind = behind or next((mark.run for mark in moved if not _moved_on(connection, seen.get(mark.run))), None)
    if behind is not None and last is not None:
        raise LedgerError(
            f"run {behind}: the ledger does not hold what checkpoint {last.number} of {last.at} saw",
            remedy=f"see 'deputy audit verify'; restore the newest copy, or move '{path}' away to go on with this",
        )


def _refuse_cut_off(connection: Connection, keys: Keys, moved: list[Mark]) -> None:
    """Raise LedgerError unless what is the end of each run was written as its end."""
    for mark in moved:
        head = head_of(connection, mark.run)
        if head is None or not is_tip(keys, mark.digest, head.tip):
            raise LedgerError(
                f"run {mark.run}: what is its last record was not the last written, and is not signed",
                remedy="see 'deputy audit verify'; restore the newest copy",
            )


def _moved_on(connection: Connection, mark: Mark | None) -> bool:
    if mark is None:
        return True
    query = select(RECORD.c.mac).where(RECORD.c.run == mark.run, RECORD.c.seq == mark.seq)
    return connection.execute(query).scalar() == mark.mac


def _parsed(line: bytes) -> Checkpoint | None:
    """The checkpoint on a line, or None for what is no whole line of one."""
    try:
        body: dict[str, Any] = json.loads(line)
        runs = tuple(Mark(*mark) for mark in body["runs"])
        return Checkpoint(
            body["checkpoint"],
            body["at"],
            body["previous"],
            body["key"],
            body["total"],
            runs,
            body["signature"],
            line,
        )
    except (ValueError, TypeError, KeyError):
        return None


def _signed(line: bytes) -> bytes:
    """What the signature on a line is over."""
    body = json.loads(line)
    del body["signature"]
    return _TAG + canonical(body)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file, opened to append, with nobody else about to. It is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)
    sync_folder(path.parent)


def _append(file: int, line: bytes) -> None:
    size = os.fstat(file).st_size
    cut_off = size > 0 and os.pread(file, 1, size - 1) != b"\n"
    rest = (b"\n" if cut_off else b"") + line + b"\n"
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)
