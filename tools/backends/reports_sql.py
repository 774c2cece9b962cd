"""The shelf of weekly reports: a table of the world, and copies as files for people."""

from dataclasses import asdict, replace
from pathlib import Path

from sqlalchemy import Column, Engine, MetaData, String, Table, Text, insert, select

from runtime.clock import Clock, stamp
from runtime.database import make_tables, read, write
from tools.backends.reports import Report

_METADATA = MetaData()
_REPORT = Table(
    "weekly_report",
    _METADATA,
    Column("week", String(10), primary_key=True),
    Column("markdown", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("missing", Text, nullable=False),
    Column("made", String(32), nullable=False),
)


class ReportShelf:
    """One report a week, never changed."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        make_tables(engine, _METADATA)

    def get(self, week: str) -> Report | None:
        """The report of that week."""
        with read(self._engine) as connection:
            row = connection.execute(select(_REPORT).where(_REPORT.c.week == week)).one_or_none()
        return Report(**row._mapping) if row else None

    def keep(self, report: Report) -> bool:
        """Keep it, unless there is one of that week; whether it was kept."""
        with write(self._engine) as connection:
            if connection.execute(select(_REPORT.c.week).where(_REPORT.c.week == report.week)).first():
                return False
            connection.execute(insert(_REPORT).values(**asdict(replace(report, made=stamp(self._clock.now())))))
        return True

    def export(self, folder: Path) -> None:
        """Each report as a Markdown file and a page."""
        with read(self._engine) as connection:
            rows = connection.execute(select(_REPORT)).all()
        for row in rows:
            (folder / "weekly").mkdir(parents=True, exist_ok=True)
            (folder / "weekly" / f"{row.week}.md").write_text(row.markdown, encoding="utf-8")
            (folder / "weekly" / f"{row.week}.html").write_text(row.html, encoding="utf-8")
