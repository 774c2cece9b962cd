"""Meetings as tools: what is found, booked, changed and taken back, on real calendars at a time that stands still."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from guard.preview import previewed
from runtime.clock import FixedClock
from runtime.database import open_database
from runtime.errors import CannotWork, TryAgain
from tools.backends.agenda_sqlite import SqliteAgenda
from tools.backends.ats_sql import SqlAts
from tools.backends.mail_maildir import MaildirMailbox
from tools.directory import Directory, Holiday, Person
from tools.meeting_changes import find_substitutes, list_meetings, move_meeting, replace_attendee
from tools.meetings import book_meeting, cancel_meeting, find_times
from tools.moments import NoSuchTime, instant
from tools.tool import Tool, declared
from tools.world import World

CLOCK = FixedClock(datetime(2027, 3, 8, 7, tzinfo=UTC))
ANA, BEN, EVE, FAY = (f"{name}@house.example" for name in ("ana", "ben", "eve", "fay"))
SPREE = "spree@house.example"

PEOPLE = (
    Person("Ana Berg", ANA, "Europe/Berlin"),
    Person("Ben Cole", BEN, "America/New_York", "web", skills=("css",)),
    Person("Eve Dorn", EVE, "Europe/Berlin", "web", skills=("css", "html"), focus=(("tue", (time(9), time(12))),)),
    Person("Fay Ek", FAY, "Europe/Berlin", "web", buffer=timedelta(minutes=15)),
)
ROOMS = (Person("Spree", SPREE, "Europe/Berlin", hours=(time(0), time(23, 59)), seats=4),)
EASTER = Holiday(date(2027, 3, 29), "Easter Monday", ("Europe/Berlin",))

ENTRIES = {
    ANA: ("DTSTART:20270309T080000Z\nDTEND:20270309T090000Z\nSTATUS:TENTATIVE\nSUMMARY:Oncologist\nCLASS:PRIVATE",),
    EVE: ("DTSTART;VALUE=DATE:20270310\nDTEND;VALUE=DATE:20270311\nTRANSP:TRANSPARENT\nSUMMARY:Birthday",),
    FAY: ("DTSTART:20270310T100000Z\nDTEND:20270310T110000Z\nSUMMARY:Review",),
    SPREE: ("DTSTART:20270310T080000Z\nDTEND:20270310T120000Z\nSUMMARY:Audit",),
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    directory = Directory(PEOPLE, ROOMS, (EASTER,))
    folder = tmp_path / "calendars"
    folder.mkdir()
    for mail in directory.zones:
        events = [f"BEGIN:VEVENT\nUID:{mail}-{n}\n{one}\nEND:VEVENT\n" for n, one in enumerate(ENTRIES.get(mail, ()))]
        text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y\n{''.join(events)}END:VCALENDAR\n"
        (folder / f"{mail}.ics").write_text(text)
    engine = open_database(f"sqlite:///{tmp_path / 'agenda.sqlite'}")
    agenda = SqliteAgenda(engine, directory.zones, CLOCK)
    agenda.import_folder(folder)
    ats = open_database(f"sqlite:///{tmp_path / 'ats.sqlite'}")
    with ExitStack() as closing:
        closing.callback(engine.dispose)
        closing.callback(ats.dispose)
        mailbox = MaildirMailbox(tmp_path / "mail")
        closing.callback(mailbox.close)
        yield World("test", CLOCK, {}, tmp_path, directory, agenda, mailbox, SqlAts(ats, CLOCK), "Ana Berg", ANA)


def tool(name: str) -> Tool:
    return next(one for one in declared() if one.name == name)


def starts(found: dict[str, Any]) -> list[str]:
    return [one["start"] for one in found["slots"]]


def times(world: World, people: list[str], day: str, **more: Any) -> list[str]:
    return starts(
        find_times(people, more.pop("minutes", 60), day, more.pop("last", day), limit=50, world=world, **more)
    )


def book(world: World, people: list[str], start: str = "2027-03-09T14:00:00Z", **more: Any) -> dict[str, Any]:
    return dict(book_meeting(more.pop("title", "Sync"), people, start, more.pop("minutes", 60), world=world, **more))


@pytest.mark.statement("office", 3)
def test_tentative_is_busy_and_a_free_day_is_not(world: World) -> None:
    assert times(world, [FAY], "2027-03-09")[0] == "2027-03-09T09:00:00Z"  # after Ana's tentative hour
    assert times(world, [EVE], "2027-03-10")[0] == "2027-03-10T08:00:00Z"  # on Eve's all-day free birthday


def test_the_organisers_own_free_times_are_found_without_anybody_else(world: World) -> None:
    assert times(world, [], "2027-03-09")[0] == "2027-03-09T09:00:00Z"  # after Ana's tentative hour
    with pytest.raises(TryAgain, match="nobody takes part but the organiser"):
        book(world, [])


@pytest.mark.statement("office", 2)
def test_focus_time_buffers_and_holidays_are_kept_free(world: World) -> None:
    assert times(world, [EVE], "2027-03-09")[0] == "2027-03-09T11:00:00Z"  # Eve's focus time ends at noon in Berlin
    near = [one for one in times(world, [FAY], "2027-03-10", minutes=30) if "T09" in one or "T11" in one]
    assert near == ["2027-03-10T09:00:00Z", "2027-03-10T11:30:00Z"]  # not 09:30 and 11:00: 15 minutes around the review
    assert times(world, [FAY], "2027-03-29") == []
    assert "Easter Monday" in find_times([FAY], 60, "2027-03-29", "2027-03-29", world=world)["why"]


@pytest.mark.statement("office", 2)
def test_meetings_of_45_minutes_begin_on_the_quarter_hour(world: World) -> None:
    assert times(world, [EVE], "2027-03-10", minutes=45)[:2] == ["2027-03-10T08:00:00Z", "2027-03-10T08:15:00Z"]


@pytest.mark.statement("office", 2)
def test_times_at_which_the_optional_can_come_too_go_first(world: World) -> None:
    slots = find_times([FAY, BEN], 60, "2027-03-11", "2027-03-11", optional=[BEN], limit=50, world=world)["slots"]

    assert slots[0]["start"] == "2027-03-11T14:00:00Z"  # nine in New York
    assert slots[0]["optional_missing"] == []
    assert slots[-1]["optional_missing"] == ["Ben Cole"]


@pytest.mark.statement("office", 7)
def test_a_time_comes_with_a_room_that_is_free_or_is_no_time(world: World) -> None:
    slots = find_times([EVE], 60, "2027-03-10", "2027-03-10", seats=3, world=world)["slots"]

    assert (slots[0]["start"], slots[0]["room"]) == ("2027-03-10T12:00:00Z", SPREE)
    assert find_times([EVE], 60, "2027-03-10", "2027-03-10", seats=9, world=world)["slots"] == []


@pytest.mark.statement("office", 7)
def test_a_room_and_people_are_booked_together_or_not_at_all(world: World) -> None:
    with pytest.raises(TryAgain, match="Spree is busy"):
        book(world, [EVE, SPREE], "2027-03-10T09:00:00Z")
    assert world.agenda.events() == []

    made = book(world, [EVE, SPREE], "2027-03-10T12:00:00Z")
    assert (made["room"], made["cancel_id"]) == (SPREE, made["meeting"])
    assert all(world.agenda.busy(one, at(12), at(13)) for one in (ANA, EVE, SPREE))


def at(hour: int) -> datetime:
    return datetime(2027, 3, 10, hour, tzinfo=UTC)


@pytest.mark.statement("office", 4)
def test_what_anybody_does_at_a_time_never_appears(world: World) -> None:
    with pytest.raises(TryAgain) as caught:
        book(world, [FAY], "2027-03-09T08:00:00Z")
    told = [str(caught.value), str(find_times([FAY, EVE], 60, "2027-03-09", "2027-03-10", world=world))]

    assert "Ana Berg is busy" in told[0]
    assert not any(word in one for one in told for word in ("Oncologist", "Birthday", "Review", "Audit"))


def test_the_same_meeting_in_the_same_days_is_booked_once(world: World) -> None:
    week = {"first_day": "2027-03-08", "last_day": "2027-03-12"}
    first = book(world, [EVE], **week)

    again = book(world, [EVE], "2027-03-11T14:00:00Z", **week)

    assert again == first | {"already": True}
    assert len(world.agenda.events()) == 1


@pytest.mark.statement("office", 6)
def test_a_series_says_for_whom_it_shifts_when_clocks_change(world: World) -> None:
    made = book(world, [BEN], "2027-03-09T15:00:00Z", repeat="weekly", times=5)

    assert made["shifts"] == [
        "from 16 Mar 2027 it is 11:00 for Ben Cole (America/New_York), not 10:00",
        "from 30 Mar 2027 it is 10:00 for Ben Cole (America/New_York), not 11:00",
    ]


@pytest.mark.statement("office", 2)
def test_a_series_over_a_holiday_says_so(world: World) -> None:
    made = book(world, [FAY], "2027-03-15T14:00:00Z", repeat="weekly", times=4)

    assert "29 Mar 2027 is Easter Monday for Fay Ek" in made["shifts"]


@pytest.mark.statement("office", 12)
def test_a_meeting_moves_with_its_id_and_back(world: World) -> None:
    made = book(world, [EVE])
    moved = move_meeting(made["meeting"], "2027-03-09T14:30:00Z", world=world)
    undo = tool("move_meeting").undo

    assert (moved["meeting"], moved["sequence"], moved["already"]) == (made["meeting"], 1, False)
    assert move_meeting(made["meeting"], "2027-03-09T14:30:00Z", world=world)["already"]
    assert undo is not None
    back = undo({"meeting": made["meeting"], "start": "2027-03-09T14:30:00Z"}, moved)
    assert back is not None
    assert move_meeting(**back.args, world=world)["start"] == made["start"]


def test_a_series_moves_as_a_whole_and_keeps_its_rhythm(world: World) -> None:
    weekly = book(world, [FAY], "2027-03-09T14:00:00Z", repeat="weekly", times=3)
    monthly = book(world, [EVE], "2027-03-10T14:00:00Z", title="Board", repeat="monthly", times=3)

    moved = move_meeting(weekly["meeting"], "2027-03-11T14:00:00Z", world=world)

    assert (moved["start"], moved["repeats"]) == ("2027-03-11T14:00:00Z", weekly["repeats"])
    assert len(world.agenda.busy(FAY, datetime(2027, 3, 11, tzinfo=UTC), datetime(2027, 4, 9, tzinfo=UTC))) == 3
    board = move_meeting(monthly["meeting"], "2027-03-11T15:30:00Z", world=world)
    assert set(board["repeats"].split(";")) == {"FREQ=MONTHLY", "COUNT=3", "BYDAY=2TH"}


def test_a_substitute_is_of_the_team_and_free_and_takes_the_place(world: World) -> None:
    made = book(world, [EVE])
    able = find_substitutes(made["meeting"], EVE, world=world)["people"]

    assert [one["mail"] for one in able] == [BEN, FAY]  # Ben shares a skill; it is ten in New York
    changed = replace_attendee(made["meeting"], EVE, BEN, world=world)
    assert (changed["attendees"], changed["sequence"]) == ([BEN], 1)
    [listed] = list_meetings(meeting=made["meeting"], world=world)
    assert sorted(listed["untold"]) == [BEN, EVE]


def test_strangers_and_typing_errors_are_told_apart(world: World) -> None:
    with pytest.raises(TryAgain, match="did you mean ben"):
        book(world, ["ben.cole@house.example"])
    with pytest.raises(TryAgain, match="takes part but the organiser"):
        book(world, [SPREE])
    made = book(world, [BEN, "pat@client.example"])
    assert made["attendees"] == [BEN, "pat@client.example"]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("book_meeting", {"title": "Sync", "attendees": [EVE], "start": "2027-03-09T14:00:00Z", "minutes": 60}),
        ("cancel_meeting", {}),
        ("move_meeting", {"start": "2027-03-11T14:00:00Z"}),
        ("replace_attendee", {"leaves": EVE, "comes": FAY}),
    ],
)
def test_an_effect_is_found_by_its_probe_only_once_it_is_there(world: World, name: str, args: dict[str, Any]) -> None:
    one = tool(name)
    if name != "book_meeting":
        args = {"meeting": book(world, [EVE])["meeting"], **args}
    assert one.probe is not None
    assert one.probe(**args, world=world) is None

    result = one.run(**args, world=world)

    found = one.probe(**args, world=world)
    assert (found["meeting"], found["start"], found["attendees"]) == (
        result["meeting"],
        result["start"],
        result["attendees"],
    )


@pytest.mark.parametrize("name", ["book_meeting", "cancel_meeting", "replace_attendee"])
@pytest.mark.statement("office", 12)
def test_an_effect_is_taken_back_by_its_reverse(world: World, name: str) -> None:
    made = book(world, [EVE]) if name != "book_meeting" else {}
    args: dict[str, Any] = {
        "book_meeting": {"title": "Sync", "attendees": [EVE], "start": "2027-03-09T14:00:00Z", "minutes": 60},
        "cancel_meeting": {"meeting": made.get("meeting")},
        "replace_attendee": {"meeting": made.get("meeting"), "leaves": EVE, "comes": FAY},
    }[name]
    before = [(one.title, one.start, {p.mail for p in one.attendees}) for one in world.agenda.events()]
    result = tool(name).run(**args, world=world)
    undo = tool(name).undo

    assert undo is not None
    reverse = undo(args, result)
    assert reverse is not None
    tool(reverse.tool).run(**reverse.args, world=world)
    assert [(one.title, one.start, {p.mail for p in one.attendees}) for one in world.agenda.events()] == before


def test_a_cancelled_meeting_frees_everybody_and_can_be_cancelled_again(world: World) -> None:
    made = book(world, [EVE], "2027-03-10T12:00:00Z")

    first = cancel_meeting(made["meeting"], world=world)

    assert cancel_meeting(made["meeting"], world=world) == first
    assert world.agenda.busy(EVE, at(12), at(13)) == []
    with pytest.raises(TryAgain, match="no meeting"):
        cancel_meeting("nothing@house.example", world=world)


@pytest.mark.statement("office", 5)
def test_a_wall_time_that_clocks_skip_or_show_twice_is_refused() -> None:
    with pytest.raises(NoSuchTime, match="does not exist"):
        instant(date(2027, 3, 28), time(2, 30), "Europe/Berlin")
    with pytest.raises(NoSuchTime, match="comes twice"):
        instant(date(2026, 10, 25), time(2, 30), "Europe/Berlin")
    assert instant(date(2027, 3, 28), time(3, 30), "Europe/Berlin") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


@pytest.mark.statement("office", 5)
def test_a_series_at_an_hour_that_clocks_skip_is_refused(world: World) -> None:
    with pytest.raises((CannotWork, TryAgain)):
        book(world, [FAY], "2027-03-21T01:30:00Z", repeat="weekly", times=3)


def test_a_preview_of_a_series_tells_its_room_and_how_often_and_keeps_calendars_as_they_are(world: World) -> None:
    tools = {one.name: one for one in declared()}
    args = {"title": "Sync", "attendees": [EVE, FAY, SPREE], "start": "2027-03-11T09:00:00Z", "minutes": 30}

    told = previewed(tools["book_meeting"], args | {"optional": [FAY], "repeat": "weekly", "times": 3}, world)

    assert told.splitlines()[0] == "Booked: Sync"
    assert {"Repeated: FREQ=WEEKLY;COUNT=3", "In: Spree"} <= set(told.splitlines())
    assert f"{FAY} (optional)" in told
    assert world.agenda.events() == []
