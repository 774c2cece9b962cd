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
from dataclasses import dataclass
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
            made = _next(ledger, signer, path, read_checkpoints(path))
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
    found: list[Checkpoint] = []
    if not path.exists():
        return found
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        one = _parsed(line)
        if one is None:
            continue
        before = found[-1] if found else None
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
        found.append(one)
    return found


def _next(ledger: "Ledger", signer: Signer, path: Path, before: list[Checkpoint]) -> Checkpoint:
    last = before[-1] if before else None
    key = ledger.keys.current()  # before the snapshot: what comes later is not written with an older one
    seen = {mark.run: mark for one in before for mark in one.runs}
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
    made = _parsed(canonical(body | {"signature": signer.sign(_TAG + canonical(body))}))
    assert made is not None
    return made


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
