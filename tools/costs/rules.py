"""The house's rules on costs, from a YAML file that is trusted: who owns what, when alerts are due, what may change.

alerts:
  at_least: {USD: 40, EUR: 40}      # a day; in each currency that is billed
  at_least_percent: 30              # both must be reached
  also_to: [chat]                   # besides the owner; chat is what APPRISE_URL names
owners:
  - {account: "410058210001", owner: amara@meridian.example}
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from runtime.checked import checked
from runtime.fields import Zone
from runtime.problems import ConfigProblems
from runtime.yamlfile import load_yaml
from tools.directory import DAYS

Mail = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
Percent = Annotated[float, Field(ge=0, le=100)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

CHAT = "chat"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class House(_Part):
    """Who writes."""

    name: str
    mail: Mail


class Snooze(_Part):
    """A cause of which nobody wants to hear until that day."""

    cause: str
    until: date
    why: str


class Alerts(_Part):
    """When an alert is due, and who hears of it besides the owner. `most` is how many one run may send."""

    at_least: dict[str, Annotated[float, Field(gt=0)]] = Field(min_length=1)
    at_least_percent: Annotated[float, Field(gt=0)] = 30
    provisional_hours: Annotated[int, Field(ge=0, le=240)] = 72
    look_back_days: Annotated[int, Field(ge=1, le=120)] = 28
    also_to: tuple[Mail | Literal["chat"], ...] = ()
    most: Annotated[int, Field(ge=1, le=200)] = 30
    snoozed: tuple[Snooze, ...] = ()


class Owner(_Part):
    """Who answers for an account, or for one service in it."""

    account: str
    service: str = ""
    owner: Mail


class Window(_Part):
    """When changes may be made."""

    days: tuple[Day, ...] = Field(min_length=1)
    hours: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
    zone: Zone

    def holds(self, at: datetime) -> bool:
        """Whether `at`, an aware time, is within it."""
        local = at.astimezone(ZoneInfo(self.zone))
        first, last = (time.fromisoformat(one) for one in self.hours.split("-"))
        return DAYS[local.weekday()] in self.days and first <= local.time() < last

    def __str__(self) -> str:
        return f"{' '.join(self.days)} {self.hours} {self.zone}"


class Size(_Part):
    """A size of machine: its list price an hour, what it has, and the next one that is smaller."""

    hourly: Annotated[float, Field(gt=0)]
    cpus: Annotated[int, Field(ge=1)]
    memory: Annotated[float, Field(gt=0)]
    smaller: str = ""
    burst: bool = False


class Machines(_Part):
    """How machines are judged: over `days` of metrics with at least `hours` of them, at the `percentile`.

    One is idle if its CPU stays below `idle_percent` there; it fits a smaller size if `headroom_percent` stays free.
    """

    days: Annotated[int, Field(ge=1, le=93)] = 14
    hours: Annotated[int, Field(ge=1)] = 30
    percentile: Annotated[float, Field(ge=50, le=100)] = 99
    idle_percent: Percent = 3
    headroom_percent: Percent = 30
    least_saving: Annotated[float, Field(ge=0)] = 10
    currency: str = "USD"
    grace_days: Annotated[int, Field(ge=1, le=90)] = 7
    never: dict[str, tuple[str, ...]] = Field(default={"environment": ("prod", "production")})
    window: Window
    sizes: dict[str, Size] = Field(default_factory=dict)


class Rules(_Part):
    """The whole file."""

    house: House
    alerts: Alerts
    owner_tags: tuple[str, ...] = ("owner",)
    owners: tuple[Owner, ...] = ()
    default_owner: Mail
    machines: Machines

    def owner_of(self, account: str, service: str = "") -> str:
        """Who answers for that service in that account: the closest entry, else the default."""
        fitting: Sequence[Owner] = [one for one in self.owners if one.account == account]
        exact = [one for one in fitting if one.service and one.service == service]
        whole = [one for one in fitting if not one.service]
        return next((one.owner for one in [*exact, *whole]), self.default_owner)

    def snoozed(self, cause: str, today: date) -> Snooze | None:
        """The snooze that keeps this cause quiet today."""
        return next((one for one in self.alerts.snoozed if one.cause == cause and today <= one.until), None)


def load_rules(path: Path) -> Rules:
    """The rules in a YAML file. Raises ConfigProblems that name the line of everything that is wrong."""
    located = load_yaml(path, path.name)
    rules, wrong = checked(Rules, located) if located.readable else (None, [])
    problems = [*located.problems, *wrong]
    if rules is None or problems:
        raise ConfigProblems(problems)
    return rules
