"""What is wrong with content that is about to leave: findings for the gate, each with where it stands.

    kind      severity  what
    secret    deny      a configured value, plain or in disguise; a well-known form of key
    unread    deny      a text too long to be looked through
    hidden    ask       characters that a reader does not see
    link      ask       a link to a host that nothing trusted named, or that shows another than it leads to
    person    ask       an address, number or name of somebody who is no party
    encoded   ask       a long run of base64 or hex
    data      ask       a file inside a `data:` link
    oversize  ask       more characters than the tool is meant to carry

It finds what a model hides, not all that could be hidden: a cipher of its own passes. Time grows with the length.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from guard.bystanders import People
from guard.credentials import Secrets, masked, secrets_in, secrets_of, spread
from guard.disguise import bare, hidden, spelled, visible
from guard.labels import leaves
from guard.links import links_in
from runtime.canonical import plain

Severity = Literal["ask", "deny"]
What = Literal["secret", "unread", "hidden", "link", "person", "encoded", "data", "oversize"]

LONGEST = 1_000_000  # characters that are looked through
_EACH = 20  # findings of one kind in one place
_SHOWN = 160

_DATA = re.compile(r"(?<![a-z])data:[a-z0-9.+/-]{0,80}(?:;[a-z0-9.=+-]{1,60}){0,5},", re.IGNORECASE)
_RUN = re.compile(r"[A-Za-z0-9+/_=-]{60,}")
_CHUNKS = re.compile(r"[A-Za-z0-9+/_=-]{4,}(?=\s|\Z)")
_PAIRS = re.compile(r"(?:[0-9a-fA-F]{2}[\s:,-]{1,2}){30}")
_ENOUGH = 60  # characters of code in pieces
_VARIED = 8  # different characters; a ruled line has fewer
_PIECE = re.compile(r"[A-Za-z]?[a-z]{0,19}|\d{1,8}|[A-Z]{1,12}")


@dataclass(frozen=True)
class Finding:
    """One thing that should not leave unseen. `where` is the path of the argument; `shown` never repeats a secret."""

    kind: What
    where: str
    shown: str
    severity: Severity


def findings(
    content: Any,
    *,
    parties: Collection[str],
    trusted_hosts: Collection[str],
    secrets: Collection[str],
    others: Collection[str],
    limit: int,
) -> tuple[Finding, ...]:
    """Everything to say about a text or nested arguments, in their order; what must not leave comes first.

    `parties` are addresses, numbers and names of those concerned, `others` of everybody else who is known.
    """
    known = secrets_of(tuple(sorted(set(secrets))))
    people = People(parties, others)
    content = plain(content)
    texts = [(".".join(path), text) for path, text in _texts(content)]
    found = list(_of_all(content, sum(len(text) for _, text in texts), known, limit))
    for where, text in texts:
        place = visible(masked(where, known))
        found += [_finding(what, place, said, known) for what, said in _of_one(text, people, trusted_hosts, known)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.severity != "deny"))


def _texts(content: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text in `content` with its path; the keys of a mapping leave too, and stand at the mapping's own path."""
    keys: dict[tuple[str, ...], None] = {}
    for path, leaf in leaves(content):
        for depth in range(1, len(path) + 1):
            if path[:depth] not in keys and not path[depth - 1].isdigit():
                keys[path[:depth]] = None
                yield path[: depth - 1], path[depth - 1]
        yield path, _written(leaf)


def _written(leaf: Any) -> str:
    return leaf.decode("latin-1") if isinstance(leaf, bytes) else str(leaf)


def _of_all(content: Any, size: int, known: Secrets, limit: int) -> Iterator[Finding]:
    if size > limit:
        yield Finding("oversize", "", f"{size:,} characters, more than {limit:,}", "ask")
    texts = [_written(leaf) for _, leaf in leaves(content)]
    if spread([text for text in texts if len(text) <= LONGEST], known):
        yield Finding("secret", "", "a configured secret, spread over several arguments", "deny")


def _of_one(text: str, people: People, hosts: Collection[str], known: Secrets) -> Iterator[tuple[What, str]]:
    if len(text) > LONGEST:
        yield "unread", f"{len(text):,} characters are too many to look through"
        return
    yield from (("secret", said) for said in secrets_in(text, known))
    if said := _unseen(text):
        yield "hidden", said
    yield from (("link", f"{link.host} ({link.why})") for link in islice(links_in(text, hosts), _EACH))
    yield from (("person", one) for one in islice(people.found_in(text), _EACH))
    seen = bare(text)
    if _DATA.search(seen):
        yield "data", "a file inside a 'data:' link"
    if size := _encoded(seen):
        yield "encoded", f"{size} characters that no person reads"


def _finding(what: What, where: str, said: str, known: Secrets) -> Finding:
    severity: Severity = "deny" if what in ("secret", "unread") else "ask"
    return Finding(what, where, visible(masked(said, known))[:_SHOWN], severity)


def _unseen(text: str) -> str:
    """How many characters of which sort are not seen, and what they spell."""
    counted: dict[str, int] = {}
    for one in hidden(text):
        counted[one.sort] = counted.get(one.sort, 0) + 1
    if not counted:
        return ""
    listed = ", ".join(f"{count} {sort}" for sort, count in sorted(counted.items()))
    spells = spelled(text)[:60]
    return f"characters that are not seen: {listed}" + (f"; they spell '{spells}'" if spells else "")


def _encoded(text: str) -> int:
    """How long the longest piece of base64 or hex is, whole or in pieces; 0 if there is none worth a look."""
    runs = [run for run in _RUN.findall(text) if len(set(run)) >= _VARIED and not _like_words(run)]
    longest = max(map(len, runs), default=0)
    pairs = _PAIRS.search(text)
    return max(longest, _in_pieces(text), len(pairs.group()) if pairs else 0)


def _in_pieces(text: str) -> int:
    """How long the longest row of pieces of code is that only spaces divide; 0 if it is short."""
    longest, length, tail, end = 0, 0, "", 0
    for piece in _CHUNKS.finditer(text):
        if _like_words(piece.group()):
            continue
        near = text[end : piece.start()].isspace()
        length = len(piece.group()) + (length if near else 0)
        tail = (tail + piece.group())[-_ENOUGH:]
        end = piece.end()
        if length >= _ENOUGH and len(set(tail)) >= _VARIED:
            longest = max(longest, length)
    return longest


def _like_words(run: str) -> bool:
    """Whether a run is words, numbers or a ruled line rather than code."""
    return all(_PIECE.fullmatch(piece) for piece in re.split(r"[+/_=-]+", run))
