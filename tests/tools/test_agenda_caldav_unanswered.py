"""A request of a booking or a change goes unanswered: made again, as the gate does, it is whole in all calendars."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.errors import Unanswered
from testkit.radicale import Radicale, radicale
from testkit.wires import Fault, Wires, web_wire
from tests.tools.test_agenda_backends import ADA, BOB, CLOCK, EVE, ZONES, interview
from tools.backends.agenda_caldav import CaldavAgenda
from tools.backends.ical import event_of, status_of
from tools.backends.protocols import Attendee, Event

FIRST = interview()
LATER = replace(FIRST, start=FIRST.start + timedelta(days=1), end=FIRST.end + timedelta(days=1))
BY_EVE = replace(FIRST, attendees=(*FIRST.attendees[:2], Attendee(EVE, "Eve", ZONES[EVE])))


class Office:
    """Calendars behind a wire, with one interview at a time."""

    def __init__(self, server: Radicale, wires: Wires, url: str) -> None:
        self.wires = wires
        self._server = server
        paths, login = server.make_calendars(ZONES), (server.service, server.password)
        self.agenda = CaldavAgenda(url, *login, zones=ZONES, calendars=paths, clock=CLOCK, patience=0.3)

    def fresh(self, *, booked: bool) -> None:
        """Calendars that hold the interview, or nothing."""
        self.wires.mend()
        self._server.make_calendars(ZONES)
        if booked:
            self.agenda.book(FIRST)
        self.wires.mend()

    def there(self) -> dict[str, list[tuple[str, str, bool]]]:
        """For each person what the server's own files hold: status and day of each entry, and whether it is a hold."""
        home = self._server.folder / "collections" / "collection-root"
        files = {mail: sorted((home / mail / "calendar").glob("deputy-*.ics")) for mail in ZONES}
        return {mail: [_seen(one.read_text()) for one in own] for mail, own in files.items()}


def _seen(text: str) -> tuple[str, str, bool]:
    event = event_of(text)
    return status_of(text), f"{event.start:%d}", "hold" in event.facts


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale"), ZONES) as running:
        yield running


@pytest.fixture
def office(server: Radicale) -> Iterator[Office]:
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


def book(agenda: CaldavAgenda) -> None:
    made_as_by_the_gate(lambda: agenda.book(FIRST), lambda: agenda.find(FIRST.uid) is not None)


def change(agenda: CaldavAgenda, event: Event) -> None:
    def is_done() -> bool:
        known = agenda.find(event.uid)
        return known is not None and (known.start, known.attendees) == (event.start, event.attendees)

    made_as_by_the_gate(lambda: agenda.change(event), is_done)


ACTS: dict[str, Callable[[CaldavAgenda], None]] = {
    "book": book,
    "move": lambda agenda: change(agenda, LATER),
    "replace": lambda agenda: change(agenda, BY_EVE),
    "cancel": lambda agenda: made_as_by_the_gate(lambda: agenda.cancel(FIRST.uid), lambda: False),
}
ENDS = {
    "book": {ADA: [("CONFIRMED", "16", False)], BOB: [("CONFIRMED", "16", False)], EVE: []},
    "move": {ADA: [("CONFIRMED", "17", False)], BOB: [("CONFIRMED", "17", False)], EVE: []},
    "replace": {ADA: [("CONFIRMED", "16", False)], BOB: [], EVE: [("CONFIRMED", "16", False)]},
    "cancel": {ADA: [("CANCELLED", "16", False)], BOB: [("CANCELLED", "16", False)], EVE: []},
}


def wrong_ends(office: Office, act: str, fault: Fault, every: int = 1) -> list[tuple[int, str, object]]:
    """At which of its requests that fault makes the act end otherwise."""
    for _ in range(2):  # the first time the client and the server agree on how to log in
        office.fresh(booked=act != "book")
        ACTS[act](office.agenda)
        assert office.there() == ENDS[act]
    wrong: list[tuple[int, str, object]] = []
    for number in range(every - 1, len(office.wires.names), every):
        office.fresh(booked=act != "book")
        office.wires.cut(number, fault)
        ACTS[act](office.agenda)
        assert office.wires.hit
        if office.there() != ENDS[act]:
            wrong.append((number, office.wires.hit, office.there()))
    return wrong


@pytest.mark.parametrize(
    ("act", "fault", "every"),
    [("book", "unanswered", 1), ("book", "busy", 5), ("replace", "unanswered", 3), ("cancel", "unheard", 4)],
)
def test_whichever_request_goes_unanswered_all_calendars_end_as_if_it_had_been(
    office: Office, act: str, fault: Fault, every: int
) -> None:
    assert wrong_ends(office, act, fault, every) == []


def test_a_move_whose_last_step_is_not_answered_leaves_no_kept_place(office: Office) -> None:
    office.fresh(booked=True)
    change(office.agenda, LATER)
    last_put = max(number for number, name in enumerate(office.wires.names) if name == "PUT")
    office.fresh(booked=True)
    office.wires.cut(last_put, "unanswered")
    change(office.agenda, LATER)

    assert office.wires.hit == "unanswered PUT"
    assert office.there() == ENDS["move"]
