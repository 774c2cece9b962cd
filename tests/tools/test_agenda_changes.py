"""What every agenda promises of series and of changes, tried on the embedded one and on a real CalDAV server."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from runtime.database import open_database
from testkit.radicale import Radicale, radicale
from tests.tools.test_agenda_backends import ADA, BOB, CLOCK, EVE, ZONES, at, calendar_text, interview
from tools.backends.agenda_caldav import CaldavAgenda
from tools.backends.agenda_sqlite import SqliteAgenda
from tools.backends.caldav_booking import Copy
from tools.backends.caldav_change import Change
from tools.backends.ical import event_of, stored
from tools.backends.ical_entries import occurrences
from tools.backends.protocols import Agenda, Attendee, Busy, Event, SlotTaken

LUNCH = """\
BEGIN:VEVENT
UID:lunch
SUMMARY:Lunch
DTSTART:20270406T120000Z
DTEND:20270406T130000Z
END:VEVENT
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale"), ZONES) as running:
        yield running


@pytest.fixture(params=["sqlite", "caldav"])
def agenda(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agenda]:
    folder = tmp_path / "calendars"
    folder.mkdir()
    for mail in ZONES:
        (folder / f"{mail}.ics").write_text(calendar_text(*([LUNCH] if mail == BOB else [])))
    if request.param == "sqlite":
        embedded = SqliteAgenda(open_database(f"sqlite:///{tmp_path / 'agenda.sqlite'}"), ZONES, CLOCK)
        embedded.import_folder(folder)
        yield embedded
        return
    running: Radicale = request.getfixturevalue("server")
    paths = running.make_calendars(ZONES)
    url, login = running.url, (running.service, running.password)
    served = CaldavAgenda(url, *login, zones=ZONES, calendars=paths, clock=CLOCK)
    served.seed(folder)
    yield served
    served.close()


def series(hosts: tuple[str, ...] = (ADA, EVE), rule: str = "FREQ=WEEKLY;COUNT=6") -> Event:
    """Every Tuesday at 14:00 in Berlin, over the change to summer time on 28 March 2027."""
    begins = datetime(2027, 3, 16, 13, tzinfo=UTC)
    people = tuple(Attendee(mail, mail, ZONES[mail]) for mail in hosts)
    uid, end = "series@house.example", begins + timedelta(hours=1)
    return Event(uid, "Sync", begins, end, ADA, people, rule=rule, zone="Europe/Berlin")


def starts(busy: list[Busy]) -> list[datetime]:
    return [one.start for one in busy]


@pytest.mark.statement("office", 6)
def test_a_series_keeps_the_wall_time_of_its_zone_over_the_change_of_clocks(agenda: Agenda) -> None:
    agenda.book(series())

    taken = agenda.busy(ADA, at("2027-03-15 00:00"), at("2027-05-01 00:00"))

    wall = [datetime(2027, 3, 16, 13, tzinfo=UTC) + timedelta(days=7 * week) for week in range(6)]
    assert starts(taken) == [one if one.date() < date(2027, 3, 28) else one - timedelta(hours=1) for one in wall]
    assert agenda.find("series@house.example") == series()


def test_a_series_is_refused_whole_if_one_of_its_times_is_taken(agenda: Agenda) -> None:
    with pytest.raises(SlotTaken, match=BOB):
        agenda.book(series((ADA, BOB)))  # Bob's lunch on 6 April is at 14:00 in Berlin, and on no other Tuesday

    assert agenda.busy(ADA, at("2027-03-15 00:00"), at("2027-05-01 00:00")) == []
    assert agenda.book(series((ADA, BOB), "FREQ=WEEKLY;COUNT=3"))


def test_a_change_of_time_keeps_the_uid_and_counts(agenda: Agenda) -> None:
    agenda.book(interview())
    moved = replace(interview(), start=at("2027-03-16 14:30"), end=at("2027-03-16 15:30"))

    assert agenda.change(moved) == replace(moved, sequence=1)

    assert agenda.find(moved.uid) == replace(moved, sequence=1)
    assert [one.uid for one in agenda.events()] == [moved.uid]
    for mail in (ADA, BOB):
        assert starts(agenda.busy(mail, at("2027-03-16 00:00"), at("2027-03-17 00:00"))) == [at("2027-03-16 14:30")]


def test_the_same_change_again_changes_nothing(agenda: Agenda) -> None:
    agenda.book(interview())
    moved = replace(interview(), start=at("2027-03-17 09:00"), end=at("2027-03-17 10:00"))
    first = agenda.change(moved)

    assert agenda.change(moved) == first
    assert agenda.change(replace(moved, uid="never@house.example")) is None


def test_a_change_to_a_time_when_somebody_is_busy_changes_nothing(agenda: Agenda) -> None:
    agenda.book(interview())
    agenda.book(interview("two", "2027-03-18 09:00", (BOB,)))

    with pytest.raises(SlotTaken, match=BOB):
        agenda.change(replace(interview(), start=at("2027-03-18 09:30"), end=at("2027-03-18 10:30")))

    assert agenda.find("one@house.example") == interview()
    assert starts(agenda.busy(ADA, at("2027-03-18 00:00"), at("2027-03-19 00:00"))) == []


def test_who_leaves_a_meeting_is_free_again_and_who_comes_is_not(agenda: Agenda) -> None:
    agenda.book(interview())
    day = at("2027-03-16 00:00"), at("2027-03-17 00:00")

    agenda.change(interview(hosts=(ADA, EVE)))

    assert [bool(agenda.busy(mail, *day)) for mail in (ADA, BOB, EVE)] == [True, False, True]
    cancelled = agenda.cancel("one@house.example")
    assert cancelled is not None
    assert cancelled.sequence == 2
    assert [bool(agenda.busy(mail, *day)) for mail in (ADA, BOB, EVE)] == [False, False, False]


def test_somebody_can_leave_a_series_that_stays_at_its_times(agenda: Agenda) -> None:
    agenda.book(series((ADA, EVE), "FREQ=WEEKLY;COUNT=3"))
    overlapping = replace(series((ADA, EVE), "FREQ=WEEKLY;COUNT=3"), attendees=series((ADA,)).attendees)

    changed = agenda.change(overlapping)

    assert changed is not None
    assert (changed.sequence, [one.mail for one in changed.attendees]) == (1, [ADA])
    assert agenda.busy(EVE, at("2027-03-15 00:00"), at("2027-05-01 00:00")) == []


def test_a_series_reads_back_from_its_text_as_it_was_written() -> None:
    event = series(rule="FREQ=WEEKLY;COUNT=4;INTERVAL=2")
    text = stored(event, "CONFIRMED", CLOCK)

    assert event_of(text).zone == "Europe/Berlin"
    assert len(occurrences(event_of(text))) == 4
    assert "BEGIN:VTIMEZONE" in text
    assert "RDATE" not in text


def test_a_change_that_was_cut_off_is_finished_when_it_is_made_again(
    server: Radicale, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = server.make_calendars(ZONES)
    agenda = CaldavAgenda(server.url, server.service, server.password, zones=ZONES, calendars=paths, clock=CLOCK)
    agenda.book(interview())
    moved = replace(interview(), start=at("2027-03-17 09:00"), end=at("2027-03-17 10:00"))
    put = Change._put
    written: list[str] = []

    def dies(self: Change, copy: Copy) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(copy.mail)
        put(self, copy)

    with monkeypatch.context() as patch:
        patch.setattr(Change, "_put", dies)
        with pytest.raises(KeyboardInterrupt):
            agenda.change(moved)
    with pytest.raises(SlotTaken):  # nobody else gets the time meanwhile
        agenda.book(interview("two", "2027-03-17 09:00", (BOB,)))

    assert agenda.change(moved) == replace(moved, sequence=1)

    assert [one.uid for one in agenda.events()] == [moved.uid]
    for mail in (ADA, BOB):
        week = agenda.busy(mail, at("2027-03-15 00:00"), at("2027-03-20 00:00"))
        assert week == [Busy(moved.start, moved.end)]
    agenda.close()
