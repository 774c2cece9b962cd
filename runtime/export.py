"""Records in a file that anybody can check, without the database and without the ledger's keys.

FILE is JSON lines: one that opens it, one per record in order of run and number, after each run one for its head, and
one that closes it. FILE.sig is the detached signature.

    {"export": "deputy/export/1", "at", "only"}            `only` is the run that was asked for, null for all of them
    {"run", "seq", "at", "kind", "body", "key", "mac"}     `body` is JSON text: the digest is over it as it stands
    {"head": run, "seq", "digest", "mac", "state", "started", "updated", "goal", "scenario", "tip"}
    {"end": "deputy/export/1", "runs", "records"}

    FILE.sig: {"format": "deputy/export/1", "sha256", "public", "signature"}

The signature is Ed25519 over "deputy/export/1", a line break, and the SHA-256 of FILE in hex. Digests are those of
runtime.chain, so that an export can also be held against checkpoints that were made before it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime import audit
from runtime.canonical import canonical
from runtime.chain import Findings, Head, Row
from runtime.clock import stamp
from runtime.errors import LedgerError, UsageError
from runtime.keys import Signer, signed_by
from runtime.scratch import replacing

if TYPE_CHECKING:
    from runtime.checkpoints import Checkpoint
    from runtime.ledger import Ledger

FORMAT = "deputy/export/1"
_NOT_AN_EXPORT = "export again with 'deputy audit export', and copy both files"


@dataclass(frozen=True)
class Exported:
    """What was written, and where."""

    path: Path
    signature: Path
    runs: int
    records: int


def export(ledger: "Ledger", signer: Signer, path: Path, run: str | None = None) -> Exported:
    """Write all runs, or one, to `path` and the signature beside it. Only what verifies is signed."""
    try:
        with replacing(path) as file:
            writer = _Writer(file.write)
            writer.line({"export": FORMAT, "at": stamp(ledger.clock.now()), "only": run})
            found = audit.verify(ledger.engine, ledger.keys, run, watch=writer.record, ended=writer.head)
            writer.line({"end": FORMAT, "runs": found.runs, "records": found.records})
            for flaw in found.flaws:
                problem = f"run {flaw.run}: {flaw.text}; nothing is exported"
                raise LedgerError(problem, remedy="see 'deputy audit verify'")
            signature = signature_of(path)
            signature.write_bytes(_signature(signer, writer.sha.hexdigest()) + b"\n")
    except OSError as error:
        raise LedgerError(f"'{path}' cannot be written: {error.strerror}", remedy="choose another with -o") from error
    return Exported(path, signature, found.runs, found.records)


def verify_export(path: Path, public: str, checkpoints: "Iterable[Checkpoint]" = ()) -> Findings:
    """What a walk along the export's chains finds. Raises LedgerError unless it is whole and signed by that key."""
    try:
        with path.open("rb") as file:
            actual = sha256()
            while some := file.read(1 << 20):
                actual.update(some)
        signature = json.loads(signature_of(path).read_bytes())
        given, signed = signature["sha256"], signature["signature"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"'{path}' and its .sig cannot be read: {error}", remedy=_NOT_AN_EXPORT) from error
    if given != actual.hexdigest():
        raise LedgerError(f"'{path}' is not what was signed", remedy=_NOT_AN_EXPORT)
    if not signed_by(public, _content(given), str(signed)):
        raise LedgerError(
            f"'{path}' is not signed by the key given", remedy="use the public key of where it was exported"
        )
    with path.open("rb") as file:
        reader = _Reader(file)
        runs = list(checkpoints)
        found = audit.held_against(reader.records(), reader.head, None, runs, reader.only)
    if reader.end != {"end": FORMAT, "runs": found.runs, "records": found.records}:
        raise LedgerError(f"'{path}' does not end as it says", remedy=_NOT_AN_EXPORT)
    return found


def signature_of(path: Path) -> Path:
    """Where the signature of an export is."""
    return path.with_name(f"{path.name}.sig")


def _signature(signer: Signer, digest: str) -> bytes:
    signature = signer.sign(_content(digest))
    return canonical({"format": FORMAT, "sha256": digest, "public": signer.public, "signature": signature})


def _content(digest: str) -> bytes:
    return f"{FORMAT}\n{digest}".encode()


class _Writer:
    """Writes lines, and keeps the digest of all of them."""

    def __init__(self, write: Any) -> None:
        self._write = write
        self.sha = sha256()

    def line(self, value: dict[str, Any]) -> None:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        self._write(text)
        self.sha.update(text)

    def record(self, row: Row) -> None:
        if all(type(value) in (str, int) for value in row):  # what is not will be found, and nothing is signed
            self.line(row._asdict())

    def head(self, head: Head) -> None:
        values = head._asdict()
        self.line({"head": values.pop("run"), **values})


class _Reader:
    """Reads lines as records; each run's head follows them."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = map(json.loads, lines)
        first: dict[str, Any] = next(self._lines, {})
        self.only: str | None = first.get("only")
        self._heads: dict[str, Head] = {}
        self.end: dict[str, Any] | None = None

    def records(self) -> Iterator[Row]:
        for line in self._lines:
            if "head" in line:
                run = line.pop("head")
                self._heads = {run: Head(run, **line)}
            elif "run" in line:
                yield Row(**line)
            elif "end" in line:
                self.end = line

    def head(self, run: str) -> Head | None:
        return self._heads.get(run)
