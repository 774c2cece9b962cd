"""The weekly report: reading its sources, making it once a week, and sending it once to each recipient."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from runtime.clock import stamp
from runtime.errors import CannotWork, TryAgain
from tools.backends.orders import ORDERS
from tools.backends.reports import REPORTS, Report
from tools.letters import House, farewell, mail_to, message_id
from tools.reporting import pages
from tools.reporting.figures import Entry, Figure, absent, entries_of, figure
from tools.reporting.files import ReportFile, Source, load_report
from tools.reporting.week import Week, week_due
from tools.tool import tool
from tools.world import World

if TYPE_CHECKING:
    from email.message import EmailMessage


@tool(effect="read", trusted=("week", "recipients.*"))
def read_sources(*, world: World) -> dict[str, Any]:
    """Read what the weekly report is made of: the week that is due, each figure with the rows it comes from and that of
    the week before, who gets the report, and whether it was made. 'missing' says what the sources lack."""
    file, week = _file(world), _week(world)
    figures = [_figure(one, file, week, world) for one in file.sources]
    return {
        "as_of": stamp(world.clock.now()),
        "week": week.name,
        "from": week.first.isoformat(),
        "to": week.last.isoformat(),
        "due": stamp(week.due),
        "made": world.service(REPORTS).get(week.name) is not None,
        "recipients": list(file.recipients),
        "figures": [_data(one) for one in figures],
        "missing": pages.missing(figures),
    }


def _made(week: str, *, world: World) -> dict[str, Any] | None:
    found = world.service(REPORTS).get(week)
    return {"week": week, "made": found.made, "missing": found.missing, "already": True} if found else None


@tool(effect="write", identity=("week",), probe=_made, keyed=True)
def write_report(week: str, *, world: World) -> dict[str, Any]:
    """Make the report of the week that read_sources says is due. It is made once and never changed; all its words and
    numbers are put in by the program."""
    if known := _made(week, world=world):
        return known
    file, due = _file(world), _week(world)
    if week != due.name:
        raise TryAgain(f"the report of '{week}' is not due", remedy=f"make that of {due.name}")
    figures = [_figure(one, file, due, world) for one in file.sources]
    report = Report(
        week,
        pages.markdown(file.title, due, figures, file.zone),
        pages.html(file.title, due, figures, file.zone),
        "\n".join(pages.missing(figures)),
    )
    already = not world.service(REPORTS).keep(report)
    kept = _made(week, world=world)
    assert kept is not None
    return kept | {"already": already}


def _sent(week: str, to: str, *, world: World) -> dict[str, Any] | None:
    identity = _identity(week, to, world)
    return (
        {"week": week, "to": to, "message_id": identity, "already": True} if world.mailbox.has_sent(identity) else None
    )


@tool(effect="send", targets=("to",), identity=("week", "to"), probe=_sent, keyed=True, preview="letter")
def send_report(week: str, to: str, *, world: World) -> dict[str, Any]:
    """Send the report of a week to one of its recipients, once. It must have been made by write_report."""
    file, report = _file(world), world.service(REPORTS).get(week)
    if to.strip().casefold() not in {one.casefold() for one in file.recipients}:
        raise CannotWork(f"'{to}' does not get the report", remedy=f"send it to {', '.join(file.recipients)}")
    if report is None:
        raise TryAgain(f"the report of '{week}' is not made", remedy="make it with write_report")
    message = _letter(file, report, to, world)
    sent = world.mailbox.send(message)
    return {"week": week, "to": to, "message_id": str(message["Message-ID"]), "already": not sent}


def _letter(file: ReportFile, report: Report, to: str, world: World) -> "EmailMessage":
    house = House(world.house_name, world.house_mail)
    title = f"{file.title}, {report.week}"
    message = mail_to(house, "", to, title, [report.markdown, farewell(house)], world.clock.now())
    message["Message-ID"] = _identity(report.week, to, world)
    message.add_alternative(report.html, subtype="html")
    return message


def _identity(week: str, to: str, world: World) -> str:
    return message_id(House(world.house_name, world.house_mail), "report", week, to.strip().casefold())


def _file(world: World) -> ReportFile:
    return load_report(world.inputs["report"])


def _week(world: World) -> Week:
    file = _file(world)
    return week_due(world.clock.now(), file.clock, file.due_at)


def _figure(source: Source, file: ReportFile, week: Week, world: World) -> Figure:
    try:
        if source.file is not None:
            entries, wrong = entries_of(source, world.inputs["sources"] / source.file, file.clock)
        else:
            entries, wrong = _orders(source, world), []
    except ValueError as error:
        return absent(source, str(error))
    return figure(source, entries, wrong, week)


def _orders(source: Source, world: World) -> list[Entry]:
    """The orders that another world placed in the figure's currency. Raises ValueError if there is no such world."""
    name = source.orders_of or ""
    shared = world.site is not None and world.site.settings.records == "postgres"  # one order book for all worlds
    if world.site is None or not (shared or (world.folder.parent / name / "orders.sqlite").is_file()):
        raise ValueError(f"there is no world '{name}' with orders yet")
    orders = ORDERS.open(replace(world.site, folder=world.folder.parent / name))
    return [
        Entry(f"{name}:{one.key}", date.fromisoformat(one.day), Decimal(one.cents) / 100, one.supplier)
        for one in orders.all()
        if one.state != "cancelled" and one.currency == source.unit
    ]


def _data(one: Figure) -> dict[str, Any]:
    return {
        "name": one.name,
        "unit": one.unit,
        "value": None if one.value is None else float(one.value),
        "before": None if one.before is None else float(one.before),
        "rows": one.cites,
        "largest": one.largest,
        "missing": one.missing,
    }
