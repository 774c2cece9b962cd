"""Which week a report is about: the last whole ISO week once its report is due, on the house's own clock.

Due is a local time, so that it is the same on the clock in summer and winter (ISO 8601 weeks, tz database).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Week:
    """A whole week: its ISO name such as 2027-W09, its Monday, and when its report is due."""

    name: str
    first: date
    due: datetime

    @property
    def last(self) -> date:
        """The week's Sunday."""
        return self.first + timedelta(days=6)

    @property
    def before(self) -> "Week":
        """The week before."""
        first = self.first - timedelta(days=7)
        return Week(_name(first), first, self.due)

    def holds(self, day: date) -> bool:
        """Whether the day is in it."""
        return self.first <= day <= self.last


def week_due(now: datetime, zone: ZoneInfo, at: time) -> Week:
    """The newest week whose report is due: it is due on the Monday after it, at `at` on the clock of `zone`."""
    monday = _monday(now.astimezone(zone).date())
    due = datetime.combine(monday, at, zone)
    if now < due:
        monday -= timedelta(days=7)
        due = datetime.combine(monday, at, zone)
    first = monday - timedelta(days=7)
    return Week(_name(first), first, due)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _name(day: date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}"
