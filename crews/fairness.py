"""Selection and scoring rates by category, for an auditor, and the log of decisions they are computed from.

    selection rate  selected / assessed, of a category
    scoring rate    those who score above the median of the whole sample / scored, of a category
    impact ratio    a category's rate / the highest rate of any category

As New York City's rules for Local Law 144 of 2021 define them: 6 RCNY § 5-300 ("selection rate", "scoring rate" and
"impact ratio") and § 5-301. They ask for sex, for race/ethnicity and for both together, with the number of people in
each; how many people fall in no known category; and allow the auditor to leave out categories under 2 % of the data.
The median is that of everybody who has a score, also of those in no known category; candidates without are not scored.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any, TextIO

from runtime.errors import UsageError
from tools.stages import STAGES

COLUMNS = ("candidate", "position", "stage", "selected", "score", "assessed", "received", "decided")
CATEGORIES = (("sex",), ("race_ethnicity",), ("sex", "race_ethnicity"))
SMALL = 0.02
"""Categories of a smaller share of the data are marked: an auditor may leave them out (§ 5-301)."""

_ORDER: list[str] = [one for one in STAGES if one not in ("rejected", "withdrawn")]


@dataclass(frozen=True)
class Assessed:
    """One candidate in the log of decisions. `candidate` is a reference that names nobody.

    `stage` is the furthest reached; `score` is None for who has none; `assessed` is the share of the points that could
    be judged; days are UTC.
    """

    candidate: str
    position: str
    stage: str
    selected: bool
    score: float | None
    assessed: float | None
    received: str
    decided: str


@dataclass(frozen=True)
class Rate:
    """One category's numbers. A rate is None where nobody counts for it, a ratio where no category has a rate."""

    category: str
    people: int
    share: float
    selected: int
    selection_rate: float | None
    selection_ratio: float | None
    scored: int
    above_median: int
    scoring_rate: float | None
    scoring_ratio: float | None
    small: bool


@dataclass(frozen=True)
class Table:
    """The rates by one category or by several together, and how many people are in none."""

    by: tuple[str, ...]
    rates: tuple[Rate, ...]
    unknown: int


def furthest(current: str, history: Iterable[Mapping[str, Any]]) -> str:
    """The furthest stage on the way to being hired that a candidate was ever at."""
    been = {current, *(one[at] for one in history for at in ("before", "after"))}
    return max((one for one in been if one in _ORDER), key=_ORDER.index, default="applied")


def reached(stage: str, wanted: str) -> bool:
    """Whether a stage is as far as the wanted one. Raises UsageError for what is no stage on the way."""
    if wanted not in _ORDER:
        raise UsageError(f"nobody is selected by being '{wanted}'", remedy=f"use one of {', '.join(_ORDER[1:])}")
    return _ORDER.index(stage) >= _ORDER.index(wanted)


def write_log(people: Sequence[Assessed], file: TextIO) -> None:
    """The log of decisions as CSV."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in people:
        said = [getattr(one, name) for name in COLUMNS]
        writer.writerow(
            ["" if value is None else str(value).lower() if isinstance(value, bool) else value for value in said]
        )


def read_demographics(path: Path) -> dict[str, dict[str, str]]:
    """What candidates said of themselves, by what `candidate` names them. Raises UsageError for a file that is none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [name for name in ("candidate", "sex", "race_ethnicity") if name not in (rows.fieldnames or ())]
        if missing:
            raise UsageError(f"'{path}' has no column {', '.join(missing)}", remedy="name it in the first line")
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            key = (row["candidate"] or "").strip()
            if key in found:
                raise UsageError(f"{path}:{rows.line_num}: '{key}' is there twice", remedy="keep one line for each")
            found[key] = {name: (row[name] or "").strip().lower() for name in ("sex", "race_ethnicity")}
    return found


def tables(people: Sequence[Assessed], said: Mapping[str, Mapping[str, str]]) -> list[Table]:
    """The rates by sex, by race/ethnicity, and by both together."""
    return [_table(people, said, by) for by in CATEGORIES]


def _table(people: Sequence[Assessed], said: Mapping[str, Mapping[str, str]], by: tuple[str, ...]) -> Table:
    scores = [one.score for one in people if one.score is not None]
    middle = median(scores) if scores else 0.0
    known = sorted(((_category(said.get(one.candidate, {}), by), one) for one in people), key=lambda pair: pair[0])
    groups = {name: [one for _, one in pairs] for name, pairs in groupby(known, key=lambda pair: pair[0])}
    unknown = len(groups.pop("", []))
    total = len(people) - unknown
    selection = {name: _share(sum(one.selected for one in own), len(own)) for name, own in groups.items()}
    above = {name: sum(one.score is not None and one.score > middle for one in own) for name, own in groups.items()}
    scored = {name: sum(one.score is not None for one in own) for name, own in groups.items()}
    scoring = {name: _share(above[name], scored[name]) for name in groups}
    rates = tuple(
        Rate(
            category=name,
            people=len(own),
            share=len(own) / total,
            selected=sum(one.selected for one in own),
            selection_rate=selection[name],
            selection_ratio=_ratio(selection[name], selection.values()),
            scored=scored[name],
            above_median=above[name],
            scoring_rate=scoring[name],
            scoring_ratio=_ratio(scoring[name], scoring.values()),
            small=len(own) / total < SMALL,
        )
        for name, own in groups.items()
    )
    return Table(by, rates, unknown)


def _category(said: Mapping[str, str], by: tuple[str, ...]) -> str:
    """The category that somebody is in, or nothing where they did not say all of it."""
    parts = [said.get(name, "") for name in by]
    return " / ".join(parts) if all(part and part != "unknown" for part in parts) else ""


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _ratio(rate: float | None, rates: Iterable[float | None]) -> float | None:
    highest = max(_known(rates), default=0.0)
    return rate / highest if rate is not None and highest else None


def _known(rates: Iterable[float | None]) -> Iterator[float]:
    return (one for one in rates if one is not None)
