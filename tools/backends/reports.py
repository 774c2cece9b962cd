"""Weekly reports that were made: what their shelf must offer, and how it is opened."""

from dataclasses import dataclass
from typing import Protocol

from tools.service import Service, Site


@dataclass(frozen=True)
class Report:
    """One week's report, as it was made; `missing` says what it could not see."""

    week: str
    markdown: str
    html: str
    missing: str
    made: str = ""


class Reports(Protocol):
    """One report a week. What is kept is never changed."""

    def get(self, week: str) -> Report | None:
        """The report of that week."""
        ...

    def keep(self, report: Report) -> bool:
        """Keep it, unless there is one of that week; whether it was kept."""
        ...


def _open(site: Site) -> Reports:
    from tools.backends.reports_sql import ReportShelf

    return ReportShelf(site.database("reports"), site.clock)


REPORTS = Service("reports", _open)
