"""The figures of a week, each with the lines of the file that it comes from; and what is missing, said as such."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from tools.backends.ical import one_line
from tools.reporting.files import Source
from tools.reporting.week import Week


@dataclass(frozen=True)
class Entry:
    """One row that counts: where it stands, its day, its amount, its name."""

    where: str
    day: date
    amount: Decimal
    label: str = ""


@dataclass(frozen=True)
class Figure:
    """What a source comes to in a week and in the one before. `value` is None where the source cannot say."""

    name: str
    unit: str
    value: Decimal | None
    before: Decimal | None
    cites: str = ""
    largest: str = ""
    missing: str = ""


def figure(source: Source, entries: Sequence[Entry], problems: Sequence[str], week: Week) -> Figure:
    """The source's figure; rows that cannot be read are missing from it, and it says so."""
    now = [one for one in entries if week.holds(one.day)]
    before = [one.amount for one in entries if week.before.holds(one.day)]
    missing = list(problems)
    if source.daily and (gaps := _gaps({one.day for one in now}, week)):
        missing.append(f"no row for {', '.join(gaps)}")
    top = max(now, key=lambda one: one.amount, default=None)
    return Figure(
        source.name,
        source.unit,
        sum((one.amount for one in now), Decimal(0)),
        sum(before, Decimal(0)) if before else None,
        cited(one.where for one in now),
        f"{top.label} ({top.where})" if top and top.label else "",
        "; ".join(missing),
    )


def absent(source: Source, why: str) -> Figure:
    """The figure of a source that is not there."""
    return Figure(source.name, source.unit, None, None, missing=why)


def entries_of(source: Source, path: Path, zone: ZoneInfo) -> tuple[list[Entry], list[str]]:
    """The rows of a CSV file that can be read, and what is wrong with the others. Raises ValueError without a file."""
    try:
        reader = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except (OSError, ValueError, csv.Error) as error:
        raise ValueError(f"{path.name} is not there" if not path.exists() else f"{path.name} cannot be read") from error
    wanted = [name for name in (source.date, source.value, source.label) if name]
    if lost := [name for name in wanted if name not in (reader.fieldnames or ())]:
        raise ValueError(f"{path.name} has no column '{lost[0]}'")
    found, wrong = [], []
    for line, row in rows:
        try:
            amount = _amount(row[source.value]) if source.value else Decimal(1)
            label = one_line(row[source.label])[:60] if source.label else ""
            found.append(Entry(f"{path.name}:{line}", _day(row[source.date], zone), amount, label))
        except (ValueError, InvalidOperation, AttributeError, TypeError):
            wrong.append(f"{path.name}:{line} cannot be read")
    return found, wrong


def cited(places: Iterable[str]) -> str:
    """Places such as `a.csv:2` put together: `a.csv:2-4, 9`."""
    files: dict[str, list[str]] = {}
    for one in places:
        name, _, line = one.rpartition(":")
        files.setdefault(name, []).append(line)
    return "; ".join(f"{name}:{', '.join(_spans(lines))}" for name, lines in files.items())


def _spans(lines: list[str]) -> Iterator[str]:
    if not all(one.isdigit() for one in lines):
        yield from lines
        return
    numbers = sorted(int(one) for one in lines)
    first = last = numbers[0]
    for one in [*numbers[1:], None]:
        if one == last + 1:
            last = one
            continue
        yield str(first) if first == last else f"{first}-{last}"
        first = last = one if one is not None else last


def _gaps(days: set[date], week: Week) -> list[str]:
    whole = [week.first + timedelta(days=number) for number in range(7)]
    return [f"{one:%a %-d %b}" for one in whole if one not in days]


def _amount(text: str) -> Decimal:
    amount = Decimal(text.strip())
    if not amount.is_finite():
        raise ValueError("no amount")
    return amount


def _day(text: str, zone: ZoneInfo) -> date:
    """A day as it is written, or the house's day of a time with its zone."""
    text = text.strip()
    if len(text) <= 10:
        return date.fromisoformat(text)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(zone).date()
