"""Figures and words as people read them: money, durations, sizes, times, and text without control characters."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from runtime.problems import joined

_ESCAPE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)?")
_DAY = re.compile(r"(?<![\w/-])(\d{4}-\d{2}-\d{2})(?:T00:00:00)?(?![\w/-])")
_TURNING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CONTROL = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\n")}  # Unicode's category Cc
_REMOVED = dict.fromkeys((*_CONTROL, *map(ord, _TURNING)))


def clean(text: str) -> str:
    """`text` without control characters and without marks that turn the reading direction; line breaks stay.

    What tools return was written by strangers: an escape sequence in it must not reach a terminal.
    """
    return _ESCAPE.sub("", text).expandtabs(4).translate(_REMOVED)


def one_line(text: str, limit: int = 0) -> str:
    """`text` cleaned and on one line, cut with an ellipsis at `limit` characters if a limit is given."""
    flat = " ".join(clean(text).split())
    return flat if not limit or len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def money(usd: float, unpriced: int = 0) -> str:
    """US dollars with as many digits as matter: $0.0042, $0.31, $12.40; and how many calls have no known price."""
    if unpriced:
        return f"{money(usd)} and {many(unpriced, 'call')} without a price" if usd > 0 else "cost unknown"
    if usd <= 0:
        return "$0.00"
    if usd < 0.0001:
        return "<$0.0001"
    return f"${usd:.4f}" if usd < 0.1 else f"${usd:,.2f}"


def duration(seconds: float) -> str:
    """A stretch of time in at most two units: 0.4 s, 41 s, 2 min 05 s, 1 h 02 min."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(count: int) -> str:
    """A file's size: 512 B, 3.4 kB, 1.2 MB."""
    if count < 1000:
        return f"{count} B"
    for unit, worth in (("kB", 1e3), ("MB", 1e6)):
        if count / worth < 999.95:
            return f"{count / worth:.1f} {unit}"
    return f"{count / 1e9:.1f} GB"


def many(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun: 1 call, 1,204 calls."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def moment(at: str) -> datetime:
    """A record's time stamp as an aware time."""
    return datetime.fromisoformat(at)


def minute(at: str) -> str:
    """A record's time stamp for people, to the minute: Mon 8 Mar 2027, 08:00 UTC."""
    return f"{moment(at):%a %-d %b %Y, %H:%M} UTC"


def dated(text: str) -> str:
    """`text` with days that stand alone (2027-03-08) as people tell them: Mon 8 Mar 2027. What is quoted stays."""
    return text if "“" in text else _DAY.sub(_told_day, text)


def _told_day(found: re.Match[str]) -> str:
    try:
        return f"{date.fromisoformat(found[1]):%a %-d %b %Y}"
    except ValueError:  # 2027-02-30 is no day
        return found[0]


def between(first: str, last: str) -> float:
    """Seconds from one record's time stamp to another's."""
    return (moment(last) - moment(first)).total_seconds()


def together(sentences: Sequence[str]) -> list[str]:
    """The sentences, each once; three or more that differ in whom they are about alone ("... to NAME") are one."""
    alike: dict[str, list[str]] = {}
    for wait in dict.fromkeys(sentences):
        alike.setdefault(wait.rpartition(" to ")[0] or wait, []).append(wait)
    return [
        one
        for before, said in alike.items()
        for one in (said if len(said) < 3 else [f"{before} to {joined([one.rpartition(' to ')[2] for one in said])}"])
    ]
