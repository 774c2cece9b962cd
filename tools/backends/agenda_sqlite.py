"""The embedded agenda: everybody's calendar in one SQLite table, filled from `.ics` files, exported as such.

A row is one person's copy of one entry: its iCalendar text, and between which instants it can matter. Rows are
imported, booked or cancelled; an import only ever touches imported ones.
"""

import hashlib
from collections.abc import Collection, Container, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from runtime.clock import Clock, SystemClock, stamp
from runtime.database import make_tables, read, write
from runtime.errors import ConfigError
from runtime.traces import Traces
from tools.backends.ical import blotted, event_of, next_version, same_meeting, status_of, staying, stored, written_here
from tools.backends.ical_entries import (
    FOREVER,
    Entry,
    busy_times,
    calendar_files,
    clash,
    entries,
    joined,
    occurrences,
    written,
)
from tools.backends.protocols import AlreadyBooked, Busy, Event, SlotTaken

_METADATA = MetaData()
_CALENDAR = Table(
    "calendar",
    _METADATA,
    Column("mail", String(254), primary_key=True),
    Column("digest", String(64), nullable=False),
)
_ENTRY = Table(
    "entry",
    _METADATA,
    Column("mail", String(254), primary_key=True),
    Column("uid", String(255), primary_key=True),
    Column("state", String(16), nullable=False),  # imported | booked | cancelled
    Column("start", String(32), nullable=False, index=True),
    Column("end", String(32), nullable=False),
    Column("text", Text, nullable=False),
)
_MARGIN = timedelta(days=2)  # all-day entries are kept by UTC; their owner's day may begin and end a day off


class SqliteAgenda:
    """Calendars in a database of their own. `zones` is where each owner lives. Safe over threads and processes."""

    def __init__(self, engine: Engine, zones: Mapping[str, str], clock: Clock | None = None) -> None:
        self._engine = engine
        self._zones = zones
        self._clock = clock or SystemClock()
        make_tables(engine, _METADATA)

    def import_folder(self, folder: Path) -> list[str]:
        """Take over every `<mail>.ics` of the folder; returns whose calendars changed.

        What a file no longer holds is removed, except what was booked here. All files, or with an error none.
        """
        files = calendar_files(folder)
        with write(self._engine) as connection:
            return [mail for mail, path in files.items() if self._import(connection, mail, path)]

    def busy(self, mail: str, start: datetime, end: datetime, *, but: str = "") -> list[Busy]:
        """When `mail` is taken, but for the meeting `but`. See `Agenda.busy`."""
        with read(self._engine) as connection:
            return self._busy(connection, mail.lower(), start, end, but)

    def book(self, event: Event) -> bool:
        """Write the event into every host's calendar in one transaction. See `Agenda.book`."""
        with write(self._engine) as connection:
            for row in connection.execute(select(_ENTRY).where(_ours(event.uid))).mappings():
                known = event_of(row["text"])
                if row["state"] == "cancelled":
                    event = replace(event, sequence=max(event.sequence, known.sequence + 1))
                elif same_meeting(known, event):
                    return False
                else:
                    raise AlreadyBooked(known)
            self._write(connection, event)
        return True

    def change(self, event: Event) -> Event | None:
        """Put a booked event to another time or people in one transaction. See `Agenda.change`."""
        with write(self._engine) as connection:
            query = select(_ENTRY.c.text).where(_ENTRY.c.uid == event.uid, _ENTRY.c.state == "booked").limit(1)
            text = connection.execute(query).scalar()
            if text is None:
                return None
            known = event_of(text)
            if same_meeting(known, event):
                return known
            changed = replace(event, sequence=known.sequence + 1)
            self._write(connection, changed, staying=staying(known, changed))
        return changed

    def find(self, uid: str) -> Event | None:
        """The event with that uid, from any calendar; None if there is none, or it is cancelled."""
        query = select(_ENTRY.c.text).where(_ENTRY.c.uid == uid, _ENTRY.c.state == "booked").limit(1)
        with read(self._engine) as connection:
            text = connection.execute(query).scalar()
        return event_of(text) if text else None

    def events(self) -> list[Event]:
        """Every event that was booked through `book` and not cancelled, sorted by start."""
        query = select(_ENTRY.c.uid, _ENTRY.c.text).where(_ENTRY.c.state == "booked")
        with read(self._engine) as connection:
            texts = {row.uid: row.text for row in connection.execute(query)}
        return sorted((event_of(text) for text in texts.values()), key=lambda one: (one.start, one.uid))

    def cancel(self, uid: str) -> Event | None:
        """Cancel the event in every calendar. See `Agenda.cancel`."""
        with write(self._engine) as connection:
            row = connection.execute(select(_ENTRY).where(_ours(uid)).limit(1)).mappings().one_or_none()
            if row is None:
                return None
            event = event_of(row["text"])
            if row["state"] == "cancelled":
                return event
            event = next_version(event)
            text = stored(event, "CANCELLED", self._clock)
            connection.execute(update(_ENTRY).where(_ours(uid)).values(state="cancelled", text=text))
        return event

    def cancelled(self, uid: str) -> Event | None:
        """The event as it was cancelled. See `Agenda.cancelled`."""
        with read(self._engine) as connection:
            ours = select(_ENTRY.c.text).where(_ours(uid), _ENTRY.c.state == "cancelled").limit(1)
            text = connection.execute(ours).scalar_one_or_none()
        return event_of(text) if text else None

    def erase(self, traces: Traces, *, dry_run: bool = False) -> int:
        """Remove every meeting of ours that names the person; blot the name out of others. How many entries it were."""
        found = 0
        with write(self._engine) as connection:
            for row in connection.execute(select(_ENTRY)).mappings().all():
                text = row["text"].replace("\r\n ", "")
                if not traces.named_in(text):
                    continue
                this = (_ENTRY.c.mail == row["mail"]) & (_ENTRY.c.uid == row["uid"])
                found += 1
                if dry_run:
                    continue
                if row["state"] == "imported":
                    connection.execute(update(_ENTRY).where(this).values(text=blotted(text, traces)))
                else:
                    connection.execute(delete(_ENTRY).where(this))
        return found

    def export(self, folder: Path, uids: Collection[str]) -> list[Path]:
        """One `<mail>.ics` per person who has any of these events, with those; returns the files."""
        folder.mkdir(parents=True, exist_ok=True)
        query = select(_ENTRY.c.mail, _ENTRY.c.text).where(_ENTRY.c.uid.in_(uids))
        texts: dict[str, list[str]] = {}
        with read(self._engine) as connection:
            for mail, text in connection.execute(query.order_by(_ENTRY.c.start, _ENTRY.c.uid)):
                texts.setdefault(mail, []).append(text)
        return [written(folder / f"{mail}.ics", joined(own)) for mail, own in sorted(texts.items())]

    def _write(self, connection: Connection, event: Event, staying: Container[str] = ()) -> None:
        """Put the event into every host's calendar in place of what stands there under its uid, if all are free but
        those who are staying."""
        hosts = [one.mail.lower() for one in event.attendees if one.host]
        spans = occurrences(event)
        connection.execute(delete(_ENTRY).where(_ENTRY.c.uid == event.uid, _ENTRY.c.state != "imported"))
        for mail in hosts:
            if mail not in staying and clash(spans, self._busy(connection, mail, spans[0].start, spans[-1].end)):
                raise SlotTaken(mail)
        connection.execute(delete(_ENTRY).where(_ENTRY.c.uid == event.uid))
        text = stored(event, "CONFIRMED", self._clock)
        end = FOREVER if event.rule else event.end
        for mail in hosts:
            _insert(connection, mail, "booked", Entry(event.uid, text, event.start, end))

    def _busy(self, connection: Connection, mail: str, start: datetime, end: datetime, but: str = "") -> list[Busy]:
        if connection.execute(select(_CALENDAR.c.mail).where(_CALENDAR.c.mail == mail)).scalar() is None:
            raise KeyError(mail)
        query = select(_ENTRY.c.text).where(
            _ENTRY.c.mail == mail,
            _ENTRY.c.uid != but,
            _ENTRY.c.start < stamp(end + _MARGIN),
            _ENTRY.c.end > stamp(start - _MARGIN),
        )
        return busy_times(connection.execute(query).scalars(), self._zone(mail, "the agenda"), start, end)

    def _import(self, connection: Connection, mail: str, path: Path) -> bool:
        data = path.read_bytes()
        zone = self._zone(mail, str(path))
        digest = hashlib.sha256(zone.encode() + b"\n" + data).hexdigest()
        known = connection.execute(select(_CALENDAR.c.digest).where(_CALENDAR.c.mail == mail)).scalar()
        if known == digest:
            return False
        found = entries(data, zone, str(path), self._clock)
        connection.execute(delete(_ENTRY).where(_ENTRY.c.mail == mail, _ENTRY.c.state == "imported"))
        ours = set(connection.execute(select(_ENTRY.c.uid).where(_ENTRY.c.mail == mail)).scalars())
        for one in found:
            if one.uid not in ours:
                _insert(connection, mail, _state(one.text), one)
        connection.execute(delete(_CALENDAR).where(_CALENDAR.c.mail == mail))
        connection.execute(insert(_CALENDAR).values(mail=mail, digest=digest))
        return True

    def _zone(self, mail: str, place: str) -> str:
        if mail not in self._zones:
            raise ConfigError(f"{place}: '{mail}' is not in the directory", remedy="add the person to the people file")
        return self._zones[mail]


def _ours(uid: str) -> ColumnElement[bool]:
    return (_ENTRY.c.uid == uid) & (_ENTRY.c.state != "imported")


def _state(text: str) -> str:
    """What an entry of a file is: an interview that was exported from here stays one."""
    if not written_here(text):
        return "imported"
    return "cancelled" if status_of(text) == "CANCELLED" else "booked"


def _insert(connection: Connection, mail: str, state: str, one: Entry) -> None:
    values = {"mail": mail, "uid": one.uid, "state": state, "text": one.text}
    connection.execute(insert(_ENTRY).values(**values, start=stamp(one.start), end=stamp(one.end)))
