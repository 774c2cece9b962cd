"""What every file format is turned into first: lines of visible text, and what was found hidden beside them."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from tools.resumes.candidate import Candidate
from tools.resumes.paper import Finding

Status = Literal["ok", "needs_ocr", "needs_human"]

_BULLET = re.compile(r"^(?:[•‣▪▫●○■□◦∙·➢➤►▶✓✔*\uf0b7\uf0a7\uf076–—-]|o(?=\s))\s+")
_INVISIBLE = re.compile(r"[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")


@dataclass(frozen=True)
class Line:
    """One line as a reader sees it; a bullet is always written '- '.

    `size` is its largest letter in points, `look` names its font or style, `indent` is where its words begin, after
    any bullet, and `column` tells the columns of a page apart ('' is the whole width).
    """

    text: str
    page: int | None = None
    size: float | None = None
    look: str = ""
    indent: float | None = None
    column: str = ""


@dataclass(frozen=True)
class Extract:
    """The visible lines of one file. `why` says what is missing unless the status is ok.

    A file that says its facts in fields of its own (JSON Resume) has a `candidate`, and for each position of it the
    first and last line in `ranges`.
    """

    status: Status
    why: str = ""
    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()
    candidate: Candidate | None = None
    ranges: tuple[tuple[int, int], ...] = ()


def tidy(text: str) -> str:
    """`text` in one spelling: NFKC, no invisible characters, single spaces, wider gaps kept as two."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text.replace("\t", "   ").replace("\n", " ")))
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cc")
    return re.sub(r"\s{2,}", "  ", text).strip()


def lines_of(raw: Iterable[Line]) -> tuple[Line, ...]:
    """The lines that say something, tidied, bullets written the same way, wrapped bullets made whole again."""
    kept: list[Line] = []
    for line in raw:
        text = _BULLET.sub("- ", tidy(line.text))
        if not any(letter.isalnum() for letter in text):
            continue
        if kept and _continues(kept[-1], line, text):
            kept[-1] = replace(kept[-1], text=f"{kept[-1].text} {text}")
        else:
            kept.append(replace(line, text=text))
    return tuple(kept)


def _continues(before: Line, line: Line, text: str) -> bool:
    """True if the line goes on with the words of the bullet before it, below their beginning."""
    if before.indent is None or line.indent is None or text.startswith("- ") or not before.text.startswith("- "):
        return False
    together = before.column == line.column and before.look == line.look
    return together and abs(before.indent - line.indent) < 1.5
