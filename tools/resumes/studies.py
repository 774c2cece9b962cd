"""Education and skills, as far as their sections list them."""

import re
from collections.abc import Iterable

from tools.resumes.candidate import Education, Skill
from tools.resumes.dates import ANY_POINT

_DEGREE = re.compile(
    r"\b(?P<type>ph\.?\s?d\.?|doctorate|m\.?\s?sc\.?|master(?: of \w+|'s)?|m\.?\s?tech\.?|m\.?\s?eng\.?|mba|ma|ms|"
    r"m\.\s?a\.|m\.\s?s\.|b\.?\s?sc\.?|bachelor(?: of \w+|'s)?|b\.?\s?tech\.?|b\.?\s?eng\.?|bba|ba|bs|"
    r"b\.\s?a\.|b\.\s?s\.|b\.\s?e\.|dipl(?:om)?\.?-\w+\.?|diploma|diplôme|licence|abitur|magister)(?!\w)",
    re.IGNORECASE,
)
_SCHOOL = re.compile(
    r"\b(?:university|universität|université|universidad|università|college|school|institute|institut|academy|"
    r"hochschule|fachhochschule|polytechnic|politecnico|\w*universit\w+)\b",
    re.IGNORECASE,
)


def find_education(lines: Iterable[str]) -> tuple[Education, ...]:
    """One entry per line that names a degree or a school; what the line does not tell apart is left out."""
    found: list[Education] = []
    for line in lines:
        text = re.sub(r"\(\s*\)", "", ANY_POINT.sub("", line.removeprefix("- "))).strip(" ,-–—|")
        degree, parts = _DEGREE.search(text), [part.strip(" -–—") for part in re.split(r"[,|;]|\s{2,}", text)]
        school = next((part for part in parts if _SCHOOL.search(part) and not _DEGREE.match(part)), None)
        if degree or school:
            area = re.sub(r"^(?:in|of)\s+", "", parts[0][degree.end() :].strip(" .-–—")) if degree else None
            plain = area if area and area[0].isalpha() and not _SCHOOL.search(area) else None
            found.append(Education(institution=school, area=plain, study_type=degree["type"] if degree else None))
    return tuple(found)


def find_skills(lines: Iterable[str]) -> tuple[Skill, ...]:
    """Each skill that is listed; 'Languages: Python, Go' becomes a group."""
    found: list[Skill] = []
    for line in lines:
        label, colon, rest = line.removeprefix("- ").partition(":")
        names = _listed(rest if colon else label)
        if colon and names:
            found.append(Skill(name=label.strip(), keywords=tuple(names)))
        else:
            found += [Skill(name=name) for name in names]
    return tuple(found)


def _listed(text: str) -> list[str]:
    """The members of a list with commas; commas inside brackets do not part."""
    parts = re.split(r"\s*[,;|•·]\s*(?![^()]*\))", text)
    return [part.strip(" .") for part in parts if 0 < len(part.strip(" .")) <= 60]
