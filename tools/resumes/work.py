"""Positions held: who was what, where, from when to when, as far as the lines say it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tools.resumes.dates import Period, find_period
from tools.resumes.extract import Line
from tools.resumes.headings import Section
from tools.resumes.places import place_of
from tools.resumes.titles import is_company, is_sentence, is_title

_SUFFIX = re.compile(
    r",\s+(?=(?:inc|ltd|llc|llp|plc|gmbh|ag|corp|co|s\.?a|s\.?r\.?l|s\.?p\.?a|b\.?v)\b)", re.IGNORECASE
)
_AT = re.compile(r"\s+(?:at|@|bei|chez)\s+(?:the\s+)?(?=\S)", re.IGNORECASE)
_STRONG = re.compile(r"\s*[|·•]\s*|\s{2,}|\s[–—-]\s")
_NOWHERE = re.compile(
    r"\b(?:remote|hybrid|on-?site|full[- ]time|part[- ]time|freelance|contract|home office)\b", re.IGNORECASE
)
_SAID = re.compile(
    r"(?P<title>[A-Z][\w /&-]{2,50}?)\s(?:at|with|for|bei)\s(?:the\s)?(?P<employer>[A-Z][^.,;|]{1,60})[.,;]"
)


@dataclass(frozen=True)
class Position:
    """One entry. `first` and `last` are its lines, numbered from 1."""

    title: str | None
    employer: str | None
    period: Period | None
    first: int
    last: int


def find_work(lines: Sequence[Line], sections: Sequence[tuple[Section, bool]]) -> list[Position]:
    """The entries of the work sections in their order; without such a section, dated titles outside of the studies."""
    stretches = _stretches(sections, ("work",))
    if not stretches:
        loose = _stretches(sections, ("head", "summary", "other"))
        found = [entry for stretch in loose for entry in _dated(lines, stretch)]
        return [entry for entry in found if entry.title]
    dated = [entry for stretch in stretches for entry in _dated(lines, stretch)]
    return dated or [entry for stretch in stretches for entry in _undated(lines, stretch)]


def _stretches(sections: Sequence[tuple[Section, bool]], wanted: tuple[Section, ...]) -> list[range]:
    found: list[range] = []
    for at, (section, heading) in enumerate(sections):
        if section not in wanted or heading:
            continue
        if found and found[-1].stop == at:
            found[-1] = range(found[-1].start, at + 1)
        else:
            found.append(range(at, at + 1))
    return found


def _dated(lines: Sequence[Line], stretch: range) -> list[Position]:
    """One entry per period that stands in a line of its own or beside a title."""
    anchors = [at for at in stretch if _is_anchor(lines[at].text)]
    heads: list[tuple[int, int]] = []
    free = stretch.start
    for at, after in zip(anchors, [*anchors, stretch.stop][1:], strict=True):
        heads.append(_head(lines, at, free, after))
        free = heads[-1][1]
    entries = [_position(lines, at, head) for at, head in zip(anchors, heads, strict=True)]
    ends = [*(head[0] for head in heads), stretch.stop][1:]
    return [replace(entry, last=end) for entry, end in zip(entries, ends, strict=True)]


def _is_anchor(text: str) -> bool:
    period = find_period(text)
    if period is None or text.startswith("- "):
        return False
    rest = (text[: period.at[0]] + text[period.at[1] :]).strip(" ()|,·-–—")
    return not rest or not is_sentence(rest)


def _head(lines: Sequence[Line], anchor: int, free: int, after: int) -> tuple[int, int]:
    """The lines, from and to, that say title and employer around the line with the dates."""
    title, employer = _title_and_employer([_without_period(lines[anchor].text)])
    first, last = anchor, anchor + 1
    if title and employer:
        return first, last
    while first > free and anchor - first < 2 and _may_head(lines[first - 1].text):
        first -= 1
        title, employer = _title_and_employer([_without_period(lines[at].text) for at in range(first, last)])
        if title and employer:
            return first, last
    while last < after and last - anchor < 3 and _may_head(lines[last].text):
        more = _title_and_employer([_without_period(lines[at].text) for at in range(first, last + 1)])
        if more == (title, employer):
            break
        (title, employer), last = more, last + 1
        if title and employer:
            break
    return first, last


def _may_head(text: str) -> bool:
    return not text.startswith("- ") and len(text) <= 90 and not is_sentence(text) and not find_period(text)


def _position(lines: Sequence[Line], anchor: int, head: tuple[int, int]) -> Position:
    title, employer = _title_and_employer([_without_period(lines[at].text) for at in range(*head)])
    return Position(title, employer, find_period(lines[anchor].text), head[0] + 1, head[1])


def _without_period(text: str) -> str:
    period = find_period(text)
    if period is None:
        return text
    before, after = text[: period.at[0]].rstrip(" (,|·–—-"), text[period.at[1] :].lstrip(" ),|·–—-")
    return f"{before} | {after}" if before and after else before or after


def _title_and_employer(texts: Sequence[str]) -> tuple[str | None, str | None]:
    """Title and employer among the lines of a head; None for what they do not tell apart."""
    for text in texts:
        said = _AT.split(text, maxsplit=1)
        if len(said) == 2 and is_title(said[0]):
            return _clean(said[0]), _clean(_parts(said[1])[0] if _parts(said[1]) else said[1])
    parts = [part for text in texts for part in _parts(text)]
    titles = [part for part in parts if is_title(part) and not (is_company(part) and len(parts) > 1)]
    title = titles[0] if titles else None
    others = [part for part in parts if part != title and not is_title(part) and not part[0].islower()]
    companies = [part for part in parts if part != title and is_company(part)]
    employer = next(iter(companies or (others if title else [])), None)
    return _clean(title), _clean(employer)


def _parts(text: str) -> list[str]:
    """The pieces of a head line without places and without 'remote'."""
    pieces = [piece for part in _STRONG.split(_SUFFIX.sub(" ", text)) for piece in re.split(r",\s+(?![^(]*\))", part)]
    kept = [piece for piece in (piece.strip(" ,|") for piece in pieces) if piece]
    return [piece for piece in kept if not _NOWHERE.fullmatch(piece) and (is_company(piece) or not place_of(piece))]


def _clean(text: str | None) -> str | None:
    return re.sub(r"\s+", " ", text).strip(" ,;:|·–—-") or None if text else None


def _undated(lines: Sequence[Line], stretch: range) -> list[Position]:
    """Entries without dates: each sentence 'X at Y', or else each short line or two above some bullets."""
    said = [(at, match) for at in stretch if (match := _SAID.match(lines[at].text)) and is_title(match["title"])]
    starts = [(at, _clean(match["title"]), _clean(match["employer"])) for at, match in said]
    if not starts:
        tops = [at for at in stretch if _may_head(lines[at].text) and _opens(lines, at, stretch)]
        starts = [(at, *_title_and_employer(_top(lines, at))) for at in tops]
    ends = [*(at for at, _, _ in starts), stretch.stop][1:]
    return [
        Position(title, employer, None, at + 1, end) for (at, title, employer), end in zip(starts, ends, strict=True)
    ]


def _top(lines: Sequence[Line], at: int) -> list[str]:
    below = lines[at + 1].text if at + 1 < len(lines) else "- "
    return [lines[at].text] if below.startswith("- ") else [lines[at].text, below]


def _opens(lines: Sequence[Line], at: int, stretch: range) -> bool:
    """True for the first of the one or two lines right above a bullet."""
    if at > stretch.start and not lines[at - 1].text.startswith("- "):
        return False
    return any(lines[below].text.startswith("- ") for below in (at + 1, at + 2) if below < stretch.stop)
