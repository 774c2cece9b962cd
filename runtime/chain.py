"""The chain of a run: what a record's digest and mac are taken over, and what a walk along it finds.

    digest = SHA-256 of the JSON array ["deputy/record/1", digest before, key, run, seq, at, kind, body]
    mac    = HMAC-SHA256 of the digest, with the key of that number
    tip    = HMAC-SHA256 of "deputy/tip/1 " and the digest, with the same key; only a run's head has it

`body` is the canonical JSON text (RFC 8785) exactly as it is stored, as a string of the array. The digest before the
first record is 64 zeros. Digests can be recomputed by anybody who has the records; macs only by who has the keys.
The tip says that no record came after: whoever cuts a run's end off has the macs of what remains, and not the tip.

    flaw         what a walk found
    changed      a record is not what was written with its key
    key          a record names a key that is not there, or an older one than was in use
    gap          a number is missing
    duplicate    a number is there twice
    type         a value is stored as another type, such as bytes for text
    head         the head says something else than the records: the end is cut off, or the head was edited
    lost         a run has a head and no records
    checkpoint   a record is not what a checkpoint signed: the chain was computed anew
    truncated    a run ends before where a checkpoint saw it
    missing      a run that a checkpoint saw is not there, or fewer are there than were begun
    older        all of that at once: the whole ledger is an older copy
"""

import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from json import JSONDecodeError, JSONEncoder, loads
from typing import Any, Literal, NamedTuple, Protocol

from runtime.canonical import canonical
from runtime.records import STATE_AFTER

GENESIS = "0" * 64
_TAG = "deputy/record/1"
_ENCODE = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

FlawKind = Literal[
    "changed",
    "key",
    "gap",
    "duplicate",
    "type",
    "head",
    "lost",
    "checkpoint",
    "truncated",
    "missing",
    "older",
]


class Keys(Protocol):
    """The ledger's keys, by number."""

    def current(self) -> int:
        """The number of the key to write with."""
        ...

    def key(self, number: int) -> bytes | None:
        """The key of that number, or None if it is not there."""
        ...


class Row(NamedTuple):
    """One record as it is stored; `body` is its JSON text, `key` the number of the key that `mac` was made with."""

    run: str
    seq: int
    at: str
    kind: str
    body: str
    key: int
    mac: str


class Head(NamedTuple):
    """The head of a run as it is stored."""

    run: str
    seq: int
    digest: str
    mac: str
    state: str
    started: str
    updated: str
    goal: str
    scenario: str
    tip: str = ""


_TYPES = tuple(Row.__annotations__[name] for name in Row._fields)


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong: of which kind, in which run, at which record (0: the run as a whole)."""

    kind: FlawKind
    run: str
    seq: int
    text: str


@dataclass
class Findings:
    """What was looked at, and what was found: of each kind the first flaw, and how many there are."""

    runs: int = 0
    records: int = 0
    first: dict[FlawKind, Flaw] = field(default_factory=dict)
    counts: Counter[FlawKind] = field(default_factory=Counter)

    def add(self, kind: FlawKind, run: Any, seq: int, text: str) -> None:
        """Keep the flaw if it is the first of its kind; count it."""
        self.first.setdefault(kind, Flaw(kind, str(run), seq, text))
        self.counts[kind] += 1

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """The first flaw of each kind, as they were found."""
        return tuple(self.first.values())


@dataclass(frozen=True)
class Signed:
    """What checkpoints say of one run: `digests` by record number, `floor` the least key after the last of them."""

    digests: Mapping[int, str] = field(default_factory=dict)
    floor: int = 0
    seen: Callable[[int, bool], None] = lambda seq, same: None


def digest_of(previous: str, row: Row) -> str:
    """The digest of a record that follows the one with the digest `previous`."""
    content = _ENCODE([_TAG, previous, row.key, row.run, row.seq, row.at, row.kind, row.body])
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def mac_of(key: bytes, digest: str) -> str:
    """The mac of a record, made with a key as `Keys.key` gives it."""
    return hmac.digest(key, digest.encode(), "sha256").hex()


def tip_of(key: bytes, digest: str) -> str:
    """What proves that the record with that digest is the newest of its run."""
    return hmac.digest(key, f"deputy/tip/1 {digest}".encode(), "sha256").hex()


def is_tip(keys: Keys, digest: str, tip: str) -> bool:
    """Whether the tip was made for that digest with one of the keys; the newest is tried first."""
    made = (tip_of(key, digest) for number in range(keys.current(), 0, -1) if (key := keys.key(number)))
    return any(_same(tip, one) for one in made)


def goal_text(goal: Any) -> str:
    """A goal as the head keeps it: text as it is, a sealed one as canonical JSON."""
    return goal if isinstance(goal, str) else canonical(goal).decode()


class Walk:
    """One run's chain, taken record by record. Without keys only digests are recomputed; `signed` says what they were.

    After the first record that is not what was written, the rest of the run is not compared any more, only counted.
    """

    def __init__(self, run: str, keys: Keys | None, signed: Signed, found: Findings) -> None:
        self._run = run
        self._keys = keys
        self._signed = signed
        self._last_signed = max(signed.digests, default=0)
        self._found = found
        self._row: Row | None = None
        self._broken = False
        self._seq = 0
        self.digest = GENESIS
        self._head: dict[str, Any] = {}
        found.runs += 1

    def take(self, row: Row) -> None:
        """The next record, by number."""
        self._found.records += 1
        if tuple(map(type, row)) != _TYPES:
            wrong = next(
                name for name, value, kind in zip(Row._fields, row, _TYPES, strict=True) if type(value) is not kind
            )
            self._flaw("type", self._seq + 1, f"its '{wrong}' is stored as {type(getattr(row, wrong)).__name__}")
        elif row.seq <= self._seq:
            self._flaw("duplicate", row.seq, "is there twice")
        else:
            if row.seq != self._seq + 1:
                self._flaw("gap", self._seq + 1, "is missing")
            self._seq = row.seq
            if not self._broken:
                self._check(row)
            if row.seq in self._signed.digests:
                self._signed.seen(row.seq, not self._broken and self.digest == self._signed.digests[row.seq])

    def end(self, head: Head | None) -> None:
        """The records are over: what the head says must be what they say."""
        if self._row is None or self._broken:
            return
        says = {**self._head, "seq": self._row.seq, "digest": self.digest, "mac": self._row.mac}
        if head is None:
            self._flaw("head", self._row.seq, "is the last, and the run has no head")
            return
        there = head._asdict()
        if (head.seq, head.digest, head.mac) != (says["seq"], says["digest"], says["mac"]):
            self._flaw("head", self._row.seq, f"is the last there, and the head says it is {head.seq}")
        elif wrong := [name for name, value in says.items() if there[name] != value]:
            self._flaw("head", self._row.seq, f"says another '{wrong[0]}' than the head")
        elif (key := self._keys and self._keys.key(self._row.key)) and not _same(head.tip, tip_of(key, self.digest)):
            self._flaw("head", self._row.seq, "is the last there, and was not the last written: the end was cut off")

    def _check(self, row: Row) -> None:
        floor = self._signed.floor if row.seq > self._last_signed else 0
        if row.key < max(floor, self._row.key if self._row else 0):
            self._flaw("key", row.seq, f"was written with key {row.key}, when a newer one was in use")
            return
        self.digest = digest_of(self.digest, row)
        if self._keys is not None:
            key = self._keys.key(row.key)
            if key is None:
                self._flaw("key", row.seq, f"was written with key {row.key}, which is not there")
                return
            if not _same(row.mac, mac_of(key, self.digest)):
                self._flaw("changed", row.seq, "is not what was written")
                return
        self._summarise(row)
        self._row = row

    def _summarise(self, row: Row) -> None:
        if self._row is None:
            self._head = {"started": row.at, "state": "running"} | _said(row.body)
        self._head["updated"] = row.at
        self._head["state"] = STATE_AFTER.get(row.kind, self._head["state"])

    def _flaw(self, kind: FlawKind, seq: int, text: str) -> None:
        self._broken = True
        self._found.add(kind, self._run, seq, f"record {seq} {text}")


def _same(there: object, made: str) -> bool:
    return isinstance(there, str) and hmac.compare_digest(there.encode("utf-8", "replace"), made.encode())


def _said(body: str) -> dict[str, str]:
    try:
        first = loads(body)
        return {"goal": goal_text(first["goal"]), "scenario": first.get("scenario") or ""}
    except (JSONDecodeError, KeyError, TypeError, AttributeError):
        return {}  # only without keys: with them it would not be what was written
