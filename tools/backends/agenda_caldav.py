"""The agenda on a CalDAV server: everybody's own calendar, read and written with one login."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin

from runtime.clock import Clock, SystemClock
from runtime.errors import ConfigError
from tools.backends.caldav_booking import MARGIN, PREFIX, Booking, Copy, is_firm, is_hold, is_place, name_of
from tools.backends.caldav_change import Change
from tools.backends.caldav_store import CaldavStore, Stored
from tools.backends.ical import event_of, next_version, same_meeting, status_of, stored, written_here
from tools.backends.ical_entries import busy_times, calendar_files, entries, joined, written
from tools.backends.protocols import Busy, Event


class CaldavAgenda:
    """Calendars of several people on one server. Safe over threads and processes.

    `calendars` is the URL or path of each person's calendar; without it, the calendars in the login's own home are
    used that are named by an address. `zones` is where each owner lives. `patience` is how many seconds another
    booking's hold may stand without moving before it is taken for abandoned.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        zones: Mapping[str, str],
        calendars: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        patience: float = 10.0,
    ) -> None:
        self._store = CaldavStore(url, username, password)
        self._zones = zones
        self._calendars: dict[str, str] | None = None
        if calendars is not None:
            self._calendars = {mail.lower(): _folder(self._store.url, at) for mail, at in calendars.items()}
        self._clock = clock or SystemClock()
        self._patience = patience

    def close(self) -> None:
        """Close the connections to the server."""
        self._store.close()

    def check(self) -> None:
        """Raises Unanswered or ConfigError if the server is not there, or refuses the login."""
        self._all()

    def seed(self, folder: Path) -> list[str]:
        """Upload every `<mail>.ics` of the folder, making calendars that are not there; returns whose they are.

        An event that its calendar holds already is left as it is, and nothing is ever removed.
        """
        files = calendar_files(folder)
        found = {
            mail: entries(path.read_bytes(), self._zone(mail, str(path)), str(path), self._clock)
            for mail, path in files.items()
        }
        for mail, own in found.items():
            if mail not in self._all():
                self._all()[mail] = self._store.make(mail)
            for one in own:
                self._store.put(
                    self._all()[mail] + name_of(one.uid, PREFIX if written_here(one.text) else "seed-"), one.text
                )
        return list(found)

    def busy(self, mail: str, start: datetime, end: datetime, *, but: str = "") -> list[Busy]:
        """When `mail` is taken, but for the meeting `but`. See `Agenda.busy`."""
        around = self._store.between(self._calendar(mail), start - MARGIN, end + MARGIN)
        others = (one.text for one in around if not but or not one.href.endswith(name_of(but)))
        return busy_times(others, self._zone(mail.lower(), "the agenda"), start, end)

    def book(self, event: Event) -> bool:
        """Write the event into every host's calendar. See `Agenda.book`."""
        return Booking(self._store, event, self._copies_for(event), clock=self._clock, patience=self._patience).make()

    def change(self, event: Event) -> Event | None:
        """Put a booked event to another time or people. See `Agenda.change`."""
        known = self.find(event.uid)
        if known is None or (same_meeting(known, event) and not self._half_changed(known)):
            return known
        change = Change(self._store, known, event, clock=self._clock, patience=self._patience)
        holding = [mail for mail, calendar in self._all().items() if self._store.get(calendar + name_of(event.uid))]
        return change.make(self._copies_of(holding), self._copies_for(event))

    def find(self, uid: str) -> Event | None:
        """The event with that uid. See `Agenda.find`.

        Where one calendar only holds the time, the booking was cut off: there is no event yet. Where calendars differ,
        a change was: it is as it was before.
        """
        first = next((one for one in self._copies(uid) if status_of(one.text) != "CANCELLED"), None)
        if first is None or is_hold(first):
            return None
        event = event_of(first.text)
        there = [first, *self._others(event, first)]
        if any(is_hold(one) for one in there):
            return None
        return min((event_of(one.text) for one in there if is_firm(one)), key=lambda one: one.sequence)

    def events(self) -> list[Event]:
        """Every event that was booked through `book` and not cancelled, sorted by start."""
        found: dict[str, Event] = {}
        for one in self._booked():
            if is_firm(one):
                event = event_of(one.text)
                found[event.uid] = event
        return sorted(found.values(), key=lambda one: (one.start, one.uid))

    def cancel(self, uid: str) -> Event | None:
        """Cancel the event in every calendar. See `Agenda.cancel`."""
        cancelled: Event | None = None
        for one in self._copies(uid):
            event = event_of(one.text)
            if is_hold(one):
                self._store.delete(one)
            elif status_of(one.text) == "CANCELLED":
                cancelled = cancelled or event
            else:
                cancelled = next_version(event)
                if self._store.put(one.href, stored(cancelled, "CANCELLED", self._clock), over=one) is None:
                    return self.cancel(uid)  # it changed in this very moment
        return cancelled

    def cancelled(self, uid: str) -> Event | None:
        """The event as it was cancelled. See `Agenda.cancelled`."""
        there = [*self._copies(uid)]
        if any(status_of(one.text) != "CANCELLED" for one in there):
            return None
        return next((event_of(one.text) for one in there), None)

    def export(self, folder: Path, uids: Collection[str]) -> list[Path]:
        """One `<mail>.ics` per person who has any of these events, with those; returns the files."""
        folder.mkdir(parents=True, exist_ok=True)
        found = {mail: self._texts(calendar, uids) for mail, calendar in sorted(self._all().items())} if uids else {}
        return [written(folder / f"{mail}.ics", joined(texts)) for mail, texts in found.items() if texts]

    def _texts(self, calendar: str, uids: Collection[str]) -> list[str]:
        there = (self._store.get(calendar + name_of(uid)) for uid in sorted(uids))
        return [one.text for one in there if one]

    def _copies_for(self, event: Event) -> list[Copy]:
        return self._copies_of(sorted({one.mail.lower() for one in event.attendees if one.host}))

    def _copies_of(self, hosts: Iterable[str]) -> list[Copy]:
        calendars = {mail: self._calendar(mail) for mail in hosts}
        return [Copy(mail, self._zone(mail, "the agenda"), calendar) for mail, calendar in calendars.items()]

    def _others(self, event: Event, first: Stored) -> Iterator[Stored]:
        """What the hosts' calendars hold of it beside the first copy."""
        hosts = {one.mail.lower() for one in event.attendees if one.host}
        for mail, calendar in self._all().items():
            href = calendar + name_of(event.uid)
            if mail in hosts and href != first.href and (one := self._store.get(href)):
                yield one

    def _half_changed(self, event: Event) -> bool:
        """Whether copies of the event differ: a change of it was cut off."""
        there = [event_of(one.text) for one in self._copies(event.uid) if is_firm(one)]
        return any(not same_meeting(one, event) for one in there)

    def _copies(self, uid: str) -> Iterator[Stored]:
        for calendar in self._all().values():
            if one := self._store.get(calendar + name_of(uid)):
                yield one

    def _booked(self) -> Iterator[Stored]:
        seen: set[str] = set()
        for calendar in self._all().values():
            names = {href.rsplit("/", 1)[-1] for href in self._store.hrefs(calendar)}
            for name in sorted(names - seen):
                one = self._store.get(calendar + name) if name.startswith(PREFIX) else None
                if one and is_firm(one) and not is_place(one):
                    seen.add(name)
                    yield one

    def _calendar(self, mail: str) -> str:
        return self._all()[mail.lower()]

    def _all(self) -> dict[str, str]:
        """Where each person's calendar is."""
        if self._calendars is None:
            there = self._store.calendars()
            self._calendars = {mail: there[mail] for mail in self._zones if mail in there}
        return self._calendars

    def _zone(self, mail: str, place: str) -> str:
        if mail not in self._zones:
            raise ConfigError(f"{place}: '{mail}' is not in the directory", remedy="add the person to the people file")
        return self._zones[mail]


def _folder(url: str, path: str) -> str:
    return urljoin(url, path if path.endswith("/") else f"{path}/")
