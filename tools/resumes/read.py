"""One résumé from its bytes: the candidate's facts for the records, and the masked paper for whoever scores."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from tools.resumes.candidate import Basics, Candidate, Location, Work
from tools.resumes.contact import mails_in, phones_in, place_in, zone_in
from tools.resumes.dates import Period, Point
from tools.resumes.extract import Extract, Line
from tools.resumes.headings import Section, sections
from tools.resumes.instructions import find_instructions
from tools.resumes.kinds import kind_of
from tools.resumes.mask import Known, mask
from tools.resumes.names import find_name
from tools.resumes.paper import Finding, Paper, WorkEntry, numbering
from tools.resumes.studies import find_education, find_skills
from tools.resumes.work import Position, find_work

MAX_BYTES = 20_000_000
_MAX_LINES, _MAX_LETTERS, _MAX_LINE = 1_500, 100_000, 5_000
_SHOWN = 600  # letters of a finding


@dataclass(frozen=True)
class Reading:
    """A résumé that was read. `candidate` is unmasked; `digest` is SHA-256 over the file, in hex."""

    paper: Paper
    candidate: Candidate
    digest: str


def read_file(name: str, data: bytes, today: date) -> Reading:
    """The reading of a file; years of positions still held are counted up to `today`.

    Never an empty candidate: a file without text that can be trusted has a status that says who must look at it.
    """
    digest = hashlib.sha256(data).hexdigest()
    found = _extract(name, data)
    marked = sections(found.lines)
    candidate, ranges, known = _facts(found, marked) if found.status == "ok" else (Candidate(), [], Known())
    orders, instructions = find_instructions(found.lines)
    lines = [
        "[instruction]" if at in orders else mask(line.text, section, known)
        for at, (line, (section, _)) in enumerate(zip(found.lines, marked, strict=True))
    ]
    paper = Paper(
        candidate=candidate_id(digest),
        file=name,
        status=found.status,
        why=found.why,
        lines=numbering(lines),
        work=tuple(_entry(work, lines, at, known, today) for work, at in zip(candidate.work, ranges, strict=True)),
        unknown=_unknown(candidate) if found.status == "ok" else (),
        findings=tuple(_masked(one, known) for one in (*found.findings, *instructions)),
    )
    return Reading(paper, candidate, digest)


def candidate_id(digest: str) -> str:
    """What the candidate is called whose résumé has that SHA-256 (hex)."""
    return f"cand-{digest[:8]}"


def _extract(name: str, data: bytes) -> Extract:
    from tools.resumes.jsonresume import read_json
    from tools.resumes.pdf import read_pdf
    from tools.resumes.plaintext import read_text
    from tools.resumes.word import read_docx

    kind = kind_of(name, data[:1024])
    if not data:
        return Extract("needs_human", "the file is empty")
    if len(data) > MAX_BYTES:
        return Extract("needs_human", f"it is larger than {MAX_BYTES // 1_000_000} MB")
    if kind == "picture":
        return Extract("needs_ocr", "it is a picture")
    if kind == "other":
        return Extract("needs_human", f"files like '{PurePath(name).suffix or name}' are not read")
    found = {"pdf": read_pdf, "docx": read_docx, "json": read_json, "text": read_text}[kind](data)
    lengths = [len(line.text) for line in found.lines]
    if len(lengths) > _MAX_LINES or sum(lengths) > _MAX_LETTERS or max(lengths, default=0) > _MAX_LINE:
        return Extract("needs_human", "it is far longer than any résumé", findings=found.findings)
    return found


def _facts(found: Extract, marked: Sequence[tuple[Section, bool]]) -> tuple[Candidate, list[tuple[int, int]], Known]:
    """The candidate, the lines of each position, and what has to be masked."""
    texts = [line.text for line in found.lines]
    about = [text for text, (section, _) in zip(texts, marked, strict=True) if section in ("head", "personal")]
    place, places = place_in(about)
    phones = [phone for text in about for phone in phones_in(text, place.country)]
    phones += [] if phones else [phone for text in texts for phone in phones_in(text, None)]
    known_phones = tuple(phone.text for phone in phones)
    if found.candidate:
        return found.candidate, list(found.ranges), Known(found.candidate.basics.name, known_phones, places)
    name = find_name(found.lines, marked)
    mails = [mail.value for text in (*about, *texts) for mail in mails_in(text)]
    positions = find_work(found.lines, marked)
    candidate = Candidate(
        basics=Basics(
            name=name,
            email=mails[0] if mails else None,
            phone=phones[0].value if phones else None,
            location=Location(city=place.city, country_code=place.country),
            zone=zone_in(about) or place.zone,
        ),
        work=tuple(_work(position) for position in positions),
        education=find_education(_inside(found.lines, marked, "education")),
        skills=find_skills(_inside(found.lines, marked, "skills")),
    )
    return candidate, [(one.first, one.last) for one in positions], Known(name, known_phones, places)


def _inside(lines: Sequence[Line], marked: Sequence[tuple[Section, bool]], wanted: Section) -> list[str]:
    pairs = zip(lines, marked, strict=True)
    return [line.text for line, (section, heading) in pairs if section == wanted and not heading]


def _work(position: Position) -> Work:
    period = position.period
    return Work(
        name=position.employer,
        position=position.title,
        start_date=str(period.start) if period else None,
        end_date=str(period.end) if period and period.end else None,
        current=bool(period and period.end is None),
    )


def _entry(work: Work, lines: list[str], at: tuple[int, int], known: Known, today: date) -> WorkEntry:
    return WorkEntry(
        title=mask(work.position, "work", known) if work.position else None,
        employer=mask(work.name, "work", known) if work.name else None,
        start=work.start_date,
        end="present" if work.current else work.end_date,
        lines=at,
        years=_years(work, today),
    )


def _years(work: Work, today: date) -> float | None:
    if not work.start_date or not (work.end_date or work.current):
        return None
    end = _point(work.end_date) if work.end_date else None
    return Period(_point(work.start_date), end, (0, 0)).years(today)


def _point(text: str) -> Point:
    year, _, month = text.partition("-")
    return Point(int(year), int(month) if month else None)


def _unknown(candidate: Candidate) -> tuple[str, ...]:
    basics = candidate.basics
    facts = {
        "name": basics.name,
        "mail": basics.email,
        "phone": basics.phone,
        "city": basics.location.city,
        "country": basics.location.country_code,
        "zone": basics.zone,
        "work": candidate.work,
        "education": candidate.education,
        "skills": candidate.skills,
    }
    missing = [field for field, value in facts.items() if not value]
    for number, work in enumerate(candidate.work, start=1):
        says = {"title": work.position, "employer": work.name, "dates": work.start_date}
        missing += [f"work {number} {field}" for field, value in says.items() if not value]
    return tuple(missing)


def _masked(finding: Finding, known: Known) -> Finding:
    text = finding.text if len(finding.text) <= _SHOWN else f"{finding.text[:_SHOWN]}…"
    return finding.model_copy(update={"text": mask(text, "other", known)})
