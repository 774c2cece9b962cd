"""Whether a summary tells the figures of a report as they are: of the same row, period, unit and direction."""

import re
from collections.abc import Iterator

from crews.grounding import Doubt, cited, claims
from tools.extracting.windows import words_of
from tools.quarterly import Report
from tools.reading.figures import Figure, period_of

_MARK = re.compile(r"\[[^\[\]\n]*\]")
_FIGURE = re.compile(
    r"(?<![\w.,])(\d+(?:[.,]\d+)*)"
    r"(?:\s?(?:(?:EUR|USD|GBP|CHF)\s)?(%|per cent|percentage points|pp\b|million\b|billion\b|thousand\b|m\b|bn\b|k\b))?"
)
_PERIODS = re.compile(r"\b(?:Q[1-4]|H[12]|FY)[ /-]?20\d\d\b|\b20\d\d[ /-](?:Q[1-4]|H[12])\b", re.IGNORECASE)
_UNITS = {"per cent": "%", "pp": "percentage points", "m": "million", "bn": "billion", "k": "thousand"}
_RISE = re.compile(
    r"\b(?:rose|rise|rises|risen|up|grew|grown|growth|increased?|higher|gained|improved)\b", re.IGNORECASE
)
_FALL = re.compile(
    r"\b(?:fell|fall|falls|fallen|down|declined?|decreased?|lower|dropped|shrank|worsened)\b", re.IGNORECASE
)


def misread(text: str, report: Report) -> list[Doubt]:
    """The claims that tell a figure of the report otherwise than it is."""
    rows = [one for board in report.boards for one in board.figures]
    return [
        Doubt(claim, why)
        for claim in claims(text)
        if cited(claim)
        for why in list(_wrong(_MARK.sub(" ", claim), rows))[:1]
    ]


def _wrong(claim: str, rows: list[Figure]) -> Iterator[str]:
    said = words_of(claim)
    periods = {one.key for found in _PERIODS.findall(claim) if (one := period_of(found))}
    for found in _FIGURE.finditer(_PERIODS.sub(" ", claim)):
        number, unit = found[1], _UNITS.get((found[2] or "").casefold(), (found[2] or "").casefold())
        holding = [(row, name) for row in rows for name in _periods_with(number, row)]
        if not holding:
            yield from _turned(claim, number, said, rows)
            continue
        near = [(row, name) for row, name in holding if words_of(row.label) & said]
        if not near:
            yield f"{number} is '{holding[0][0].label}' in the report"
            continue
        if unit and all(_unit(row) and _unit(row) != unit for row, _ in near):
            yield f"{number} is in {near[0][0].unit} there"
        elif len(periods) == 1 and not any((one := period_of(name)) and one.key in periods for _, name in near):
            yield f"{number} is that of {near[0][1]}"


def _periods_with(number: str, row: Figure) -> list[str]:
    return [name for name, written in row.written.items() if number in re.findall(r"\d+(?:[.,]\d+)*", written)]


def _unit(row: Figure) -> str:
    """The unit as a claim would say it, without a currency."""
    unit = row.unit.casefold()
    return next(
        (
            _UNITS.get(one, one)
            for one in unit.split()
            if _UNITS.get(one, one) in ("%", "million", "billion", "thousand")
        ),
        "",
    )


def _turned(claim: str, number: str, said: set[str], rows: list[Figure]) -> Iterator[str]:
    """A change that is told the wrong way round."""
    for row in rows:
        signs = {change[0] for change in row.changes.values() if change[1:].split()[0] == number}
        if len(signs) == 1 and words_of(row.label) & said:
            rises, falls = bool(_RISE.search(claim)), bool(_FALL.search(claim))
            if rises != falls and rises != (signs == {"+"}):
                yield f"'{row.label}' changed by {signs.pop()}{number}"
            return
