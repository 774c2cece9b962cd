"""A small house that hires, with real records, calendars and mailbox in a folder, at a time that stands still."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runtime.clock import FixedClock
from runtime.database import open_database
from tools.backends.agenda_sqlite import SqliteAgenda
from tools.backends.ats_sql import SqlAts
from tools.backends.mail_maildir import MaildirMailbox
from tools.backends.protocols import Attendee, Event
from tools.directory import Directory, Person
from tools.world import World

CLOCK = FixedClock(datetime(2027, 3, 8, 8, tzinfo=UTC))
START = datetime(2027, 3, 16, 14, tzinfo=UTC)

ADA = "ada@house.example"
BEN = "ben@house.example"

JOB = """
position: backend
title: Backend Engineer
house: {name: The House, mail: jobs@house.example}
criteria:
- {id: python, text: Python, points: 10, must: true, terms: [python]}
- {id: sql, text: SQL, points: 6, must: true, terms: [sql]}
- {id: mentoring, text: Mentoring, points: 4, terms: [mentor]}
interviews:
  from: 2027-03-15
  to: 2027-03-19
  minutes: 60
  shortlist: 2
  panel: [{team: data, people: 1}]
"""


PEOPLE = (Person("Ada Berg", ADA, "Europe/Berlin"), Person("Ben Cole", BEN, "America/New_York"))


def house(folder: Path, people: tuple[Person, ...] = PEOPLE) -> World:
    """The world, with one open position 'backend' and nobody who applied."""
    (folder / "job.yaml").write_text(JOB)
    zones = {one.mail: one.zone for one in people}
    world = World(
        name="test",
        clock=CLOCK,
        inputs={"job": folder / "job.yaml"},
        folder=folder,
        directory=Directory(people),
        agenda=_agenda(folder, zones),
        mailbox=MaildirMailbox(folder / "mail"),
        ats=SqlAts(open_database(f"sqlite:///{folder / 'ats.sqlite'}"), CLOCK),
        house_name="The House",
        house_mail="jobs@house.example",
    )
    world.ats.put_position({"position": "backend", "title": "Backend Engineer", "opened": "2027-02-01"})
    return world


def apply(world: World, candidate: str, scores: Iterable[float | None] = (), **facts: Any) -> None:
    """Put a candidate into the records: points for python, sql and mentoring, in that order."""
    name = f"{candidate.title()} Miller"
    mail = f"{candidate}@mail.example"
    person = {"id": candidate, "position": "backend", "name": name, "mail": mail, "zone": "Asia/Kolkata"}
    world.ats.put_candidate({**person, "stage": "screened", **facts})
    most = {"python": 10, "sql": 6, "mentoring": 4}
    world.ats.put_scores(
        candidate,
        [
            {
                "criterion": criterion,
                "points": points,
                "quote": f"{criterion} words",
                "line": line,
                "max": most[criterion],
            }
            for line, (criterion, points) in enumerate(zip(most, scores, strict=False), start=1)
        ],
    )


def book(world: World, candidate: str, uid: str = "i1@house.example", **changed: Any) -> Event:
    """Book an interview with Ada and Ben into the calendars, as book_interview does."""
    record = world.ats.candidate(candidate)
    assert record is not None
    guest = Attendee(record["mail"], record["name"], record["zone"], host=False)
    facts: dict[str, Any] = {
        "uid": uid,
        "title": f"Interview: Backend Engineer with {record['name']}",
        "start": START,
        "end": START + timedelta(hours=1),
        "organizer": world.house_mail,
        "attendees": (guest, Attendee(ADA, "Ada Berg", "Europe/Berlin"), Attendee(BEN, "Ben Cole", "America/New_York")),
        "facts": {"candidate": candidate, "position": "backend"},
    }
    event = Event(**{**facts, **changed})
    world.agenda.book(event)
    return event


def _agenda(folder: Path, zones: dict[str, str]) -> SqliteAgenda:
    calendars = folder / "calendars"
    calendars.mkdir()
    for mail in zones:
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "END:VCALENDAR", ""]
        (calendars / f"{mail}.ics").write_text("\r\n".join(lines))
    agenda = SqliteAgenda(open_database(f"sqlite:///{folder / 'agenda.sqlite'}"), zones, CLOCK)
    agenda.import_folder(calendars)
    return agenda
