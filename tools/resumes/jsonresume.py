"""JSON Resume (version 1): facts from its fields, and lines as a person would read them."""

import json
import re
import unicodedata
from typing import Any

from tools.resumes.candidate import Basics, Candidate, Education, Location, Skill, Work
from tools.resumes.contact import mails_in, phones_in
from tools.resumes.extract import Extract, Line, tidy
from tools.resumes.places import country_of, zone_of

_DATE = re.compile(r"((?:19|20)\d\d)(?:-(0[1-9]|1[0-2]))?(?:-[0-3]\d)?")

_LONGEST_NAME = 60
_HOST = re.compile(r"\.[^\W\d_]{2}")
_NAME = re.compile(r"[^\W\d_]+(?:[ .'’-]{1,2}[^\W\d_]+){0,6}\.?")


def read_json(data: bytes) -> Extract:
    """The facts and the lines of a JSON Resume, or the status that says why a person must look at it."""
    try:
        given = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Extract("needs_human", "it is damaged and cannot be read as JSON")
    if not isinstance(given, dict) or not isinstance(given.get("basics"), dict):
        return Extract("needs_human", "it is JSON, but no JSON Resume: it has no 'basics'")
    jobs = _entries(given, "work")
    lines, ranges = _lines(given, jobs)
    candidate = Candidate(
        basics=_basics(given["basics"]),
        work=tuple(_work(job) for job in jobs),
        education=tuple(
            Education(
                institution=_text(one, "institution"), area=_text(one, "area"), study_type=_text(one, "studyType")
            )
            for one in _entries(given, "education")
        ),
        skills=tuple(
            Skill(name=name, keywords=tuple(_texts(one, "keywords")))
            for one in _entries(given, "skills")
            if (name := _text(one, "name"))
        ),
    )
    return Extract("ok", lines=tuple(Line(line) for line in lines), candidate=candidate, ranges=tuple(ranges))


def _name(text: str | None) -> str | None:
    """A name as it may stand in mails and calendars; None for what holds more than names do, such as links."""
    spelled = unicodedata.normalize("NFC", text or "")
    return text if len(spelled) <= _LONGEST_NAME and _NAME.fullmatch(spelled) and not _HOST.search(spelled) else None


def _basics(given: dict[str, Any]) -> Basics:
    location = given["location"] if isinstance(given.get("location"), dict) else {}
    city, said = _text(location, "city"), _text(location, "countryCode") or ""
    country = country_of(said, city) or (said if re.fullmatch("[A-Z]{2}", said) else None)
    phones = phones_in(_text(given, "phone") or "", country)
    mails = mails_in(_text(given, "email") or "")
    return Basics(
        name=_name(_text(given, "name")),
        label=_text(given, "label"),
        email=mails[0].value if mails else None,
        phone=phones[0].value if phones else None,
        location=Location(city=city, country_code=country),
        zone=zone_of(city, country),
    )


def _work(given: dict[str, Any]) -> Work:
    start, end = _date(given, "startDate"), _date(given, "endDate")
    return Work(
        name=_text(given, "name") or _text(given, "company"),
        position=_text(given, "position"),
        start_date=start,
        end_date=end,
        current=bool(start and not given.get("endDate")),
    )


def _lines(given: dict[str, Any], jobs: list[dict[str, Any]]) -> tuple[list[str], list[tuple[int, int]]]:
    basics = given["basics"]
    location = basics["location"] if isinstance(basics.get("location"), dict) else {}
    place = ", ".join(_said(location, "address", "city", "region", "postalCode", "countryCode"))
    lines = [*_said(basics, "name", "label", "email", "phone", "url"), *([f"Location: {place}"] if place else [])]
    lines += [f"{_text(one, 'network') or 'Profile'}: [link]" for one in _entries(basics, "profiles")]
    if summary := _text(basics, "summary"):
        lines += ["Summary", summary]
    ranges: list[tuple[int, int]] = []
    for number, job in enumerate(jobs):
        lines += ["Work"] if number == 0 else []
        first = len(lines) + 1
        lines += _job(job)
        ranges.append((first, len(lines)))
    for key in ("volunteer", "projects", "education", "skills", "certificates", "awards", "publications", "languages"):
        entries = [line for one in _entries(given, key) if (line := _line(one))]
        lines += [key.capitalize(), *entries] if entries else []
    return lines, ranges


def _job(job: dict[str, Any]) -> list[str]:
    work = _work(job)
    dates = f"{work.start_date} – {work.end_date or ('present' if work.current else '?')}" if work.start_date else ""
    named = (work.position, work.name, dates)
    head = " | ".join(part for part in named if part) or "Position without a title"
    return [head, *_said(job, "summary"), *(f"- {text}" for text in _texts(job, "highlights"))]


def _line(entry: dict[str, Any]) -> str:
    """Every text of an entry in one line; addresses of pages are left out."""
    values = [value for key, value in entry.items() if key not in ("url", "courses", "highlights")]
    flat = [part for value in values for part in (value if isinstance(value, list) else [value])]
    return ", ".join(tidy(part) for part in flat if isinstance(part, str) and part.strip())


def _entries(given: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = given.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _said(given: dict[str, Any], *keys: str) -> list[str]:
    return [text for key in keys if (text := _text(given, key))]


def _text(given: dict[str, Any], key: str) -> str | None:
    value = given.get(key)
    return tidy(value) or None if isinstance(value, str) else None


def _texts(given: dict[str, Any], key: str) -> list[str]:
    values = given.get(key)
    return [tidy(one) for one in values if isinstance(one, str) and one.strip()] if isinstance(values, list) else []


def _date(given: dict[str, Any], key: str) -> str | None:
    found = _DATE.fullmatch(_text(given, key) or "")
    if not found:
        return None
    return f"{found[1]}-{found[2]}" if found[2] else found[1]
