"""Characters that a reader does not see: what they are, what they spell, and how to show them.

    zero-width   U+200B and its kin, soft hyphens, fillers that draw nothing
    direction    marks and overrides that change the order in which text is shown
    tag          U+E0000 to U+E007F: ASCII that no screen draws
    selector     variation selectors, unless one of them picks the look of the sign before it
    private      characters without a meaning of their own
    control      C0 and C1 but tab and line ends, separators, halves of surrogate pairs

Joiners inside an emoji, or between letters of a script that is written with them, are what they seem.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Sort = Literal["zero-width", "direction", "tag", "selector", "private", "control"]

_SORTS: tuple[tuple[Sort, str], ...] = (
    (
        "zero-width",
        "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u2800\u3164\ufeff\uffa0\ufff9-\ufffb",
    ),
    ("direction", "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"),
    ("tag", "\U000e0000-\U000e007f"),
    ("selector", "\ufe00-\ufe0f\U000e0100-\U000e01ef"),
    ("private", "\ue000-\uf8ff\U000f0000-\U0010ffff"),
    ("control", "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"),
)
_HIDDEN = re.compile("|".join(f"(?P<s{index}>[{members}])" for index, (_, members) in enumerate(_SORTS)))
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_JOINERS = "\u200c\u200d"
_LOOK = "\ufe0e\ufe0f"  # text or emoji presentation
_JOINING_SCRIPTS = re.compile("[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18aa]")


@dataclass(frozen=True)
class Hidden:
    """One character that is not seen, and where it stands."""

    at: int
    character: str
    sort: Sort


def hidden(text: str) -> Iterator[Hidden]:
    """Every character of `text` that a reader does not see and that has no business there."""
    if text.isascii() and text.isprintable():
        return
    for match in _HIDDEN.finditer(text):
        sort = _SORTS[int((match.lastgroup or "s0")[1:])][0]
        if not _in_place(text, match.start()):
            yield Hidden(match.start(), match.group(), sort)


def bare(text: str) -> str:
    """`text` without any character that is not seen, the harmless ones too."""
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub("", text)


def spelled(text: str) -> str:
    """What tags and runs of variation selectors in `text` spell as ASCII; empty if they spell nothing."""
    if text.isascii():
        return ""
    tags = "".join(chr(ord(one) - 0xE0000) for run in _TAGS.findall(text) for one in run)
    numbers = (ord(one) - 0xE0100 + 16 for run in _SELECTORS.findall(text) if len(run) > 1 for one in run)
    return tags + "".join(chr(number) for number in numbers if 32 <= number < 127)


def visible(text: str) -> str:
    """`text` with everything that is not seen, or not ASCII and not a letter, digit or mark, written as its number."""
    return "".join(one if _plain(one) else f"\\u{{{ord(one):x}}}" for one in text)


def _plain(one: str) -> bool:
    return " " <= one <= "~" or (
        not one.isascii() and not _HIDDEN.match(one) and unicodedata.category(one)[0] in "LNPS"
    )


def _in_place(text: str, at: int) -> bool:
    """Whether the joiner or look at that place does what it is for."""
    if at == 0 or text[at] not in _JOINERS + _LOOK:
        return False
    before, after = text[at - 1], text[at + 1 : at + 2]
    if text[at] in _LOOK:
        return _is_sign(before) or (before in "0123456789#*" and after == "\u20e3")
    if text[at] == "\u200d" and after and _is_sign(after):
        return _is_sign(before) or (before in _LOOK and at > 1 and _is_sign(text[at - 2]))
    return bool(_JOINING_SCRIPTS.match(before)) and (bool(_JOINING_SCRIPTS.match(after)) or after in ("", " "))


def _is_sign(one: str) -> bool:
    return unicodedata.category(one) in ("So", "Sk") and not one.isascii()
