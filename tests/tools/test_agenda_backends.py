"""What every agenda promises, tried on the embedded one and on a real CalDAV server."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from icalendar import Calendar

from runtime.clock import FixedClock
from runtime.database import open_database
from testkit.radicale import Radicale, radicale
from tools.backends.agenda_caldav import CaldavAgenda
from tools.backends.agenda_sqlite import SqliteAgenda
from tools.backends.protocols import Agenda, AlreadyBooked, Attendee, Event, SlotTaken

ADA, BOB, EVE = "ada@house.example", "bob@house.example", "eve@house.example"
ZONES = {ADA: "Europe/Berlin", BOB: "America/New_York", EVE: "Europe/London"}
CLOCK = FixedClock(datetime(2027, 3, 8, 9, tzinfo=UTC))

_STAND_UP = """\
BEGIN:VEVENT
UID:stand-up
SUMMARY:Stand-up
DTSTART;TZID=Europe/Berlin:20260907T093000
DTEND;TZID=Europe/Berlin:20260907T094500
RRULE:FREQ=WEEKLY;BYDAY=MO
END:VEVENT
"""
_LUNCH = """\
BEGIN:VEVENT
UID:lunch
SUMMARY:Lunch
DTSTART:20270316T120000Z
DTEND:20270316T130000Z
END:VEVENT
"""


def calendar_text(*events: str) -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y\n{''.join(events)}END:VCALENDAR\n"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def interview(uid: str = "one", start: str = "2027-03-16 14:00", hosts: tuple[str, ...] = (ADA, BOB)) -> Event:
    return Event(
        uid=f"{uid}@house.example",
        title="Interview",
        start=at(start),
        end=at(start) + timedelta(hours=1),
        organizer="recruiting@house.example",
        attendees=(
            Attendee("zoe@mail.example", "Zoë", "Asia/Kolkata", host=False),
            *(Attendee(mail, mail.split("@")[0].title(), ZONES[mail]) for mail in hosts),
        ),
        facts={"candidate": uid, "position": "engineer"},
    )


class Diaries(Protocol):
    """An agenda that can be filled from files; every call opens another one over the same calendars."""

    def __call__(self) -> Agenda: ...


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale"), ZONES) as running:
        yield running


@pytest.fixture(params=["sqlite", "caldav"])
def diaries(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Diaries]:
    folder = tmp_path / "calendars"
    folder.mkdir()
    for mail in ZONES:
        events = {ADA: (_STAND_UP, _LUNCH), BOB: (_LUNCH,), EVE: ()}[mail]
        (folder / f"{mail}.ics").write_text(calendar_text(*events))
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'agenda.sqlite'}"
        SqliteAgenda(open_database(url), ZONES, CLOCK).import_folder(folder)
        yield lambda: SqliteAgenda(open_database(url), ZONES, CLOCK)
        return
    running: Radicale = request.getfixturevalue("server")
    paths = running.make_calendars(ZONES)
    opened: list[CaldavAgenda] = []

    def another() -> CaldavAgenda:
        login = (running.url, running.service, running.password)
        opened.append(CaldavAgenda(*login, zones=ZONES, calendars=paths, clock=CLOCK))
        return opened[-1]

    another().seed(folder)
    yield another
    for agenda in opened:
        agenda.close()


@pytest.fixture
def agenda(diaries: Diaries) -> Agenda:
    return diaries()


def taken(agenda: Agenda, mail: str, first: str = "2027-03-16", last: str = "2027-03-17") -> list[str]:
    return [f"{one.start:%H:%M}-{one.end:%H:%M}" for one in agenda.busy(mail, at(first), at(last))]


def test_busy_is_what_the_files_say(agenda: Agenda) -> None:
    assert (taken(agenda, ADA), taken(agenda, BOB), taken(agenda, EVE)) == (["12:00-13:00"], ["12:00-13:00"], [])


def test_a_series_is_right_on_both_sides_of_the_change_of_clocks(agenda: Agenda) -> None:
    assert taken(agenda, ADA, "2027-03-22", "2027-03-23") == ["08:30-08:45"]
    assert taken(agenda, ADA, "2027-03-29", "2027-03-30") == ["07:30-07:45"]


def test_addresses_are_found_whatever_their_case(agenda: Agenda) -> None:
    assert taken(agenda, ADA.upper()) == ["12:00-13:00"]


def test_nobody_elses_calendar_is_invented(agenda: Agenda) -> None:
    with pytest.raises(KeyError):
        agenda.busy("nobody@house.example", at("2027-03-16"), at("2027-03-17"))


def test_a_booking_takes_the_time_of_every_host_and_nobody_else(agenda: Agenda) -> None:
    assert agenda.book(interview()) is True

    assert taken(agenda, ADA) == ["12:00-13:00", "14:00-15:00"]
    assert taken(agenda, BOB) == ["12:00-13:00", "14:00-15:00"]
    assert taken(agenda, EVE) == []


def test_what_was_booked_is_found_as_it_was(diaries: Diaries) -> None:
    diaries().book(interview())

    assert diaries().find("one@house.example") == interview()
    assert diaries().find("two@house.example") is None
    assert diaries().find("lunch") is None


def test_the_same_booking_again_changes_nothing(diaries: Diaries) -> None:
    diaries().book(interview())

    assert diaries().book(interview()) is False
    assert taken(diaries(), ADA) == ["12:00-13:00", "14:00-15:00"]


@pytest.mark.parametrize("start", ["2027-03-16 12:00", "2027-03-16 12:30", "2027-03-16 11:30"])
def test_a_busy_host_refuses_and_leaves_all_calendars_alone(agenda: Agenda, start: str) -> None:
    with pytest.raises(SlotTaken) as caught:
        agenda.book(interview(start=start, hosts=(EVE, BOB)))

    assert caught.value.who == BOB
    assert taken(agenda, EVE) == []
    assert agenda.events() == []


def test_a_meeting_does_not_stand_in_its_own_way(agenda: Agenda) -> None:
    agenda.book(interview())
    start, end = interview().start, interview().end

    assert len(agenda.busy(ADA, start, end)) == 1
    assert agenda.busy(ADA, start, end, but=interview().uid) == []


def test_bookings_may_touch(agenda: Agenda) -> None:
    assert agenda.book(interview("one", "2027-03-16 13:00"))
    assert agenda.book(interview("two", "2027-03-16 14:00"))
    assert taken(agenda, ADA) == ["12:00-15:00"]


def test_the_same_uid_at_another_time_or_with_others_is_refused_with_what_is_booked(agenda: Agenda) -> None:
    agenda.book(interview())

    for other in (interview(start="2027-03-16 16:00"), interview(hosts=(ADA, EVE))):
        with pytest.raises(AlreadyBooked) as caught:
            agenda.book(other)
        assert caught.value.event == interview()
    assert taken(agenda, EVE) == []


def test_a_host_without_a_calendar_is_a_key_error_and_nothing_is_written(agenda: Agenda) -> None:
    event = interview()
    stranger = replace(event, attendees=(*event.attendees, Attendee("x@house.example", "X", "UTC")))

    with pytest.raises(KeyError, match="x@house"):
        agenda.book(stranger)

    assert taken(agenda, ADA) == ["12:00-13:00"]


def test_cancelling_frees_the_time_and_raises_the_sequence_once(agenda: Agenda) -> None:
    agenda.book(interview())

    assert agenda.cancel("one@house.example") == replace(interview(), sequence=1)
    assert agenda.cancel("one@house.example") == replace(interview(), sequence=1)
    assert agenda.find("one@house.example") is None
    assert agenda.events() == []
    assert taken(agenda, ADA) == ["12:00-13:00"]


def test_cancelling_what_is_not_there_is_none(agenda: Agenda) -> None:
    assert agenda.cancel("one@house.example") is None
    assert agenda.cancel("lunch") is None
    assert taken(agenda, ADA) == ["12:00-13:00"]


def test_booking_again_after_cancelling_goes_on_counting(agenda: Agenda) -> None:
    agenda.book(interview())
    agenda.cancel("one@house.example")

    assert agenda.book(interview(start="2027-03-17 09:00")) is True
    found = agenda.find("one@house.example")
    assert found is not None
    assert (found.start, found.sequence) == (at("2027-03-17 09:00"), 2)
    assert taken(agenda, ADA) == ["12:00-13:00"]


def test_events_are_the_bookings_in_order(agenda: Agenda) -> None:
    agenda.book(interview("late", "2027-03-18 14:00"))
    agenda.book(interview("early", "2027-03-17 14:00"))

    assert [one.uid for one in agenda.events()] == ["early@house.example", "late@house.example"]


def test_an_export_has_the_events_that_are_named_and_nothing_else_of_anybody(agenda: Agenda, tmp_path: Path) -> None:
    agenda.book(interview())
    agenda.book(interview("late", "2027-03-18 14:00"))
    files = agenda.export(tmp_path / "out", ["one@house.example", "nobody@house.example"])
    second = SqliteAgenda(open_database(f"sqlite:///{tmp_path / 'second.sqlite'}"), ZONES, CLOCK)
    second.import_folder(tmp_path / "out")

    assert [path.name for path in files] == [f"{ADA}.ics", f"{BOB}.ics"]
    for file in files:
        assert [str(one["SUMMARY"]) for one in Calendar.from_ical(file.read_bytes()).walk("VEVENT")] == ["Interview"]
    assert second.find("one@house.example") == interview()
    assert agenda.export(tmp_path / "none", []) == []


def _at_once(books: list[Callable[[], bool]]) -> list[bool | str]:
    """What each booking came to when all begin at the same moment."""
    results: list[bool | str] = [""] * len(books)
    start = threading.Barrier(len(books))

    def run(index: int) -> None:
        start.wait()
        try:
            results[index] = books[index]()
        except SlotTaken:
            results[index] = "taken"

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(books))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return results


@pytest.mark.statement("recruiting", 5)
def test_of_several_runs_that_book_one_time_at_once_exactly_one_does(diaries: Diaries) -> None:
    for turn in range(3):
        start = f"2027-03-{17 + turn} 14:00"
        panels = ((ADA, BOB), (BOB, EVE), (ADA, BOB, EVE), (BOB,))
        events = [interview(f"run{n}-{turn}", start, hosts) for n, hosts in enumerate(panels)]

        results = _at_once([(lambda event=event: diaries().book(event)) for event in events])  # type: ignore[misc]  # bound now

        assert sorted(map(str, results)) == ["True", "taken", "taken", "taken"]
        winner = events[results.index(True)]
        booked = [one for one in diaries().events() if one.start == at(start)]
        assert booked == [winner]
        hosts = {one.mail for one in winner.attendees if one.host}
        assert {mail for mail in ZONES if taken(diaries(), mail, start, str(winner.end)[:16])} == hosts


def test_runs_that_book_the_very_same_interview_at_once_agree(diaries: Diaries) -> None:
    results = _at_once([lambda: diaries().book(interview()) for _ in range(4)])

    assert True in results
    assert "taken" not in results
    assert diaries().events() == [interview()]
    assert taken(diaries(), ADA) == taken(diaries(), BOB) == ["12:00-13:00", "14:00-15:00"]


def test_runs_that_need_different_people_do_not_disturb_each_other(diaries: Diaries) -> None:
    one, two = interview("one", hosts=(ADA,)), interview("two", hosts=(BOB,))

    assert _at_once([lambda: diaries().book(one), lambda: diaries().book(two)]) == [True, True]


def test_what_was_cancelled_is_told_without_changing_anything(agenda: Agenda) -> None:
    event = interview()
    agenda.book(event)
    assert agenda.cancelled(event.uid) is None

    agenda.cancel(event.uid)
    assert agenda.cancelled(event.uid) == agenda.cancelled(event.uid) == replace(event, sequence=1)
    assert agenda.cancelled("never@house.example") is None
