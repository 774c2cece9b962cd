"""Numbers, dates and words as documents write them, and whether a value stands in a text, however it is written there.

What can be read in several ways (1,234 or 03/04/2027) has several readings. A value that is proved may be any of them;
a value that is found must have one only.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["text", "date", "number", "integer", "boolean"]

_NUMBER = re.compile(
    r"(?<![\w.,])(?<![^\W\d_][-/])(?P<sign>[-−–(]\s?)?(?P<unit>[$€£¥]\s?)?"
    r"(?P<digits>\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?|\d[\d.,]*\d|\d)(?![\w]*\d)(?!-\d)"
)
_DECIMALS = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:[.,]\d{3})+|\d+)([.,])\d{1,2}(?![\d.,]*\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_FIGURES = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-])")
_MONTHS = (
    ("jan", "janvier", "januar"), ("feb", "février", "februar"), ("mar", "mär", "mars"), ("apr", "avril"),
    ("may", "mai"), ("jun", "juin"), ("jul", "juillet"), ("aug", "août"), ("sep",), ("oct", "okt"),
    ("nov",), ("dec", "dez", "déc"),
)  # fmt: skip
_MONTH = r"(?P<month>[^\W\d_]{3,9})\.?"
_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_MONTH},?\s+(?P<year>\d{{4}})(?!\d)"
)
_MONTH_FIRST = re.compile(rf"{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?!\d)")
_CURRENCIES = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_YES, _NO = (
    frozenset({"yes", "true", "ja", "oui", "☒", "☑", "[x]", "✓"}),
    frozenset({"no", "false", "nein", "non", "☐", "[ ]"}),
)
_CENTURY = 2000
_BEFORE, _BEHIND = r"(?<!\w)(?<!\w[-/.])", r"(?!\w)(?![-/.]\w)"  # `NF` does not stand in `NF-4711`


def norm(text: str) -> str:
    """The text in small letters with single spaces, plain dashes and plain quotes."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"[‐‑‒–—−]", "-", re.sub(r"[‘’‚´`]", "'", re.sub(r"[“”„«»]", '"', plain)))
    return " ".join(plain.split())


def numbers(text: str, point: str = "") -> list[set[Decimal]]:
    """Each number in the text with all that it can be read as: both 1234 and 1.234 for `1,234`.

    With a decimal `point` (`.` or `,`) what can be both is read as the document writes its numbers.
    """
    found = []
    for one in _NUMBER.finditer(text):
        sign = -1 if (one["sign"] or "").strip() in ("-", "−", "(") and _is_sign(text, one.start()) else 1
        if readings := {sign * value for value in _readings(one["digits"], point)}:
            found.append(readings)
    return found


def _is_sign(text: str, at: int) -> bool:
    """Whether what stands at `at` can be a sign: nothing before it, or a space."""
    return at == 0 or text[at - 1].isspace()


def decimal_point(texts: Iterable[str]) -> str:
    """The sign before the decimals, if all numbers of a document that leave no doubt agree on it; else nothing."""
    signs = {found[1] for text in texts for found in _DECIMALS.finditer(text)}
    return signs.pop() if len(signs) == 1 else ""


def _readings(digits: str, point: str) -> Iterator[Decimal]:
    plain = re.sub(r"[ \u00a0\u202f'’]", "", digits)
    kinds = {one for one in plain if one in ".,"}
    if not kinds:
        yield Decimal(plain)
    elif len(kinds) == 2:
        last = max(plain.rfind("."), plain.rfind(","))
        whole, rest = plain[:last], plain[last + 1 :]
        groups = re.split(r"[.,]", whole)
        if plain.count(plain[last]) == 1 and rest and _grouped(groups):
            yield Decimal(f"{''.join(groups)}.{rest}")
    else:
        parts = re.split(r"[.,]", plain)
        both = point and len(parts) == 2 and _grouped(parts)
        if _grouped(parts) and not (both and point in kinds):
            yield Decimal("".join(parts))
        if len(parts) == 2 and not (both and point not in kinds):
            yield Decimal(f"{parts[0]}.{parts[1]}")


def _grouped(parts: list[str]) -> bool:
    """Whether the parts are thousands: up to three digits, not zero, then three each."""
    return (
        1 <= len(parts[0]) <= 3 and parts[0] != "0" and all(len(one) == 3 for one in parts[1:]) if parts[1:] else True
    )


def dates(text: str) -> list[set[date]]:
    """Each date in the text with all that it can be read as: two days for `03/04/2027`."""
    found = [{one} for match in _ISO.finditer(text) for one in _date(match[1], match[2], match[3])]
    for pattern in (_DAY_FIRST, _MONTH_FIRST):
        for match in pattern.finditer(text):
            found += [{one} for one in _date(match["year"], _month(match["month"]), match["day"])]
    for match in _FIGURES.finditer(text):
        year = match[4] if len(match[4]) == 4 else str(_CENTURY + int(match[4]))
        orders = [(match[3], match[1]), (match[1], match[3])] if match[2] == "/" else [(match[3], match[1])]
        if readings := {one for month, day in orders for one in _date(year, month, day)}:
            found.append(readings)
    return found


def _month(name: str) -> str:
    small = name.casefold()
    return next((str(at) for at, names in enumerate(_MONTHS, start=1) if small.startswith(names)), "0")


def _date(year: str, month: str, day: str) -> Iterator[date]:
    with suppress(ValueError):
        yield date(int(year), int(month), int(day))


def truth(text: str) -> bool | None:
    """What a box or an answer says: yes, no, or neither."""
    said = norm(text).strip(" .")
    return True if said in _YES else False if said in _NO else None


def parsed(text: str, kind: Kind, point: str = "") -> Any:
    """The value that the text is, as JSON has it; None if it can be read in no or in several ways."""
    if kind == "text":
        return text.strip() or None
    if kind == "boolean":
        return truth(text)
    if kind == "date":
        days = {one for readings in dates(text) for one in readings}
        return days.pop().isoformat() if len(days) == 1 else None
    found = numbers(text, point)
    if len(found) != 1 or len(found[0]) != 1:
        return None
    value = next(iter(found[0]))
    whole = value == value.to_integral_value()
    return (int(value) if whole else None) if kind == "integer" else int(value) if whole else float(value)


def stands(value: Any, kind: Kind, text: str) -> bool:
    """Whether the value stands in the text, in any form that documents write it in."""
    if isinstance(value, bool):
        return any(truth(one) is value for one in re.split(r"\s{2,}|:\s*", text))
    if kind == "date":
        return any(value == one.isoformat() for readings in dates(text) for one in readings)
    if isinstance(value, int | float):
        exact = Decimal(str(value))
        per_cent = {exact, exact * 100} if "%" in text else {exact}
        return any(per_cent & readings for readings in numbers(text))
    said = norm(str(value).replace("_", " "))
    signs = [said, norm(str(value)), norm(_CURRENCIES.get(str(value), ""))]
    return any(re.search(rf"{_BEFORE}{re.escape(one)}{_BEHIND}", norm(text)) for one in signs if one)
