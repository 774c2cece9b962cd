"""When something shall be: days and times of day in everyday English, read strictly.

What can be read in two ways, such as "at 3" or "04/05", is a question back, and so is what is over.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from runtime.errors import Unclear
from tools.directory import DAYS

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = rf"(?:{'|'.join(_NAMES)})"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10}
_NUMBER = rf"(\d+|{'|'.join(_NUMBERS)})"
_CLOCK = r"(\d{1,2})(?:[:.](\d\d))?\s*(am|pm|a\.m\.|p\.m\.)?"
_PARTS = {"morning": (time(0), time(12)), "afternoon": (time(12), time(18)), "evening": (time(17), time(22))}
_VAGUE = re.compile(
    r"\b(?:end|middle|beginning|start) of (?:the |this |next )?(?:month|week|quarter|year)\b"
    r"|\b(?:this|next) (?:month|quarter|year)\b|\bin \w+ (?:months?|years?)\b"
    rf"|\b{_WEEKDAY} (?:after|before) [a-z]+(?: [a-z]+)?"
    rf"|\b(?:by|before|after|until|since|except|not|but) (?:on )?(?:next |this )?(?:{_WEEKDAY}|tomorrow|today)\b"
    rf"|\b{_WEEKDAY},? (?:or|and|to|until|through|-) (?:on )?{_WEEKDAY}\b|\b{_WEEKDAY} week\b"
    rf"|\bthe \d{{1,2}}(?:st|nd|rd|th)\b(?! (?:of )?{_MONTH})|\b\d{{1,2}}\.\s?\d{{1,2}}\.|\bweekends?\b|\bfortnight\b"
    r"|\b(?:a|one|two) weeks? from\b|(?<!for )\bthe next \w+ (?:days|weeks)\b|\bwithin \w+ (?:hours|days|weeks)\b"
)
_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|midnight|lunch\w*|breakfast|dinner)"
_VAGUE_TIME = re.compile(
    r"\b(?:half|quarter|\w+ minutes?) (?:past|to) \w+|\bin (?:half )?(?:an?|\w+) (?:hours?|minutes?)\b"
    rf"|\b(?:at|by|around|before|after|from) {_WORD}\b|\b\d{{1,2}} ?uhr\b|\blunch-?time\b|\bnoonish\b|\beod\b"
    r"|\b(?:around|about|roughly|by) \d{1,2}(?::\d\d)?(?: ?[ap]m\b)?(?!\d| ?(?:m|h))|\b(?:first|last) thing\b"
    r"|\bend of (?:the )?(?:day|business)\b|\b(?:early|late) (?:in|on|morning|afternoon|evening)\b"
)
_NAMED = rf"\b(\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?)(,?\s+\d{{4}})?\b"
_ELSEWHERE = re.compile(
    r"(?:\d\s*[ap]m|:\d\d|\bat \d{1,2})\s+((?:in )?[a-z]+(?: [a-z]+)? time|utc|gmt|cet|cest|[ecmp][sd]t|ist|jst)\b"
)
_AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class When:
    """From which day to which, between which wall times; `at` is an exact one. `said` is false if no day was named."""

    first: date
    last: date
    at: time | None = None
    earliest: time = time(0)
    latest: time = time(23, 59)
    said: bool = True


def when_in(text: str, now: datetime) -> When:
    """When the text says, for somebody on whose clock it is `now`. Raises Unclear for what is over or ambiguous."""
    words = text.casefold()
    if found := re.search(rf"\b(yesterday|last (?:week|month|{_WEEKDAY}))\b", words):
        raise Unclear(f"'{found[1]}' is over: which day is meant?", remedy="name a day to come, such as 'tomorrow'")
    _check_read(words)
    first, last, said = _days(words, now.date())
    if last < now.date():
        raise Unclear(f"{last:%-d %B %Y} is over: which day is meant?", remedy="name a day to come")
    at, earliest, latest = _hours(words)
    return When(max(first, now.date()), last, at, earliest, latest, said)


def _check_read(words: str) -> None:
    """Raise Unclear for days and clocks that nobody reads here, and that would be passed over in silence otherwise."""
    if found := _VAGUE.search(words):
        raise Unclear(f"which day is meant by '{found[0]}'?", remedy="name it, such as '15 March' or 'next Friday'")
    if found := _VAGUE_TIME.search(words):
        raise Unclear(f"which time is meant by '{found[0]}'?", remedy="write it like 15:00 or 3pm, or leave it out")
    if found := _ELSEWHERE.search(words):
        raise Unclear(f"'{found[1]}' is another clock: when is it on yours?", remedy="say the time on your own clock")


def minutes_in(text: str) -> int | None:
    """How long the text says it takes, in minutes; None if it does not say."""
    words = text.casefold()
    if re.search(r"\b(half an hour|half-hour|half hour)\b", words):
        return 30
    if re.search(r"\bquarter of an hour\b", words):
        return 15
    if re.search(r"\b(an hour and a half|one and a half hours)\b", words):
        return 90
    if found := re.search(r"\b(\d+(?:\.\d+)?)[\s-]*(?:hours?|hrs?|h)\b", words):
        return round(float(found[1]) * 60)
    if found := re.search(r"\b(\d+)[\s-]*(?:minutes?|mins?|m)\b", words):
        return int(found[1])
    if found := re.search(rf"\b{_NUMBER}[\s-]hours?\b", words):
        return _number(found[1]) * 60
    return _length(*span) if (span := _span(words)) else None


def _span(words: str) -> tuple[time, time] | None:
    """From when to when the words say that it is: from 2 to 4pm, 14:00-15:30."""
    found = re.search(
        rf"(?<![\w-])(?:from\s+{_CLOCK}\s*(?:to|until|till|-|–)\s*{_CLOCK}|{_CLOCK}\s*(?:-|–)\s*(\d{{1,2}})(?:[:.](\d\d))?\s*"
        r"(am|pm|a\.m\.|p\.m\.|(?<=:\d\d)))(?![\w-])",
        words,
    )
    if not found:
        return None
    one = next(part for part in (found.groups()[:6], found.groups()[6:]) if part[0])
    return _clock(one[0], one[1], one[2] or one[5]), _clock(*one[3:])


def _length(first: time, last: time) -> int:
    return (last.hour - first.hour) * 60 + last.minute - first.minute


def repeat_in(text: str) -> str:
    """How often the text says: daily, weekly, biweekly, monthly; empty for once."""
    words = text.casefold()
    rhythms = (
        ("biweekly", r"\b(bi-?weekly|fortnightly|every (other|second|two) weeks?|every other \w+day)\b"),
        ("daily", r"\b(daily|every (working |work)?day|every morning)\b"),
        ("weekly", rf"\bweekly\b|\bevery week\b|\bevery {_WEEKDAY}\b|\b{_WEEKDAY}s\b"),
        ("monthly", r"\b(monthly|every month)\b"),
    )
    return next((name for name, pattern in rhythms if re.search(pattern, words)), "")


def times_in(text: str, repeat: str) -> int | None:
    """How many times a series shall be, if the text says."""
    words = text.casefold()
    if found := re.search(rf"\b{_NUMBER} times\b", words):
        return _number(found[1])
    if found := re.search(rf"\bfor (?:the next )?{_NUMBER} (weeks|months)\b", words):
        per = {"daily": 5.0, "weekly": 1.0, "biweekly": 0.5, "monthly": 0.25}[repeat]
        return max(2, int(_number(found[1]) * (per if found[2] == "weeks" else per * 4)))
    return None


def _days(words: str, today: date) -> tuple[date, date, bool]:
    if found := re.search(_NAMED, words):
        day = _named_day(found[0], today)
        _check_weekday(words, day)
        return day, day, True
    for pattern, meaning in _PHRASES:
        if found := re.search(pattern, words):
            first, last = meaning(found, today)
            return first, last, True
    if found := re.search(r"\b\d{1,2}/\d{1,2}(/\d+)?\b", words):
        raise Unclear(f"'{found[0]}' can be two days: which is meant?", remedy="write the month's name, or 2027-03-15")
    return today, today + _AHEAD, False


def _check_weekday(words: str, day: date) -> None:
    """Raise Unclear if a day of the week is named with a date that is another."""
    named = re.search(rf"\b({_WEEKDAY})\b", words)
    if named and named[1] != _NAMES[day.weekday()]:
        raise Unclear(
            f"{day:%-d %B %Y} is a {day:%A}, no {named[1].capitalize()}: which day is meant?", remedy="name one"
        )


def _named_day(words: str, today: date) -> date:
    """A day named by its month; without a year, the next one to come."""
    import dateparser

    base = datetime(today.year, today.month, today.day)  # noqa: DTZ001 - a day on somebody's own calendar
    settings = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY"}
    plain = re.sub(r"(\d)(st|nd|rd|th)\b|\bof\s+", r"\1", words)
    read = dateparser.parse(plain, languages=["en"], settings=settings)
    if read is None:
        raise Unclear(f"'{words}' is no day: which is meant?", remedy="write it like 15 March or 2027-03-15")
    return date(read.year, read.month, read.day)


def _hours(words: str) -> tuple[time | None, time, time]:
    """An exact time, or the wall times it has to lie between: from 2 to 4pm is both if no other length is said."""
    if span := _span(words):
        alone = minutes_in(words) == _length(*span)
        return (span[0], time(0), time(23, 59)) if alone else (None, *span)
    if found := re.search(rf"\bbetween\s+{_CLOCK}\s+(?:and|to|until|-)\s+{_CLOCK}", words):
        first, last = found.groups()[:3], found.groups()[3:]
        return None, _clock(first[0], first[1], first[2] or last[2]), _clock(*last)
    for part, (earliest, latest) in _PARTS.items():
        if re.search(rf"\b(?:in the|this|tomorrow|{_WEEKDAY}|every) {part}s?\b", words):
            return None, earliest, latest
    if found := re.search(rf"\bafter\s+(noon|{_CLOCK})", words):
        return None, time(12) if found[1] == "noon" else _clock(*found.groups()[1:4]), time(23, 59)
    if found := re.search(rf"\bbefore\s+(noon|{_CLOCK})", words):
        return None, time(0), time(12) if found[1] == "noon" else _clock(*found.groups()[1:4])
    if re.search(r"\b(at noon|at midday|at 12 noon)\b", words):
        return time(12), time(0), time(23, 59)
    if found := re.search(rf"\b(?:at|@|to)\s+{_CLOCK}(?![\w/]|\s*(?:people|seats|weeks|of\b|{_MONTH}))", words):
        return _clock(*found.groups()), time(0), time(23, 59)
    bare = re.search(r"\b(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)\b", words)
    if found := bare or re.search(r"\b(\d{1,2}):(\d\d)()\b", words):
        return _clock(*found.groups()), time(0), time(23, 59)
    return None, time(0), time(23, 59)


def _clock(hour: str, minute: str | None, half: str | None) -> time:
    number, mark = int(hour), (half or "").replace(".", "")
    if number > 23 or (mark and not 1 <= number <= 12):
        raise Unclear(f"'{hour}{half or ''}' is no time of day: when is meant?", remedy="write it like 15:00 or 3pm")
    if not mark and minute is None and 1 <= number <= 7:
        raise Unclear(f"is 'at {hour}' {number:02}:00 or {number + 12}:00?", remedy=f"write {number}am or {number}pm")
    if mark:
        number = number % 12 + (12 if mark == "pm" else 0)
    return time(number, int(minute or 0))


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def _weekday(found: re.Match[str], today: date) -> tuple[date, date]:
    """The next such day to come; `next` leaves the present week out, `this` does not leave it."""
    ahead = (_NAMES.index(found[2]) - today.weekday()) % 7
    monday = today - timedelta(days=today.weekday())
    following = monday + timedelta(days=7 + _NAMES.index(found[2]))
    day = following if found[1] == "next " else today + timedelta(days=ahead)
    return day, day


def _week(found: re.Match[str], today: date) -> tuple[date, date]:
    monday = today - timedelta(days=today.weekday())
    if found[1] == "next":
        return monday + timedelta(days=7), monday + timedelta(days=11)
    friday = monday + timedelta(days=len(DAYS) - 3)
    return today, max(today, friday)


def _day_of_week(found: re.Match[str], today: date) -> tuple[date, date]:
    """A day of this week or the next, however the two are put."""
    week, name = sorted(found.groups(), key=_NAMES.__contains__)
    monday = today - timedelta(days=today.weekday() - (7 if week == "next" else 0))
    day = monday + timedelta(days=_NAMES.index(name))
    return day, day


def _single(days: int) -> Callable[[re.Match[str], date], tuple[date, date]]:
    return lambda _found, today: (today + timedelta(days=days), today + timedelta(days=days))


def _later(found: re.Match[str], today: date) -> tuple[date, date]:
    day = today + timedelta(days=_number(found[1]) * (7 if found[2].startswith("week") else 1))
    return day, day


def _iso(found: re.Match[str], _today: date) -> tuple[date, date]:
    try:
        day = date.fromisoformat(found[0])
    except ValueError as error:
        raise Unclear(f"'{found[0]}' is no day: which is meant?", remedy="write it like 2027-03-15") from error
    return day, day


_PHRASES: tuple[tuple[str, Callable[[re.Match[str], date], tuple[date, date]]], ...] = (
    (r"\b\d{4}-\d\d-\d\d\b", _iso),
    (r"\bday after tomorrow\b", _single(2)),
    (r"\btomorrow\b", _single(1)),
    (r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b", _single(0)),
    (rf"\b(next|this) week(?:,? on)? ({_WEEKDAY})\b", _day_of_week),
    (rf"\b({_WEEKDAY})(?:,| of)? (next|this) week\b", _day_of_week),
    (r"\b(this|next|my) week\b", _week),
    (rf"\bin {_NUMBER} (days?|weeks?)\b", _later),
    (rf"\b(next |this )?({'|'.join(_NAMES)})s?\b", _weekday),
)
