"""People of the house, from a file that is trusted: YAML (`people:` list) or CSV with the same columns.

people:
  - name: Ada Lindqvist
    mail: ada@house.example
    zone: Europe/Berlin
    team: data platform          # optional, as all that follow
    title: Staff Engineer
    skills: [python, sql]        # CSV: python;sql
    hours: "09:00-18:00"         # local working hours
    days: [mon, tue, wed, thu, fri]
    focus: ["tue 09:00-12:00"]   # times of their own, in which nobody else books them
    buffer: 10                   # minutes they need before and after a meeting
rooms:                           # optional, as 'holidays'; YAML only
  - {name: Spree, mail: spree@house.example, zone: Europe/Berlin, seats: 8}
holidays:
  - {date: 2027-03-17, name: St Patrick's Day, zones: [Europe/Dublin]}
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from runtime.checked import checked
from runtime.fields import Zone
from runtime.problems import ConfigProblems, Problem
from runtime.yamlfile import Loc, Located, Place, load_yaml

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LISTS = ("skills", "days", "focus")
_TOO_MANY = "more cells than the first line has"


Span = tuple[time, time]


@dataclass(frozen=True)
class Person:
    """Somebody of the house, or a room of it, which has `seats`.

    `hours` are local times, the first before the second, on the weekdays in `days`; `focus` are weekdays with local
    times that nobody else books; `buffer` is what they need before and after each meeting.
    """

    name: str
    mail: str
    zone: str
    team: str = ""
    title: str = ""
    skills: tuple[str, ...] = ()
    hours: tuple[time, time] = (time(9), time(18))
    days: tuple[str, ...] = DAYS[:5]
    focus: tuple[tuple[str, Span], ...] = ()
    buffer: timedelta = timedelta()
    seats: int = 0


@dataclass(frozen=True)
class Holiday:
    """A day on which people in these time zones do not work; without zones, nobody does."""

    date: date
    name: str
    zones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Directory:
    """Everybody of the house, in the order of the file. Mail addresses are compared without regard to case."""

    people: tuple[Person, ...] = ()
    rooms: tuple[Person, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    @classmethod
    def load(cls, path: Path) -> "Directory":
        """The people in `path` (.yaml, .yml or .csv). Raises ConfigProblems with everything wrong and its line."""
        located = _located_csv(path) if path.suffix.lower() == ".csv" else load_yaml(path)
        file, problems = checked(_File, located) if located.readable else (None, [])
        rows = [("people", index, row.mail) for index, row in enumerate(file.people)] if file else []
        rows += [("rooms", index, row.mail) for index, row in enumerate(file.rooms)] if file else []
        seen: set[str] = set()
        for kind, index, mail in rows:
            if mail.lower() in seen:
                problems.append(located.problem((kind, index, "mail"), f"'{mail}' is there twice"))
            seen.add(mail.lower())
        if file is None or problems or located.problems:
            raise ConfigProblems([*located.problems, *problems])
        people, rooms = tuple(row.person() for row in file.people), tuple(row.person() for row in file.rooms)
        return cls(people, rooms, tuple(Holiday(one.date, one.name, one.zones) for one in file.holidays))

    def closed(self, zone: str) -> dict[date, str]:
        """The holidays of people in that time zone, with their names."""
        return {one.date: one.name for one in self.holidays if not one.zones or zone in one.zones}

    def by_mail(self, mail: str) -> Person:
        """The person or room with that address; KeyError if there is none."""
        return self._by_mail[mail.strip().lower()]

    def team(self, name: str) -> tuple[Person, ...]:
        """Everybody in the team of that name."""
        return tuple(one for one in self.people if _folded(one.team) == _folded(name))

    def search(self, text: str) -> tuple[Person, ...]:
        """Everybody in whose name, address, team, title or skills each word of `text` occurs, accents aside."""
        words = _folded(text).split()
        return tuple(one for one in self.people if all(word in _haystack(one) for word in words))

    @property
    def zones(self) -> dict[str, str]:
        """The time zone of each address."""
        return {one.mail: one.zone for one in (*self.people, *self.rooms)}

    @cached_property
    def _by_mail(self) -> Mapping[str, Person]:
        return {one.mail: one for one in (*self.people, *self.rooms)}


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1)
    mail: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    zone: Zone
    team: str = ""
    title: str = ""
    skills: tuple[str, ...] = ()
    hours: str = "09:00-18:00"
    days: tuple[str, ...] = Field(default=DAYS[:5], min_length=1)
    focus: tuple[str, ...] = ()
    buffer: int = Field(default=0, ge=0, le=120)

    @field_validator("hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        opens, closes = _times(value)
        if opens >= closes:
            raise ValueError(f"'{value}' ends before it begins")
        return value

    @field_validator("days")
    @classmethod
    def _days(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [day for day in value if day.lower() not in DAYS]
        if wrong:
            raise ValueError(f"'{wrong[0]}' is no weekday; use {', '.join(DAYS)}")
        return tuple(day for day in DAYS if day in {one.lower() for one in value})

    @field_validator("focus")
    @classmethod
    def _focus(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            _focus_time(one)
        return value

    def person(self) -> Person:
        return Person(
            name=self.name,
            mail=self.mail.lower(),
            zone=self.zone,
            team=self.team,
            title=self.title,
            skills=self.skills,
            hours=_times(self.hours),
            days=self.days,
            focus=tuple(map(_focus_time, self.focus)),
            buffer=timedelta(minutes=self.buffer),
        )


class _Room(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1)
    mail: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    zone: Zone
    seats: int = Field(ge=1)

    def person(self) -> Person:
        return Person(
            self.name, self.mail.lower(), self.zone, hours=(time(0), time(23, 59)), days=DAYS, seats=self.seats
        )


class _Holiday(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    date: date
    name: str = Field(min_length=1)
    zones: tuple[str, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    people: tuple[_Row, ...] = Field(description="'people:' with a list below it")
    rooms: tuple[_Room, ...] = ()
    holidays: tuple[_Holiday, ...] = ()


def _focus_time(value: str) -> tuple[str, Span]:
    day, _, hours = value.strip().lower().partition(" ")
    if day not in DAYS:
        raise ValueError(f"'{value}' begins with no weekday; write it like tue 09:00-12:00")
    first, last = _times(hours.strip())
    if first >= last:
        raise ValueError(f"'{value}' ends before it begins")
    return day, (first, last)


def _times(value: str) -> tuple[time, time]:
    match = re.fullmatch(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", value)
    if not match:
        raise ValueError(f"'{value}' are no working hours; write them like 09:00-18:00")
    first_hour, first_minute, last_hour, last_minute = map(int, match.groups())
    return time(first_hour, first_minute), time(last_hour, last_minute)


def _located_csv(path: Path) -> Located:
    """The file's rows as the same data that the YAML form gives, each at its line."""
    rows: list[dict[str, Any]] = []
    places: dict[Loc, Place] = {}
    try:
        reader = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), restkey=_TOO_MANY, strict=True)
        for row in reader:
            places["people", len(rows)] = Place(reader.line_num, 1)
            rows.append({name: _cell(name, value) for name, value in row.items() if value})
    except (OSError, ValueError, csv.Error) as error:
        return Located(str(path), problems=(Problem(str(path), 0, 0, f"cannot be read as CSV: {error}"),))
    return Located(str(path), {"people": rows}, True, places, places)


def _cell(name: str, value: Any) -> Any:
    if name not in _LISTS or not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(";") if part.strip()]


def _haystack(person: Person) -> str:
    return _folded(" ".join((person.name, person.mail, person.team, person.title, *person.skills)))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in decomposed if not unicodedata.combining(one)).split())
