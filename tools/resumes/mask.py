"""What must not count is taken out of the lines: who the candidate is, how old, of which sex, origin, family or faith.

    [name] [mail] [phone] [link] [place]        who and where; in the applicant records, never before a scorer
    [age] [year] [gender] [pronoun] [title]     age, also by years of study; sex, also by he, she, Mr and Ms
    [nationality] [family] [religion] [health] [photo]
    [instruction]                               text that is written for a machine; see the findings

Each line stays one line, so that a quote's line number means the same before and after.
"""

import re
from dataclasses import dataclass

from tools.resumes.contact import MAIL, URL, looks_like_phone
from tools.resumes.dates import ANY_POINT
from tools.resumes.headings import Section
from tools.resumes.maskwords import ANYWHERE, LABELLED, STUDIES
from tools.resumes.namemask import name_rules

_PATH = re.compile(r"(?<![\w@.])(?:[\w-]+\.)+[a-z]{2,}(?:/[^\s|,;]*)?", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19[5-9]\d|20[0-4]\d)(?:/\d{2,4})?(?!\d)|[‘’']\d{2}\b")
_AGAIN = re.compile(r"(\[(?:name|year|age|place)\])(?:[\s,.-]+\1)+")


@dataclass(frozen=True)
class Known:
    """What is known of one candidate and must not be seen: the name, and texts as they stand in the file."""

    name: str | None = None
    phones: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def mask(text: str, section: Section, known: Known) -> str:
    """`text` with everything replaced that must not count."""
    about = section in ("head", "personal", "references")
    text = MAIL.sub("[mail]", text)
    text = (_PATH if about else URL).sub("[link]", URL.sub("[link]", text))
    for phone in (*known.phones, *(looks_like_phone(text) if about else ())):
        text = text.replace(phone, "[phone]")
    for place in known.places if about else ():
        text = text.replace(place, "[place]")
    for rule in name_rules(known.name):
        text = rule.sub("[name]", text)
    for word, rule in (*LABELLED, *ANYWHERE):
        text = rule.sub(f"[{word}]", text)
    if section == "education" or (section != "work" and STUDIES.search(text)) or "graduat" in text.lower():
        text = _YEAR.sub("[year]", ANY_POINT.sub("[year]", text))
    return _AGAIN.sub(r"\1", text)
