"""One form per value, so that equal things compare equal and look-alikes do not.

    kind    written as                              normal text
    mail    Ann Lee <Ann@House.example>             ann@house.example
    url     HTTPS://House.example:443/a/./b         https://house.example/a/b
    phone   +49 (0)30 1234567, 0049 30 1234567      +49301234567
    path    ./docs//a/../b.txt                      docs/b.txt
    time    2027-03-16T15:00:00+01:00               2027-03-16T14:00:00Z
    number  12, "12", 12.0                          12
    bool    true (no text)                          true
    word    everything else: names, ids             as it is, in NFC

What looks like a mail address, a URL or a path and is not well formed is a word: equal to nothing but itself.
"""

import posixpath
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from guard.disguise import hidden
from guard.hosts import composed, host, lowered, url

Kind = Literal["mail", "url", "phone", "path", "time", "number", "bool", "word"]

LONGEST = 2_000  # characters; a longer text is nobody's address or name

_ATOM = r"[a-z0-9#$&'*+/=?^_`{|}~-]+"  # no `%` and no `!`, which route a mail on
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_SHOWN_NAME = re.compile(r"""(?:"[^"\\\x00-\x1f@<>]*"|[^"\\,;:@<>()\[\]\x00-\x1f]*)""")
_PHONE = re.compile(r"(?:tel:)?(?:\+|00)[1-9][0-9 ().\-/]{5,25}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_NUMBER = re.compile(r"0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]", re.ASCII)
_LIST_SIGNS = re.compile(r"[,;\r\n]")
_NEVER_IN_A_PATH = re.compile(r"[,;:@<>\\\x00-\x1f]")
_PIECE = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"|[,;\r\n]|[^",;\r\n]+|"')


@dataclass(frozen=True)
class Normal:
    """A value as it is compared: two are the same thing if kind and text are equal."""

    kind: Kind
    text: str


def normal(value: Any) -> Normal:
    """The one form of a single value. A text is taken as one thing, however many it may hold: see `kinds`."""
    if isinstance(value, str):
        return _text(value) if len(value) <= LONGEST else Normal("word", value)
    if isinstance(value, bool):
        return Normal("bool", "true" if value else "false")
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return Normal("time", _moment(value))
    if isinstance(value, date):
        return Normal("time", value.isoformat())
    return Normal("word", str(value))


def kinds(text: str) -> tuple[Normal, ...]:
    """The form of everything that `text` may be taken to name, in order: lists and header lines are split."""
    return tuple(normal(item) for item in items(text))


def items(text: str) -> tuple[str, ...]:
    """The pieces of `text` as a mail program would split it: at commas, semicolons, line ends, between addresses."""
    if _undivided(text):
        return (text,)
    pieces, current = [], ""
    for part in _PIECE.findall(text):
        if _LIST_SIGNS.fullmatch(part):
            pieces.append(current)
            current = ""
        else:
            current += part
    pieces.append(current)
    return tuple(item for piece in pieces for item in _addresses(piece.strip(" \t")) if item) or (text,)


def _undivided(text: str) -> bool:
    if len(text) > LONGEST:
        return True
    return (not _LIST_SIGNS.search(text) and text.count("@") < 2) or (text.count("://") == 1 and url(text) is not None)


def _addresses(piece: str) -> list[str]:
    """`piece` itself, or its words if more than one of them holds an address."""
    words = piece.split()
    return words if sum("@" in word for word in words) > 1 else [piece]


def mail(text: str) -> str | None:
    """The address in `text`, without a display name, in lower case; None if there is not exactly a plain one."""
    shown, sign, rest = text.partition("<")
    address = rest.rstrip().removesuffix(">") if sign else text.strip(" \t")
    if sign and not (rest.rstrip().endswith(">") and _is_name(shown.strip())):
        return None
    before, at, after = address.partition("@")
    if not at or len(address) > 254 or "_" in after or after.startswith("["):
        return None
    small, domain = lowered(before), host(after)
    if small is None or domain is None or not _is_local(small):
        return None
    return f"{small}@{domain}"


def _is_name(text: str) -> bool:
    """Whether `text` may stand before an address in angle brackets: nothing that is read as another address."""
    return bool(_SHOWN_NAME.fullmatch(text)) and "=?" not in text and not any(hidden(text))


def _is_local(text: str) -> bool:
    """Whether `text` may stand before the @. Letters of any script may; signs only of ASCII."""
    return bool(_LOCAL.fullmatch("".join("x" if unicodedata.category(one)[0] in "LMN" else one for one in text)))


@lru_cache(maxsize=4096)
def _text(text: str) -> Normal:
    stripped = text.strip(" \t")
    if (address := mail(stripped)) is not None:
        return Normal("mail", address)
    if "://" in stripped:
        link = url(stripped)
        return Normal("url", link) if link is not None else Normal("word", text)
    if "@" in stripped:
        return Normal("word", text)
    return _plain(stripped) or (_path(stripped) if "/" in stripped else Normal("word", composed(stripped)))


def _plain(text: str) -> Normal | None:
    """Numbers, times and telephone numbers; None for other texts."""
    if _NUMBER.fullmatch(text):
        return Normal("number", text)
    if _DATE.fullmatch(text) or _TIME.fullmatch(text):
        return _time(text)
    return _phone(text) if _PHONE.fullmatch(text) else None


def _time(text: str) -> Normal | None:
    try:
        if _DATE.fullmatch(text):
            return Normal("time", date.fromisoformat(text).isoformat())
        return Normal("time", _moment(datetime.fromisoformat(text)))
    except (ValueError, OverflowError):
        return None


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _phone(text: str) -> Normal | None:
    import phonenumbers

    written = text.removeprefix("tel:")
    written = "+" + written[2:] if written.startswith("00") else written
    try:
        number = phonenumbers.parse(written, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return Normal("phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _path(text: str) -> Normal:
    """The path without detours; one that leaves its folder, or might be read as something else, stays as it is."""
    if _NEVER_IN_A_PATH.search(text) or text.startswith("//"):
        return Normal("word", text)
    path = posixpath.normpath(composed(text))
    if path == "." or _climbs(text):
        return Normal("word", text)
    if "/" in path:
        return Normal("path", path)
    alone = _text(path)
    return alone if alone.kind == "word" else Normal("word", text)


def _climbs(text: str) -> bool:
    """Whether a path asks for what is above the root, or above where it begins."""
    depth = 0
    for part in text.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return False


def _number(value: float) -> Normal:
    if isinstance(value, int) or value.is_integer():
        whole = int(value)
        return Normal("number", str(whole) if whole.bit_length() < 10_000 else hex(whole))
    if value != value or value in (float("inf"), float("-inf")):
        return Normal("word", str(value))
    return Normal("number", format(Decimal(repr(value)), "f"))
