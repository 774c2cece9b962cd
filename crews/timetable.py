"""What config/schedules.yaml and config/limits.yaml may say. Neither is part of what a run is bound to."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator, model_validator

from crews.sources import Entry, Reading
from runtime.errors import ConfigError
from runtime.fields import Text, Zone
from runtime.limits import Limits
from runtime.occurrences import check_cron
from runtime.problems import ConfigProblems, Problem, did_you_mean

Missed = Literal["skip", "once", "all"]


class ScheduleSpec(BaseModel):
    """One schedule: when it comes round, and the run that it starts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: Text = Field(description="minute, hour, day, month and weekday, as in crontab")
    zone: Zone = Field(description="the time zone that the hours are meant in, such as Europe/Berlin")
    goal: str | None = Field(default=None, description="the goal, in words")
    scenario: str | None = Field(default=None, description="the scenario to run, in place of a goal or with one")
    crew: str | None = Field(default=None, description="the crew, if not the scenario's own")
    world: str | None = Field(default=None, description="the state to act on")
    usd: float | None = Field(default=None, gt=0, description="what one run may cost at most")
    tenant: Text = Field(default="house", description="on whose account it runs")
    priority: int = Field(default=0, description="more urgent runs of a tenant go first")
    missed: Missed = Field(
        default="once",
        description="what to do about occurrences that nobody was there for: none, one run for all of them, or each",
    )

    @field_validator("cron")
    @classmethod
    def _comes_round(cls, cron: str) -> str:
        try:
            check_cron(cron)
        except ConfigError as error:
            raise ValueError(f"{error.problem}; write {error.remedy}") from error
        return cron

    @model_validator(mode="after")
    def _says_what(self) -> "ScheduleSpec":
        if not (self.goal or self.scenario):
            raise ValueError("a schedule needs a 'goal' or a 'scenario'")
        return self


class Pace(BaseModel):
    """How fast a provider of models may be asked, by all workers together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_once: PositiveInt | None = Field(default=None, description="calls under way at the same time")
    per_minute: PositiveInt | None = Field(default=None, description="calls that may begin within a minute")


class LimitsFile(BaseModel):
    """config/limits.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_tenant: PositiveInt | None = Field(default=None, description="runs of one tenant at the same time")
    tenants: Mapping[str, PositiveInt] = Field(default_factory=dict, description="the same for a tenant by its name")
    crews: Mapping[str, PositiveInt] = Field(default_factory=dict, description="runs of a crew at the same time")
    providers: Mapping[str, Pace] = Field(
        default_factory=dict, description="providers of config/models.yaml by name, and how fast they may be asked"
    )

    def limits(self) -> Limits:
        """What claims go by."""
        return Limits(self.per_tenant, self.tenants, self.crews)


def schedules_in(reading: Reading) -> dict[str, Entry[ScheduleSpec]]:
    """The schedules of a project; none without the file."""
    return reading.entries("schedules", ScheduleSpec) if _there(reading, "schedules") else {}


def limits_in(reading: Reading) -> Entry[LimitsFile] | None:
    """The limits of a project; none without the file."""
    return reading.whole("limits", LimitsFile) if _there(reading, "limits") else None


def timetable_problems(
    schedules: Mapping[str, Entry[ScheduleSpec]],
    limits: Entry[LimitsFile] | None,
    *,
    crews: Mapping[str, object],
    scenarios: Mapping[str, object],
    providers: Mapping[str, object],
) -> Iterator[Problem]:
    """Names of crews, scenarios and providers that do not exist."""
    for entry in schedules.values():
        spec = entry.value
        for kind, name, known in (
            ("scenario", spec.scenario if spec else None, scenarios),
            ("crew", spec.crew if spec else None, crews),
        ):
            if name is not None and name not in known:
                yield entry.source.problem((kind,), f"there is no {kind} '{name}'", did_you_mean(name, known))
    if limits and limits.value:
        for key, named, known in (
            ("crews", limits.value.crews, crews),
            ("providers", limits.value.providers, providers),
        ):
            for name in named:
                if name not in known:
                    problem = f"there is no {key.removesuffix('s')} '{name}'"
                    yield limits.source.problem((key, name), problem, did_you_mean(name, known), key=True)


def read_timetable(project: Path) -> tuple[dict[str, ScheduleSpec], LimitsFile]:
    """The schedules and limits alone. Raises ConfigProblems for files that are not valid."""
    reading = Reading(project)
    schedules, limits = schedules_in(reading), limits_in(reading)
    if reading.problems:
        raise ConfigProblems(reading.problems)
    found = {name: entry.value for name, entry in schedules.items() if entry.value}
    return found, limits.value if limits and limits.value else LimitsFile()


def _there(reading: Reading, kind: str) -> bool:
    return (reading.project / "config" / f"{kind}.yaml").exists()
