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
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from runtime.checked import checked
from runtime.problems import ConfigProblems, Problem
from runtime.yamlfile import Loc, Located, Place, load_yaml

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LISTS = ("skills", "days")
_TOO_MANY = "more cells than the first line has"


@dataclass(frozen=True)
class Person:
    """Somebody of the house. `hours` are local times, the first before the second, on the weekdays in `days`."""

    name: str
    mail: str
    zone: str
    team: str = ""
    title: str = ""
    skills: tuple[str, ...] = ()
    hours: tuple[time, time] = (time(9), time(18))
    days: tuple[str, ...] = DAYS[:5]


@dataclass(frozen=True)
class Directory:
    """Everybody of the house, in the order of the file. Mail addresses are compared without regard to case."""

    people: tuple[Person, ...] = ()

    @classmethod
    def load(cls, path: Path) -> "Directory":
        """The people in `path` (.yaml, .yml or .csv). Raises ConfigProblems with everything wrong and its line."""
        located = _located_csv(path) if path.suffix.lower() == ".csv" else load_yaml(path)
        file, problems = checked(_File, located) if located.readable else (None, [])
        rows = file.people if file else ()
        first: dict[str, int] = {}
        for index, row in enumerate(rows):
            if first.setdefault(row.mail.lower(), index) != index:
                problems.append(located.problem(("people", index, "mail"), f"'{row.mail}' is there twice"))
        if problems or located.problems:
            raise ConfigProblems([*located.problems, *problems])
        return cls(tuple(row.person() for row in rows))

    def by_mail(self, mail: str) -> Person:
        """The person with that address; KeyError if there is none."""
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
        return {one.mail: one.zone for one in self.people}

    @cached_property
    def _by_mail(self) -> Mapping[str, Person]:
        return {one.mail: one for one in self.people}


def known_zone(name: str) -> bool:
    """Whether `name` is a time zone of the tz database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1)
    mail: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    zone: str
    team: str = ""
    title: str = ""
    skills: tuple[str, ...] = ()
    hours: str = "09:00-18:00"
    days: tuple[str, ...] = Field(default=DAYS[:5], min_length=1)

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if not known_zone(value):
            raise ValueError(f"'{value}' is no time zone; use a name of the tz database, such as Europe/Berlin")
        return value

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

    def person(self) -> Person:
        return Person(
            self.name, self.mail.lower(), self.zone, self.team, self.title, self.skills, _times(self.hours), self.days
        )


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    people: tuple[_Row, ...] = Field(description="'people:' with a list below it")


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
