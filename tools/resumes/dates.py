"""Periods of time as résumés write them: 'Mar 2019 – present', '03/2019 - 02/2021', '2015–2018', 'since 2020'."""

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    1: "january jan januar janvier janv enero ene gennaio gen januari styczeń",
    2: "february feb februar février févr fevrier febrero febbraio februari luty",
    3: "march mar märz maerz mrz mars marzo maart marzec",
    4: "april apr avril avr abril abr aprile kwiecień",
    5: "may mai mayo maggio mag mei maj",
    6: "june jun juni juin junio giugno giu czerwiec",
    7: "july jul juli juillet juil julio luglio lug lipiec",
    8: "august aug août aout agosto ago augustus sierpień",
    9: "september sep sept septembre septiembre settembre set wrzesień",
    10: "october oct oktober okt octobre octubre ottobre ott październik",
    11: "november nov novembre noviembre listopad",
    12: "december dec dezember dez décembre déc decembre diciembre dic dicembre grudzień",
}
_MONTH = {name: number for number, names in _MONTHS.items() for name in names.split()}
_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"


def _written(side: str) -> str:
    """The pattern of one date; its groups start with the letter of its side."""
    return (
        rf"(?:(?:\d{{1,2}}\.?\s+)?(?P<{side}name>{_NAMES})\.?,?\s+(?P<{side}y1>{_YEAR})"
        rf"|(?P<{side}y2>{_YEAR})[-/.](?P<{side}m2>0[1-9]|1[0-2])(?!\d)(?:[-/.][0-3]\d)?"
        rf"|(?:[0-3]?\d\.)?(?P<{side}m3>0?[1-9]|1[0-2])[/.](?P<{side}y3>{_YEAR})"
        rf"|(?P<{side}y4>{_YEAR}))"
    )


_NOW = r"present|now|today|current(?:ly)?|ongoing|to date|date|heute|jetzt|actualidad|aujourd'hui|oggi|heden|obecnie"
_TO = r"\s*(?:-{1,2}|–|—|−|\bto\b|\buntil\b|\btill\b|\bbis\b|\bà\b|\ba\b|\bal\b)\s*"
_RANGE = re.compile(
    rf"(?<![\w/.]){_written('s')}(?P<sep>{_TO})(?:(?P<now>{_NOW})\b|{_written('e')})(?![\w/])", re.IGNORECASE
)
_SINCE = re.compile(rf"\b(?:since|seit|from|depuis|desde|dal)\s+{_written('s')}(?![\w/])", re.IGNORECASE)
ANY_POINT = re.compile(rf"(?<![\w/.]){_written('s')}(?![\w/])", re.IGNORECASE)
"""Any single date that a résumé may write, from a year to a day."""


@dataclass(frozen=True)
class Point:
    """A month, or a year if the month is not said."""

    year: int
    month: int | None = None

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}" if self.month else str(self.year)


@dataclass(frozen=True)
class Period:
    """From `start` to `end` or, if that is None, to the present. `at` is where in the text it stands."""

    start: Point
    end: Point | None
    at: tuple[int, int]

    def years(self, today: date) -> float | None:
        """Years from start to end in whole months, a year without a month as its middle; None if not above zero."""
        first = self.start.year * 12 + (self.start.month - 1 if self.start.month else 6)
        now = today.year * 12 + today.month
        last = now if self.end is None else self.end.year * 12 + (self.end.month if self.end.month else 6)
        months = min(last, now) - first
        return round(months / 12, 1) if months > 0 else None


def find_period(text: str) -> Period | None:
    """The first period in `text`; None if there is none, also for a single date."""
    found = _RANGE.search(text)
    if found:
        end = None if found["now"] else _point(found, "e")
        return Period(_point(found, "s"), end, found.span())
    found = _SINCE.search(text)
    return Period(_point(found, "s"), None, found.span()) if found else None


def _point(found: re.Match[str], side: str) -> Point:
    year = next(int(found[side + key]) for key in ("y1", "y2", "y3", "y4") if found[side + key])
    if found[side + "name"]:
        return Point(year, _MONTH[found[side + "name"].lower()])
    month = found[side + "m2"] or found[side + "m3"]
    return Point(year, int(month) if month else None)
