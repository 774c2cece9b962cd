"""The candidate's name: labelled, or the most prominent line that can only be a name; None if there is none."""

import re
from collections.abc import Sequence

from tools.resumes.contact import SEGMENT
from tools.resumes.dates import ANY_POINT
from tools.resumes.extract import Line
from tools.resumes.headings import Section, section_of
from tools.resumes.places import place_of
from tools.resumes.titles import is_company, is_title

_LABEL = re.compile(
    r"^(?:full name|name|candidate|nombre|nom|nome|vor- und nachname|imię i nazwisko)\s*[:–-]\s*(?P<name>.+)$", re.I
)
_DOCUMENT = re.compile(
    r"\b(?:curriculum vitae|résumé|resume|lebenslauf|cv|c\.v\.|currículum|application|bewerbung|of|for)\b[\s:–—-]*",
    re.I,
)
_BEFORE = re.compile(r"^(?:mr|mrs|ms|miss|mx|dr|prof|herr|frau|sir|dame|ing|dipl\.?-\w+|m\.|mme)\b\.?\s+", re.I)
_DEGREES = (
    r"ph\.?\s?d|m\.?sc|b\.?sc|m\.?a|b\.?a|b\.?s|m\.?s|mba|pmp|md|cpa|cissp|esq|jr|sr|ii|iii|m\.?eng|b\.?eng|csm|cfa"
)
_AFTER_COMMA = re.compile(rf",\s*(?:{_DEGREES})\b\.?", re.I)
_AFTER_SPACE = re.compile(r"\s(?:Ph\.?\s?D|MSc|BSc|MBA|PMP|M\.D|Jr|Sr|II|III)(?!\w)\.?")  # Jack Ma is no Master of Arts
_PRONOUNS = re.compile(r"\s*[(\[](?:she|he|they|her|him|them|sie|er|xe|ze)\b[^)\]]*[)\]]", re.I)
_SMALL = re.compile(r"de|del|della|di|da|dos|das|do|van|von|der|den|ten|ter|la|le|el|al|bin|binti|ibn|y|e|zu|du|af|av")
_NOT_NAMES = re.compile(
    r"software|data|cloud|platform|backend|frontend|full|stack|python|java|web|mobile|product|project|machine|learning|"
    r"profile|summary|contact|skills|page|email|e-mail|phone|address|linkedin|github|about|work|remote|open|available|"
    r"personal|professional|technical|experience|education|references|university|bachelor|master|science|computer|"
    r"systems|security|network|business|marketing|sales|finance|human|resources|dear|hello|hi|hiring|team"
)
_PART = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]*)*\.?")


def find_name(lines: Sequence[Line], sections: Sequence[tuple[Section, bool]]) -> str | None:
    """The name as a person would write it on an envelope, without titles, degrees and pronouns."""
    for line in lines:
        if (found := _LABEL.match(line.text)) and (name := as_name(SEGMENT.split(found["name"])[0])):
            return name
    head = [
        line
        for line, (section, heading) in zip(lines, sections, strict=True)
        if section in ("head", "personal") and not heading and (line.page or 1) == 1
    ]
    largest = max((line.size or 0 for line in lines if (line.page or 1) == 1), default=0)
    prominent = [
        line for line in lines if line.size and line.size >= 0.95 * largest and line.size > 1.15 * _usual(lines)
    ]
    for line in [*prominent[:3], *head[:6]]:
        for part in SEGMENT.split(re.sub(r"\s[-–—]\s", " | ", line.text))[:2]:
            if section_of(part) is None and (name := as_name(part)):
                return name
    return None


def as_name(text: str) -> str | None:
    """`text` as a person's name, or None if it can be something else."""
    text = _PRONOUNS.sub("", _DOCUMENT.sub("", text)).strip(" ,:-–—")
    text = _BEFORE.sub("", _BEFORE.sub("", text))
    text = _AFTER_COMMA.sub("", text)
    text = text if text.isupper() else _AFTER_SPACE.sub("", text)
    parts = text.strip(" ,").split()
    if not 1 < len(parts) <= 5 or len(text) > 50 or ANY_POINT.search(text):
        return None
    if not all(_PART.fullmatch(part) for part in parts) or is_title(text) or is_company(text) or place_of(text):
        return None
    if any(_NOT_NAMES.fullmatch(part.lower()) for part in parts):
        return None
    if not all(part[0].isupper() or not part[0].isascii() or _SMALL.fullmatch(part.lower()) for part in parts):
        return None
    return " ".join(_cased(part) for part in parts) if text.isupper() else " ".join(parts)


def _cased(part: str) -> str:
    if _SMALL.fullmatch(part.lower()):
        return part.lower()
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), part)


def _usual(lines: Sequence[Line]) -> float:
    sizes = sorted(line.size for line in lines if line.size)
    return sizes[len(sizes) // 2] if sizes else 0.0
