"""The agenda on a real CalDAV server: holds, crashes in the middle, rights, and what the server itself then says."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.errors import ConfigError, Unanswered
from testkit.radicale import Radicale, free_port, radicale
from tests.tools.test_agenda_backends import ADA, BOB, CLOCK, EVE, ZONES, at, calendar_text, interview, taken
from tools.backends.agenda_caldav import CaldavAgenda
from tools.backends.caldav_booking import Booking, Copy, name_of
from tools.backends.caldav_store import CaldavStore, Stored
from tools.backends.ical import Status, event_of, stored
from tools.backends.protocols import Busy, Event, SlotTaken


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale"), ZONES) as running:
        yield running


@pytest.fixture
def calendars(server: Radicale) -> dict[str, str]:
    """Where the people's calendars are, all empty."""
    return {mail: server.url.rstrip("/") + path for mail, path in server.make_calendars(ZONES).items()}


@pytest.fixture
def agenda(server: Radicale, calendars: dict[str, str]) -> Iterator[CaldavAgenda]:
    login = (server.url, server.service, server.password)
    with closing(CaldavAgenda(*login, zones=ZONES, calendars=calendars, clock=CLOCK, patience=0.3)) as opened:
        yield opened


@pytest.fixture
def store(server: Radicale) -> Iterator[CaldavStore]:
    with closing(CaldavStore(server.url, server.service, server.password)) as opened:
        yield opened


def _plant(store: CaldavStore, calendar: str, event: Event, status: Status, *, hold: bool) -> Stored:
    """Put there what another run would have written."""
    facts = {**event.facts, "hold": "yes"} if hold else event.facts
    planted = store.put(calendar + name_of(event.uid), stored(replace(event, facts=facts), status, CLOCK))
    assert planted is not None
    return planted


def _texts(store: CaldavStore, calendar: str) -> list[str]:
    objects = (store.get(href) for href in store.hrefs(calendar) if href.endswith(".ics"))
    return [event_of(one.text).uid for one in objects if one]


def test_a_hold_with_a_smaller_uid_goes_first(
    agenda: CaldavAgenda, store: CaldavStore, calendars: dict[str, str]
) -> None:
    _plant(store, calendars[BOB], interview("a-earlier"), "TENTATIVE", hold=True)

    with pytest.raises(SlotTaken) as caught:
        agenda.book(interview("b-later"))

    assert caught.value.who == BOB
    assert (_texts(store, calendars[ADA]), _texts(store, calendars[BOB])) == ([], ["a-earlier@house.example"])


def test_a_hold_with_a_larger_uid_that_never_moves_is_cleared_away(
    agenda: CaldavAgenda, store: CaldavStore, calendars: dict[str, str]
) -> None:
    _plant(store, calendars[BOB], interview("z-abandoned"), "TENTATIVE", hold=True)

    began = time.monotonic()
    assert agenda.book(interview("a")) is True

    assert time.monotonic() - began > 0.3
    assert _texts(store, calendars[BOB]) == ["a@house.example"]


def test_a_hold_with_a_larger_uid_that_becomes_firm_wins(
    agenda: CaldavAgenda, store: CaldavStore, calendars: dict[str, str]
) -> None:
    other = interview("z")
    hold = _plant(store, calendars[BOB], other, "TENTATIVE", hold=True)
    confirm = threading.Timer(0.15, store.put, (hold.href, stored(other, "CONFIRMED", CLOCK)), {"over": hold})
    confirm.start()

    with pytest.raises(SlotTaken):
        agenda.book(interview("a"))

    confirm.join()
    assert (_texts(store, calendars[ADA]), _texts(store, calendars[BOB])) == ([], ["z@house.example"])


def test_a_hold_counts_as_busy_but_not_as_booked(
    agenda: CaldavAgenda, store: CaldavStore, calendars: dict[str, str]
) -> None:
    _plant(store, calendars[ADA], interview("a", hosts=(ADA,)), "TENTATIVE", hold=True)

    assert taken(agenda, ADA) == ["14:00-15:00"]
    assert agenda.find("a@house.example") is None
    assert agenda.events() == []


def test_a_booking_that_was_cut_off_between_two_calendars_is_no_event_until_it_is_made_again(
    agenda: CaldavAgenda, store: CaldavStore, calendars: dict[str, str]
) -> None:
    event = interview("a")
    _plant(store, calendars[ADA], event, "CONFIRMED", hold=False)
    _plant(store, calendars[BOB], event, "TENTATIVE", hold=True)

    assert (agenda.find(event.uid), agenda.cancelled(event.uid)) == (None, None)
    assert agenda.book(event) is True
    assert agenda.find(event.uid) == event


def test_a_hold_that_a_crashed_booking_left_is_not_in_the_way_of_the_same_booking(
    agenda: CaldavAgenda, store: CaldavStore, calendars: dict[str, str]
) -> None:
    _plant(store, calendars[ADA], interview("a", hosts=(ADA,)), "TENTATIVE", hold=True)
    start, end = interview("a").start, interview("a").end

    assert agenda.busy(ADA, start, end, but="a@house.example") == []
    assert agenda.busy(ADA, start, end, but="b@house.example") == [Busy(start, end)]


@pytest.mark.parametrize("firm", [False, True])
def test_a_booking_that_crashed_in_the_middle_is_finished_by_the_next_run(
    agenda: CaldavAgenda, store: CaldavStore, calendars: dict[str, str], firm: bool
) -> None:
    _plant(store, calendars[ADA], interview(), "CONFIRMED" if firm else "TENTATIVE", hold=not firm)

    assert agenda.book(interview()) is True

    assert agenda.events() == [interview()]
    assert taken(agenda, ADA) == taken(agenda, BOB) == ["14:00-15:00"]
    assert agenda.book(interview()) is False


def test_a_hold_of_a_crashed_run_may_be_booked_at_another_time(
    agenda: CaldavAgenda, store: CaldavStore, calendars: dict[str, str]
) -> None:
    _plant(store, calendars[ADA], interview(), "TENTATIVE", hold=True)

    assert agenda.book(interview(start="2027-03-16 16:00")) is True
    assert taken(agenda, ADA) == ["16:00-17:00"]


def test_cancelling_clears_a_hold_away(agenda: CaldavAgenda, store: CaldavStore, calendars: dict[str, str]) -> None:
    _plant(store, calendars[ADA], interview(), "TENTATIVE", hold=True)

    assert agenda.cancel("one@house.example") is None
    assert taken(agenda, ADA) == []


class _Failing(CaldavStore):
    """A store whose connection breaks at one of its writes, or to whose hold something happens just before."""

    breaks_at = 0
    steals_at = 0
    writes = 0

    def put(self, href: str, text: str, *, over: Stored | None = None) -> Stored | None:
        self.writes += 1
        if self.writes == self.breaks_at:
            raise ConfigError("the connection is lost")
        if self.writes == self.steals_at and over:
            self.delete(over)
        return super().put(href, text, over=over)


@pytest.mark.parametrize("write", [1, 2, 3, 4])
def test_a_failure_at_any_write_leaves_nothing_behind(
    server: Radicale, store: CaldavStore, calendars: dict[str, str], write: int
) -> None:
    with closing(_Failing(server.url, server.service, server.password)) as failing:
        failing.breaks_at = write
        copies = [Copy(mail, ZONES[mail], calendars[mail]) for mail in (ADA, BOB)]

        with pytest.raises(ConfigError, match="the connection is lost"):
            Booking(failing, interview(), copies, clock=CLOCK, patience=1).make()

    assert _texts(store, calendars[ADA]) == _texts(store, calendars[BOB]) == []


@pytest.mark.parametrize("write", [3, 4])
def test_who_finds_the_own_hold_gone_gives_way_everywhere(
    server: Radicale, store: CaldavStore, calendars: dict[str, str], write: int
) -> None:
    with closing(_Failing(server.url, server.service, server.password)) as robbed:
        robbed.steals_at = write
        copies = [Copy(mail, ZONES[mail], calendars[mail]) for mail in (ADA, BOB)]

        with pytest.raises(SlotTaken):
            Booking(robbed, interview(), copies, clock=CLOCK, patience=1).make()

    assert _texts(store, calendars[ADA]) == _texts(store, calendars[BOB]) == []


def test_what_a_person_enters_in_their_own_program_counts(
    agenda: CaldavAgenda, server: Radicale, calendars: dict[str, str]
) -> None:
    own = "BEGIN:VEVENT\nUID:own\nDTSTAMP:20270301T000000Z\nDTSTART:20270316T143000Z\nDURATION:PT1H\nEND:VEVENT\n"
    path = calendars[EVE].removeprefix(server.url.rstrip("/")) + "own.ics"
    assert server.request(EVE, "PUT", path, calendar_text(own))[0] == 201

    with pytest.raises(SlotTaken):
        agenda.book(interview(hosts=(EVE,)))
    assert taken(agenda, EVE) == ["14:30-15:30"]


def test_people_see_the_interview_in_their_own_calendar(
    agenda: CaldavAgenda, server: Radicale, calendars: dict[str, str]
) -> None:
    agenda.book(interview())
    path = calendars[BOB].removeprefix(server.url.rstrip("/")) + name_of("one@house.example")

    status, text = server.request(BOB, "GET", path)

    assert status == 200
    assert "STATUS:CONFIRMED" in text
    assert "HOLD" not in text


_FREE_BUSY = """<?xml version="1.0"?><C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav">
<C:time-range start="20270320T000000Z" end="20270403T000000Z"/></C:free-busy-query>"""


def test_the_servers_own_free_busy_is_right_too_although_the_file_told_the_zone_badly(
    agenda: CaldavAgenda, server: Radicale, calendars: dict[str, str], tmp_path: Path
) -> None:
    listed = "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:20251026T030000\nTZOFFSETFROM:+0200\n"
    listed += "TZOFFSETTO:+0100\nRDATE:20261025T030000,20271031T030000\nEND:STANDARD\nEND:VTIMEZONE\n"
    series = "BEGIN:VEVENT\nUID:s\nDTSTART;TZID=Europe/Berlin:20260907T093000\nDURATION:PT15M\n"
    series += "RRULE:FREQ=WEEKLY;BYDAY=MO\nEND:VEVENT\n"
    (tmp_path / f"{ADA}.ics").write_text(calendar_text(listed, series))
    agenda.seed(tmp_path)

    path = calendars[ADA].removeprefix(server.url.rstrip("/"))
    status, text = server.request(ADA, "REPORT", path, _FREE_BUSY)

    assert status == 200
    told = re.findall(r"FREEBUSY\S*:(\d{8}T\d{6}Z)/", text)
    ours = [one.start for one in agenda.busy(ADA, at("2027-03-20"), at("2027-04-03"))]
    assert told == [f"{one:%Y%m%dT%H%M%SZ}" for one in ours] == ["20270322T083000Z", "20270329T073000Z"]


def test_calendars_are_made_and_found_again_by_address_when_none_are_named(server: Radicale, tmp_path: Path) -> None:
    (tmp_path / f"{ADA}.ics").write_text(calendar_text())
    (tmp_path / f"{BOB}.ics").write_text(calendar_text())
    login = (server.url, server.service, server.password)
    with closing(CaldavAgenda(*login, zones=ZONES, clock=CLOCK)) as first:
        assert first.seed(tmp_path) == [ADA, BOB]
        assert first.book(interview()) is True

    with closing(CaldavAgenda(*login, zones=ZONES, clock=CLOCK)) as second:
        assert second.find("one@house.example") == interview()
        assert taken(second, BOB) == ["14:00-15:00"]
        with pytest.raises(KeyError):
            taken(second, EVE)


def _asked(url: str, user: str, password: str, calendars: dict[str, str] | None = None) -> str:
    """What is said to somebody who cannot get at Bob's calendar."""
    calendars = calendars or {BOB: "/bob/"}
    with closing(CaldavAgenda(url, user, password, zones=ZONES, calendars=calendars, clock=CLOCK)) as agenda:
        with pytest.raises((ConfigError, Unanswered)) as caught:
            agenda.book(interview(hosts=(BOB,)))
        return str(caught.value)


def test_a_wrong_password_is_named_but_not_shown(server: Radicale) -> None:
    said = _asked(server.url, server.service, "guessed")

    assert f"refuses the login '{server.service}'" in said
    assert "correct CALDAV_USERNAME and CALDAV_PASSWORD" in said
    assert "guessed" not in said


def test_a_calendar_of_somebody_else_is_a_matter_of_rights(server: Radicale, calendars: dict[str, str]) -> None:
    assert "give it rights on that calendar" in _asked(server.url, ADA, server.password, calendars)


def test_a_calendar_that_is_not_there_is_named(server: Radicale) -> None:
    said = _asked(server.url, server.service, server.password, {BOB: "/deputy/nowhere/"})

    assert f"{server.url}deputy/nowhere/" in said


def test_a_server_that_does_not_answer_is_named() -> None:
    assert "no CalDAV server answers at http://127.0.0.1:" in _asked(f"http://127.0.0.1:{free_port()}/", "x", "y")


def test_an_address_that_is_none_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(ConfigError, match="no web address"):
        CaldavAgenda("caldav.house.example", "x", "y", zones=ZONES)


def test_a_login_in_the_address_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="holds a login") as caught:
        CaldavAgenda("https://ada:secret@caldav.house.example/", "x", "y", zones=ZONES)

    assert "secret" not in str(caught.value)


def test_the_test_server_stops_when_its_block_ends(tmp_path: Path) -> None:
    with radicale(tmp_path, [ADA]) as running:
        assert running.process.poll() is None
    assert running.process.poll() is not None
