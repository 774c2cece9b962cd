"""The headings that résumés use, in the languages we meet, and the sections they open."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from tools.resumes.dates import find_period
from tools.resumes.extract import Line
from tools.resumes.titles import is_title

Section = Literal["head", "summary", "work", "education", "skills", "languages", "personal", "references", "other"]

_HEADINGS: dict[Section, str] = {
    "summary": (
        "summary|profile|in short|about|about me|objective|career objective|personal statement|"
        "professional summary|executive summary|professional profile|profil|über mich|kurzprofil|zusammenfassung|"
        "profilo|perfil|à propos"
    ),
    "work": (
        "experience|work|where i've worked|where i worked|assignments|selected assignments|engagements|"
        "work experience|work history|employment|employment history|professional experience|career|career history|"
        "professional background|relevant experience|selected experience|positions|positions held|"
        "industry experience|internships|job history|berufserfahrung|beruflicher werdegang|berufspraxis|werdegang|"
        "praktische erfahrung|praktika|expérience|expériences|expérience professionnelle|"
        "expériences professionnelles|experiencia|experiencia laboral|experiencia profesional|esperienza|"
        "esperienze|esperienza professionale|esperienza lavorativa|werkervaring|doświadczenie|"
        "doświadczenie zawodowe|experiência profissional"
    ),
    "education": (
        "education|degree|degrees|school|schools|academic background|academic history|education and training|"
        "education & training|studies|qualifications|academic qualifications|ausbildung|studium|bildung|"
        "schulbildung|bildungsweg|formation|formations|études|formación|educación|formación académica|istruzione|"
        "formazione|opleiding|opleidingen|wykształcenie|formação"
    ),
    "skills": (
        "skills|stack|what i work with|what i use|technical skills|key skills|core skills|skills & tools|"
        "skills and tools|technologies|tech stack|core competencies|competencies|expertise|tools|"
        "tools and technologies|technical expertise|it skills|kenntnisse|fähigkeiten|it-kenntnisse|edv-kenntnisse|"
        "kompetenzen|compétences|competencias|habilidades|competenze|vaardigheden|umiejętności|competências|"
        "skills summary|areas of expertise|toolbox|tooling"
    ),
    "languages": "languages|language skills|spoken languages|sprachen|sprachkenntnisse|langues|idiomas|lingue|talen"
    "|języki",
    "personal": (
        "contact|contact details|contact information|personal|personal details|personal information|personal data|"
        "details|persönliche daten|persönliches|kontakt|angaben zur person|coordonnées|contacto|datos personales|"
        "contatti|dati personali|personalia|dane osobowe|contato"
    ),
    "references": "references|referees|referenzen|références|referencias|referenze",
    "other": (
        "projects|voluntary work|talks and papers|also|elsewhere|selected projects|personal projects|side projects|"
        "open source|publications|selected publications|talks|certifications|certificates|certification|licenses|"
        "licences|courses|training|awards|honors|honours|achievements|interests|hobbies|hobbies and interests|"
        "interests and hobbies|volunteering|volunteer work|volunteer experience|volunteer|activities|memberships|"
        "patents|additional information|other|miscellaneous|community|projekte|veröffentlichungen|zertifikate|"
        "weiterbildung|interessen|ehrenamt|sonstiges|projets|publicaciones|proyectos|intereses|certificaciones|"
        "progetti|pubblicazioni|certificazioni|interessi"
    ),
}
_SECTION = {heading: section for section, headings in _HEADINGS.items() for heading in headings.split("|")}
_SPACED = {heading.replace(" ", ""): section for heading, section in _SECTION.items()}


def section_of(text: str) -> Section | None:
    """The section that a line opens, or None if it is no heading."""
    if text.startswith("- ") or len(text) > 60:
        return None
    shouted = re.match(r"[^a-zß-ÿ]{5,}(?=,)", text)  # WHAT I DID, newest first
    plain = re.sub(r"\s+", " ", shouted[0] if shouted else text).lower().replace("’", "'")
    plain = re.sub(r"^[\d.)\s\W]+|[\s\W]+$", "", plain)
    spaced = len(plain) > 4 and all(len(part) == 1 for part in plain.split())  # S K I L L S
    return _SPACED.get(plain.replace(" ", "")) if spaced else _SECTION.get(plain)


def sections(lines: Sequence[Line]) -> list[tuple[Section, bool]]:
    """For each line the section it stands in, and whether it is the heading that opens it.

    Each column goes on with its own section. A line that looks like the known headings but says something unknown
    opens a section of its own, 'other'.
    """
    known = [section_of(line.text) for line in lines]
    looks = {line.look for line, section in zip(lines, known, strict=True) if section and line.look}
    looks -= {look for look, times in Counter(line.look for line in lines).items() if times > 0.35 * len(lines)}
    current: dict[str, tuple[int, Section]] = {"": (0, "head")}
    found: list[tuple[Section, bool]] = []
    page = lines[0].page if lines else None
    for at, (line, section) in enumerate(zip(lines, known, strict=True), start=1):
        if line.page != page and not line.column:  # a page of one column goes on where the last one ended
            current[""] = max(current.values())
        page = line.page
        before = max(current[""], current.get(line.column, (0, "head")))[1]
        opened = section or _unknown(line, before, looks)
        if opened:
            current[line.column] = (at, opened)
        found.append((opened or before, opened is not None))
    return found


def _unknown(line: Line, before: Section, looks: set[str]) -> Section | None:
    """'other' for a heading that we have no word for."""
    plain = len(line.text.split()) <= 5 and not find_period(line.text) and not line.text.startswith("- ")
    shouted = line.text.isupper() and re.fullmatch(r"[^\d]{5,}", line.text) and before not in ("head", "work")
    if plain and not is_title(line.text) and (shouted or (line.look in looks and before != "head")):
        return "other"
    return None
