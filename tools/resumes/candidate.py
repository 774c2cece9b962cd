"""The candidate's facts in the field names of JSON Resume. What is not known is None; nothing is guessed."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True
    )


class Location(_Part):
    """Where the candidate lives. `country_code` is ISO 3166-1 alpha-2."""

    city: str | None = None
    country_code: str | None = None


class Basics(_Part):
    """Who the candidate is and how to reach them. `phone` is E.164; `zone` a name of the tz database."""

    name: str | None = None
    label: str | None = None
    email: str | None = None
    phone: str | None = None
    location: Location = Location()
    zone: str | None = None


class Work(_Part):
    """One position: `name` is the employer. Dates are 2019 or 2019-03; one still held is `current` and has no end."""

    name: str | None = None
    position: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    current: bool = False


class Education(_Part):
    """One course of study."""

    institution: str | None = None
    area: str | None = None
    study_type: str | None = None


class Skill(_Part):
    """One skill, or a group of them with its members in `keywords`."""

    name: str
    keywords: tuple[str, ...] = ()


class Candidate(_Part):
    """One candidate, unmasked: for the applicant records, never for whoever scores."""

    basics: Basics = Basics()
    work: tuple[Work, ...] = ()
    education: tuple[Education, ...] = ()
    skills: tuple[Skill, ...] = ()
