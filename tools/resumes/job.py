"""The position, as the house wrote it: what is scored, with how many points, and how interviews shall be held."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Words = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, serialize_by_alias=True)


class House(_Part):
    """Who looks for somebody."""

    name: Words
    mail: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Criterion(_Part):
    """One thing that counts. `terms` are the words it shows by; with `years` it wants so many years of dated work."""

    id: Id
    text: Words
    points: int = Field(ge=1, le=1000)
    must: bool = False
    terms: tuple[Words, ...] = Field(min_length=1)
    years: float | None = Field(default=None, gt=0, le=60)

    def shows_in(self, text: str) -> bool:
        """Whether one of the terms stands in `text`, as a word or words of their own."""
        either = "|".join(re.escape(term) for term in self.terms)
        return bool(re.search(rf"(?<!\w)(?:{either})(?!\w)", text, re.IGNORECASE))


class Panel(_Part):
    """So many people of one team sit in."""

    team: Words
    people: int = Field(ge=1, le=20)


class Interviews(_Part):
    """When interviews are held, how long each takes, and how many candidates are invited."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    minutes: int = Field(ge=5, le=480)
    shortlist: int = Field(ge=1, le=100)
    panel: tuple[Panel, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> "Interviews":
        if self.last < self.first:
            raise ValueError("'to' is before 'from'; swap them")
        return self


class Job(_Part):
    """One position."""

    position: Id
    title: Words
    status: Literal["open", "closed"] = "open"
    summary: str = ""
    house: House
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    interviews: Interviews

    @model_validator(mode="after")
    def _criteria_differ(self) -> "Job":
        ids = [criterion.id for criterion in self.criteria]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"two criteria have the id '{twice[0]}'; give each its own")
        return self

    def criterion(self, criterion_id: str) -> Criterion | None:
        """The criterion with that id, or None."""
        return next((one for one in self.criteria if one.id == criterion_id), None)


def load_job(path: Path) -> Job:
    """The job in a YAML file. Raises ConfigProblems that names the file, the line and every key that is wrong."""
    from runtime.checked import checked
    from runtime.problems import ConfigProblems
    from runtime.yamlfile import load_yaml

    located = load_yaml(path, path.name)
    job, wrong = checked(Job, located) if located.readable else (None, [])
    problems = [*located.problems, *wrong]
    if job is None or problems:
        raise ConfigProblems(problems)
    return job
