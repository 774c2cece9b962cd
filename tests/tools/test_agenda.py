"""Interviews in the recruiting world, in the week when New York is on summer time and Europe is not."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import FixedClock
from runtime.database import open_database
from runtime.errors import CannotWork, TryAgain
from testkit.radicale import radicale
from tools.agenda import book_interview, cancel_interview, find_slots
from tools.backends.agenda_caldav import CaldavAgenda
from tools.backends.agenda_sqlite import SqliteAgenda
from tools.backends.ats_sql import SqlAts
from tools.backends.mail_maildir import MaildirMailbox
from tools.backends.protocols import Agenda, Attendee, Event
from tools.directory import DAYS, Directory
from tools.world import World

ROOT = Path(__file__).parents[2]
FILES = ROOT / "scenarios/recruiting/world"
CLOCK = FixedClock(datetime(2027, 3, 8, 9, tzinfo=UTC))
JORG, DANIELLE = "joerg.baeumler@meridian.example", "danielle.okafor@meridian.example"
SIOBHAN, MARIA = "siobhan.kearney@meridian.example", "maria.novakova@meridian.example"
WEEK = ("2027-03-15", "2027-03-19")


def _world(folder: Path, agenda: Agenda, directory: Directory) -> World:
    ats = SqlAts(open_database(f"sqlite:///{folder / 'ats.sqlite'}"), CLOCK)
    ats.put_position({"position": "engineer", "title": "Senior Data Engineer"})
    for name, zone in (("Marcus", "America/New_York"), ("Ananya", "Asia/Kolkata"), ("Thora", ""), ("Bot", "UTC")):
        mail = "" if name == "Bot" else f"{name.lower()}@mail.example"
        ats.put_candidate(
            {
                "id": name.lower(),
                "position": "engineer",
                "name": name,
                "mail": mail,
                "zone": zone,
                "stage": "shortlisted",
            }
        )
    mailbox = MaildirMailbox(folder / "mail")
    house = "Meridian Analytics", "recruiting@meridian.example"
    return World("recruiting", CLOCK, {}, folder, directory, agenda, mailbox, ats, *house)


@pytest.fixture
def world(tmp_path: Path) -> World:
    directory = Directory.load(FILES / "people.yaml")
    agenda = SqliteAgenda(open_database(f"sqlite:///{tmp_path / 'agenda.sqlite'}"), directory.zones, CLOCK)
    agenda.import_folder(FILES / "calendars")
    return _world(tmp_path, agenda, directory)


def _starts(result: dict[str, Any]) -> list[str]:
    return [one["start"] for one in result["slots"]]


def test_nobody_is_booked_past_the_shortlist(world: World) -> None:
    world.ats.move("marcus", "withdrawn")

    with pytest.raises(CannotWork, match="'marcus' is not on the shortlist"):
        book_interview("marcus", [JORG, SIOBHAN], "2027-03-15T14:00:00Z", 60, world=world)

    assert world.agenda.events() == []


def test_slots_suit_the_candidate_and_the_whole_panel(world: World) -> None:
    result = find_slots("marcus", [JORG, SIOBHAN], 60, *WEEK, world=world)

    assert result["slots"][0] == {
        "start": "2027-03-15T14:00:00Z",
        "local": {
            "Europe/Berlin": "Mon 15 Mar 2027, 15:00–16:00 CET (UTC+01:00)",
            "Europe/London": "Mon 15 Mar 2027, 14:00–15:00 GMT (UTC+00:00)",
            "America/New_York": "Mon 15 Mar 2027, 10:00–11:00 EDT (UTC-04:00)",
        },
    }
    assert result["minutes"] == 60
    assert "why" not in result
    assert "note" not in result


def test_every_slot_is_free_and_within_the_hours_of_all(world: World) -> None:
    result = find_slots("ananya", [JORG, MARIA], 60, *WEEK, 50, world=world)

    assert _starts(result)
    for start in (datetime.fromisoformat(text) for text in _starts(result)):
        end = datetime.fromtimestamp(start.timestamp() + 3600, UTC)
        for mail in (JORG, MARIA):
            assert world.agenda.busy(mail, start, end) == []
            person = world.directory.by_mail(mail)
            assert _within(person.zone, start, end, person.hours, person.days)
        assert _within("Asia/Kolkata", start, end, (time(9), time(18)), DAYS[:5])


def _within(zone: str, start: datetime, end: datetime, hours: tuple[time, time], days: tuple[str, ...]) -> bool:
    from zoneinfo import ZoneInfo

    first, last = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    return hours[0] <= first.time() < last.time() <= hours[1] and DAYS[first.weekday()] in days


def test_an_unknown_zone_of_the_candidate_is_said_and_not_guessed(world: World) -> None:
    result = find_slots("thora", [JORG], 30, *WEEK, 2, world=world)

    assert _starts(result) == ["2027-03-15T08:00:00Z", "2027-03-15T11:00:00Z"]
    assert "unknown" in result["note"]
    assert list(result["slots"][0]["local"]) == ["Europe/Berlin"]


def test_when_there_is_no_slot_it_says_who_is_in_the_way(world: World) -> None:
    result = find_slots("thora", [JORG, MARIA], 60, "2027-03-15", "2027-03-15", world=world)

    assert result["slots"] == []
    assert result["why"].startswith("of 11 times within everybody's working hours, busy are: Jörg Bäumler in ")
    assert result["why"].endswith("Maria Nováková in 11")


def test_a_booking_is_in_every_calendar_with_the_candidates_name(world: World) -> None:
    result = book_interview("marcus", [JORG, SIOBHAN], "2027-03-16T15:00:00Z", 60, world=world)

    event = world.agenda.find(result["interview"])
    assert event == Event(
        uid=result["interview"],
        title="Interview: Senior Data Engineer with Marcus",
        start=datetime(2027, 3, 16, 15, tzinfo=UTC),
        end=datetime(2027, 3, 16, 16, tzinfo=UTC),
        organizer="recruiting@meridian.example",
        attendees=(
            Attendee("marcus@mail.example", "Marcus", "America/New_York", host=False),
            Attendee(JORG, "Jörg Bäumler", "Europe/Berlin"),
            Attendee(SIOBHAN, "Siobhán Kearney", "Europe/London"),
        ),
        facts={"candidate": "marcus", "position": "engineer"},
    )
    assert result == {
        "interview": result["interview"],
        "candidate": "marcus",
        "start": "2027-03-16T15:00:00Z",
        "end": "2027-03-16T16:00:00Z",
        "panel": [JORG, SIOBHAN],
        "already": False,
        "local": {
            "America/New_York": "Tue 16 Mar 2027, 11:00–12:00 EDT (UTC-04:00)",
            "Europe/Berlin": "Tue 16 Mar 2027, 16:00–17:00 CET (UTC+01:00)",
            "Europe/London": "Tue 16 Mar 2027, 15:00–16:00 GMT (UTC+00:00)",
        },
    }
    assert result["interview"].endswith("@meridian.example")


def test_a_second_run_finds_the_booking_and_does_not_move_it(world: World) -> None:
    first = book_interview("marcus", [JORG, SIOBHAN], "2027-03-16T15:00:00Z", 60, world=world)

    again = book_interview("marcus", [MARIA], "2027-03-18T15:00:00Z", 30, world=world)

    assert again == first | {"already": True}
    assert len(world.agenda.events()) == 1


def test_the_slot_of_one_interview_is_not_offered_for_the_next(world: World) -> None:
    book_interview("marcus", [JORG, SIOBHAN], "2027-03-16T15:00:00Z", 60, world=world)

    assert "2027-03-16T15:00:00Z" not in _starts(find_slots("thora", [JORG], 60, *WEEK, 50, world=world))
    with pytest.raises(TryAgain, match="Jörg Bäumler is busy"):
        book_interview("thora", [JORG], "2027-03-16T15:00:00Z", 60, world=world)


def test_a_time_that_does_not_suit_names_who_and_the_next_free_ones(world: World) -> None:
    with pytest.raises(TryAgain) as caught:
        book_interview("marcus", [JORG, SIOBHAN], "2027-03-15T10:00:00+01:00", 60, world=world)

    assert caught.value.problem == (
        "2027-03-15T09:00:00Z does not suit: Jörg Bäumler is busy; Siobhán Kearney is busy; "
        "the candidate does not work Mon 15 Mar 2027, 05:00–06:00 EDT (UTC-04:00)"
    )
    free = _starts(find_slots("marcus", [JORG, SIOBHAN], 60, *WEEK, 3, world=world))
    assert caught.value.remedy == f"the next free starts are {', '.join(free)}"
    assert world.agenda.events() == []


class _Rushed:
    """An agenda in which somebody else books the same time just before we do."""

    def __init__(self, agenda: Agenda, rival: Event) -> None:
        self._agenda = agenda
        self._rival = rival

    def __getattr__(self, name: str) -> Any:
        return getattr(self._agenda, name)

    def book(self, event: Event) -> bool:
        self._agenda.book(self._rival)
        return self._agenda.book(event)


def _rival(uid: str, start: datetime) -> Event:
    end = datetime.fromtimestamp(start.timestamp() + 3600, UTC)
    return Event(uid, "Other", start, end, "x@meridian.example", (Attendee(JORG, "Jörg Bäumler", "Europe/Berlin"),))


@pytest.mark.statement("recruiting", 5)
def test_a_slot_that_is_taken_in_the_same_moment_gives_the_next_ones(world: World, tmp_path: Path) -> None:
    start = datetime(2027, 3, 16, 15, tzinfo=UTC)
    rushed = _world(tmp_path, _Rushed(world.agenda, _rival("other", start)), world.directory)

    with pytest.raises(TryAgain) as caught:
        book_interview("marcus", [JORG, SIOBHAN], "2027-03-16T15:00:00Z", 60, world=rushed)

    assert caught.value.problem.startswith(f"that slot was just taken: {JORG} is busy")
    assert "2027-03-16T15:00:00Z" not in caught.value.remedy
    assert "the next free starts are 2027-03-" in caught.value.remedy
    assert world.agenda.busy(SIOBHAN, start, datetime(2027, 3, 16, 16, tzinfo=UTC)) == []


def test_another_run_that_books_the_same_candidate_in_the_same_moment_wins(world: World, tmp_path: Path) -> None:
    uid = book_interview("marcus", [JORG], "2027-03-16T15:00:00Z", 60, world=world)["interview"]
    world.agenda.cancel(uid)
    rushed = _world(
        tmp_path, _Rushed(world.agenda, _rival(uid, datetime(2027, 3, 18, 15, tzinfo=UTC))), world.directory
    )

    result = book_interview("marcus", [JORG], "2027-03-16T15:00:00Z", 60, world=rushed)

    assert (result["already"], result["start"]) == (True, "2027-03-18T15:00:00Z")


def test_a_cancelled_interview_frees_its_time_and_may_be_booked_again(world: World) -> None:
    booked = book_interview("marcus", [JORG, SIOBHAN], "2027-03-16T15:00:00Z", 60, world=world)

    cancelled = cancel_interview(booked["interview"], world=world)
    again = book_interview("marcus", [JORG, SIOBHAN], "2027-03-16T15:00:00Z", 60, world=world)

    del booked["already"]
    assert cancelled == booked | {"cancelled": True, "sequence": 1}
    assert again["already"] is False
    event = world.agenda.find(again["interview"])
    assert event is not None
    assert event.sequence == 2


def test_cancelling_twice_is_cancelling_once(world: World) -> None:
    booked = book_interview("marcus", [JORG], "2027-03-16T15:00:00Z", 60, world=world)["interview"]

    assert cancel_interview(booked, world=world) == cancel_interview(booked, world=world)


def test_cancelling_what_is_not_booked_says_what_is(world: World) -> None:
    with pytest.raises(TryAgain, match="no interview 'x' is booked\n  Fix: none is"):
        cancel_interview("x", world=world)
    booked = book_interview("marcus", [JORG], "2027-03-16T15:00:00Z", 60, world=world)["interview"]
    with pytest.raises(TryAgain, match=f"booked are '{booked}'"):
        cancel_interview("x", world=world)


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("nobody", [JORG], 60, *WEEK), "no candidate 'nobody'"),
        (("marcus", [], 60, *WEEK), "the panel is empty"),
        (("marcus", ["maria@meridian.example"], 60, *WEEK), "did you mean maria.novakova@meridian.example, maria.l"),
        (("marcus", ["evil@collector.example"], 60, *WEEK), "not in the directory: 'evil@collector.example'"),
        (("marcus", ["emilie.charrier@meridian.example"], 60, *WEEK), "has no calendar here"),
        (("marcus", [JORG], 5, *WEEK), "5 minutes is no length"),
        (("marcus", [JORG], 60, "next week", "2027-03-19"), "are no days"),
        (("marcus", [JORG], 60, "2027-03-19", "2027-03-15"), "the wrong way round"),
        (("marcus", [JORG], 60, "2027-02-15", "2027-02-19"), "is over"),
        (("marcus", [JORG], 60, "2027-03-15", "2028-03-15"), "is too long"),
    ],
)
def test_a_search_that_cannot_be_meant_says_what_to_change(
    world: World, args: tuple[str, list[str], int, str, str], problem: str
) -> None:
    with pytest.raises(TryAgain, match=problem) as caught:
        find_slots(*args, world=world)

    assert caught.value.remedy


@pytest.mark.parametrize(
    ("start", "problem"),
    [
        ("tomorrow", "is no time"),
        ("2027-03-16T15:00:00", "does not say in which zone"),
        ("2027-03-01T15:00:00Z", "is over"),
    ],
)
def test_a_start_that_cannot_be_meant_says_what_to_change(world: World, start: str, problem: str) -> None:
    with pytest.raises(TryAgain, match=problem):
        book_interview("marcus", [JORG], start, 60, world=world)


def test_a_candidate_without_a_mail_address_cannot_be_booked(world: World) -> None:
    with pytest.raises(CannotWork, match="candidate 'bot' has no mail address"):
        book_interview("bot", [JORG], "2027-03-16T15:00:00Z", 60, world=world)


def test_the_same_panel_member_twice_sits_there_once(world: World) -> None:
    result = book_interview("marcus", [JORG, JORG.upper()], "2027-03-16T15:00:00Z", 60, world=world)

    assert result["panel"] == [JORG]


def test_no_title_of_a_private_entry_is_shown(world: World) -> None:
    shown = str(find_slots("thora", [JORG, DANIELLE, SIOBHAN], 60, *WEEK, 50, world=world))

    assert "slots" in shown
    assert not [word for word in ("Zahnarzt", "PTO", "School", "stand-up") if word in shown]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[World]:
    directory = Directory.load(FILES / "people.yaml")
    with radicale(tmp_path / "server", [JORG]) as server:
        login = (server.url, server.service, server.password)
        with closing(CaldavAgenda(*login, zones=directory.zones, clock=CLOCK)) as agenda:
            agenda.seed(FILES / "calendars")
            yield _world(tmp_path, agenda, directory)


def test_a_real_calendar_server_gives_the_same_answers(world: World, served: World) -> None:
    for candidate, panel in (("marcus", [JORG, SIOBHAN]), ("ananya", [DANIELLE]), ("thora", [MARIA, DANIELLE])):
        asked = (candidate, panel, 60, *WEEK, 50)
        assert find_slots(*asked, world=served) == find_slots(*asked, world=world)

    booking = ("marcus", [JORG, SIOBHAN], "2027-03-16T15:00:00Z", 60)
    booked = book_interview(*booking, world=served)
    assert booked == book_interview(*booking, world=world)
    assert book_interview(*booking, world=served)["already"] is True
    assert cancel_interview(booked["interview"], world=served) == cancel_interview(booked["interview"], world=world)
