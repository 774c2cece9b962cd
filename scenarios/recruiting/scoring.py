"""Scores by rule, for the playbook that answers in the model's place: the same paper, the same duty to quote.

A criterion counts where one of its terms stands in a line. With `years` it counts by the time of the dated positions
that mention a term, overlaps counted once; a term without dates is unknown. What is not said is unknown, never zero.
"""

import re
from collections.abc import Iterable
from math import floor

from tools.resumes.job import Criterion, Job
from tools.resumes.paper import Paper, WorkEntry
from tools.resumes.scores import Score

_LONGEST = 200  # letters of a quote
_DENIED = re.compile(
    r"\b(?:no|not(?!\s+(?:only|just))|never|without|lack(?:s|ing)?|kein\w*|ohne)\b[^.;,]{0,40}$"
    r"|\b(?:interested in|(?:want|hope|like|eager|willing|plan|ready)\w*\s+to\s+(?:learn|try|use|start))\b[^.;]{0,40}$",
    re.IGNORECASE,
)


def score(job: Job, paper: Paper) -> list[Score]:
    """A score for each criterion in the job's order; none at all for a paper that could not be read."""
    if paper.status != "ok":
        return []
    lines = paper.numbered()
    return [_scored(criterion, paper.work, lines) for criterion in job.criteria]


def _scored(criterion: Criterion, work: Iterable[WorkEntry], lines: dict[int, str]) -> Score:
    mentions = _mentions(criterion.terms, lines)
    if not mentions:
        return Score(criterion=criterion.id)
    using = [(entry, at) for entry in work if (at := [line for line in mentions if _inside(line, entry)])]
    cited = using[0][1][0] if using else min(mentions)
    points: int | None = criterion.points
    if criterion.years is not None:
        dated = [(entry, at) for entry, at in using if entry.years]
        years = _together([entry for entry, _ in dated])
        points = floor(criterion.points * min(1.0, years / criterion.years)) if dated else None
        cited = max(dated, key=lambda pair: pair[0].years or 0)[1][0] if dated else cited
    return Score(criterion=criterion.id, points=points, quote=_quote(lines[cited], mentions[cited]), line=cited)


def _mentions(terms: Iterable[str], lines: dict[int, str]) -> dict[int, int]:
    """The lines that say one of the terms without denying it, each with where in it."""
    either = "|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True))
    rule = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
    found: dict[int, int] = {}
    for number, text in lines.items():
        said = [match.start() for match in rule.finditer(text) if not _DENIED.search(text[: match.start()])]
        if said:
            found[number] = said[0]
    return found


def _inside(line: int, entry: WorkEntry) -> bool:
    return entry.lines[0] <= line <= entry.lines[1]


def _together(entries: Iterable[WorkEntry]) -> float:
    """Years covered by the positions, those held side by side counted once."""
    spans = sorted(_months(entry) for entry in entries)
    total, reached = 0, 0
    for start, end in spans:
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total / 12


def _months(entry: WorkEntry) -> tuple[int, int]:
    year, _, month = (entry.start or "0").partition("-")
    start = int(year) * 12 + (int(month) - 1 if month else 6)
    return start, start + round((entry.years or 0) * 12)


def _quote(text: str, at: int) -> str:
    """The line, or as much of it around `at` as can be read at a glance, cut between words."""
    text, at = (text[2:], at - 2) if text.startswith("- ") else (text, at)
    if len(text) <= _LONGEST:
        return text
    start = max(0, min(at - _LONGEST // 2, len(text) - _LONGEST))
    start = text.rfind(" ", 0, start) + 1 if start else 0
    end = text.rfind(" ", start, start + _LONGEST)
    return text[start : end if end > at else None].strip()
