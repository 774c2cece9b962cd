"""report.yaml: what the weekly report is made of, when it is due, and who gets it. People write it; it is trusted."""

from datetime import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from runtime.checked import valid
from runtime.fields import Text, Zone
from runtime.yamlfile import load_yaml

_FILE = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,80}\.csv$"


class Source(BaseModel):
    """One figure: from a CSV file of the folder, or from the orders of another world."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text = Field(description="what the figure is, in the report's words")
    unit: Text = Field(description="its unit, such as EUR")
    file: str | None = Field(default=None, pattern=_FILE, description="a CSV file of the folder 'sources'")
    date: str = Field(default="date", description="the column with the day, or the time with its zone")
    value: str | None = Field(default=None, description="the column that is added up; without one, rows are counted")
    label: str | None = Field(default=None, description="the column that names the largest row")
    daily: bool = Field(default=False, description="whether each day of the week must have a row")
    orders_of: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9_-]{0,60}$",
        description="in place of a file: the world whose orders count",
    )

    @model_validator(mode="after")
    def _has_one_origin(self) -> "Source":
        if (self.file is None) == (self.orders_of is None):
            raise ValueError("it must come from one place; write either 'file' or 'orders_of'")
        return self


class ReportFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text = Field(description="the report's title")
    zone: Zone = Field(description="the house's time zone, such as Europe/Berlin")
    due: str = Field(
        default="06:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="when, on Monday, such as 06:00"
    )
    recipients: tuple[Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+$")], ...] = Field(
        min_length=1, description="the mail addresses that get it"
    )
    sources: tuple[Source, ...] = Field(min_length=1, description="its figures")

    @property
    def clock(self) -> ZoneInfo:
        """The house's zone."""
        return ZoneInfo(self.zone)

    @property
    def due_at(self) -> time:
        """When on Monday it is due, on that clock."""
        return time.fromisoformat(self.due)


def load_report(path: Path) -> ReportFile:
    """The file. Raises ConfigProblems with everything wrong and its line."""
    return valid(ReportFile, load_yaml(path))
