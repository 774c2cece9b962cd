"""Each request of a booking, a change and a cancellation goes unanswered once: made again, as the gate does, it is whole."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.errors import Unanswered
from testkit.radicale import Radicale, radicale
from testkit.wires import Fault, Wires, web_wire
from tests.tools.test_agenda_backends import ADA, BOB, CLOCK, EVE, ZONES, interview
from tools.backends import caldav_store
from tools.backends.agenda_caldav import CaldavAgenda
from tools.backends.ical import event_of, status_of
from tools.backends.protocols import Attendee, Event

FIRST = interview()
LATER = replace(FIRST, start=FIRST.start + timedelta(days=1), end=FIRST.end + timedelta(days=1))
BY_EVE = replace(FIRST, attendees=(*FIRST.attendees[:2], Attendee(EVE, "Eve", ZONES[EVE])))
KINDS: tuple[Fault, ...] = ("unheard", "unanswered", "silent", "busy")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale"), ZONES) as running:
        yield running


class Office:
    """Calendars behind a wire, with one interview at a time. `there` is what each holds of it, past the wire."""

    def __init__(self, server: Radicale, wires: Wires, url: str) -> None:
        self.wires = wires
        self._server = server
        self._paths = server.make_calendars(ZONES)
        login = (server.service, server.password)
        self.agenda = CaldavAgenda(url, *login, zones=ZONES, calendars=self._paths, clock=CLOCK, patience=0.3)

    def fresh(self) -> None:
        """Empty calendars."""
        self._server.make_calendars(ZONES)

    def there(self) -> dict[str, list[tuple[str, str]]]:
        """For each person what their calendar holds: status and day, one for each entry."""
        home = self._server.folder / "collections" / "collection-root" / "deputy"
        files = {mail: [*(home / mail / "calendar").glob("*.ics")] for mail in ZONES}
        return {mail: [_seen(one.read_text()) for one in own] for mail, own in files.items() if own}


def _seen(text: str) -> tuple[str, str]:
    return status_of(text), f"{event_of(text).start:%d}"


@pytest.fixture
def office(server: Radicale, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(caldav_store, "_SECONDS", 0.3)
    wires = Wires()
    with web_wire(server.url, wires) as url:
        made = Office(server, wires, url)
        with closing(made.agenda):
            yield made


def made_as_by_the_gate(act: Callable[[], object], is_done: Callable[[], bool]) -> None:
    """Three attempts at most, with a look before each but the first."""
    for attempt in range(3):
        try:
            if attempt and is_done():
                return
            act()
        except Unanswered:
            continue
        return
    raise AssertionError("it was not answered three times")


ACTS: dict[str, Callable[[Office], None]] = {
    "book": lambda office: made_as_by_the_gate(
        lambda: office.agenda.book(FIRST), lambda: office.agenda.find(FIRST.uid) is not None
    ),
    "move": lambda office: _change(office, LATER),
    "replace": lambda office: _change(office, BY_EVE),
    "cancel": lambda office: made_as_by_the_gate(lambda: office.agenda.cancel(FIRST.uid), lambda: False),
}


def _change(office: Office, event: Event) -> None:
    def is_done() -> bool:
        known = office.agenda.find(event.uid)
        return known is not None and (known.start, known.attendees) == (event.start, event.attendees)

    made_as_by_the_gate(lambda: office.agenda.change(event), is_done)


@pytest.mark.parametrize("fault", KINDS)
@pytest.mark.parametrize("act", ACTS)
def test_whichever_request_goes_unanswered_all_calendars_are_as_if_it_had_been(
    office: Office, act: str, fault: Fault
) -> None:
    def begin() -> None:
        office.fresh()
        if act != "book":
            office.agenda.book(FIRST)
        office.wires.mend()

    begin()
    ACTS[act](office)
    whole, count = office.there(), len(office.wires.names)
    wrong = []
    for number in range(count):
        begin()
        office.wires.cut(number, fault)
        ACTS[act](office)
        if office.there() != whole:
            wrong.append((number, office.wires.hit, office.there()))

    assert count > 5
    assert wrong == []
