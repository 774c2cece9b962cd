"""Meetings as iCalendar: what is written, what is read back, and what nobody can smuggle in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar, Component, vCalAddress

from runtime.clock import FixedClock
from tools.backends.ical import event_of, invitation, same_meeting, status_of, stored, when, written_here
from tools.backends.protocols import Attendee, Event

_CLOCK = FixedClock(datetime(2027, 3, 8, 9, tzinfo=UTC))
_EVENT = Event(
    uid="7b1c@house.example",
    title="Interview: Data Engineer, senior; with Zoë",
    start=datetime(2027, 3, 16, 14, tzinfo=UTC),
    end=datetime(2027, 3, 16, 15, tzinfo=UTC),
    organizer="recruiting@house.example",
    attendees=(
        Attendee("zoe@mail.example", "Zoë Ångström", "Asia/Kolkata", host=False),
        Attendee("ada@house.example", "Ada Lindqvist", "Europe/Berlin"),
        Attendee("unknown@house.example", "Where", ""),
    ),
    sequence=3,
    location="Video room 2",
    description="Bring nothing.\nAsk anything; it is fine, really.",
    facts={"candidate": "cand-1;2,3\\n", "position": "data-engineer", "two_words": "yes"},
)


def test_what_is_stored_is_read_back_as_it_was() -> None:
    assert event_of(stored(_EVENT, "CONFIRMED", _CLOCK)) == _EVENT


@pytest.mark.parametrize("status", ["CONFIRMED", "TENTATIVE", "CANCELLED"])
def test_the_status_is_kept(status: str) -> None:
    assert status_of(stored(_EVENT, status, _CLOCK)) == status  # type: ignore[arg-type]  # parametrize gives str


def test_the_same_event_at_the_same_clock_is_the_same_bytes() -> None:
    assert invitation(_EVENT, clock=_CLOCK) == invitation(_EVENT, clock=_CLOCK)
    assert stored(_EVENT, "CONFIRMED", _CLOCK) == stored(_EVENT, "CONFIRMED", _CLOCK)


def test_an_invitation_asks_everybody_for_an_answer() -> None:
    calendar = Calendar.from_ical(invitation(_EVENT, clock=_CLOCK))
    (event,) = calendar.walk("VEVENT")

    assert calendar["METHOD"] == "REQUEST"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("7b1c@house.example", 3, "CONFIRMED")
    assert event["ORGANIZER"] == "mailto:recruiting@house.example"
    assert [str(one) for one in _invited(event)] == [f"mailto:{one.mail}" for one in _EVENT.attendees]
    assert {(one.params["PARTSTAT"], one.params["RSVP"]) for one in _invited(event)} == {("NEEDS-ACTION", "TRUE")}
    assert event.decoded("DTSTAMP") == _CLOCK.now()
    assert b"DTSTART:20270316T140000Z" in invitation(_EVENT, clock=_CLOCK)


def _invited(event: Component) -> list[vCalAddress]:
    people = event["ATTENDEE"]
    assert isinstance(people, list)
    return [one for one in people if isinstance(one, vCalAddress)]


def test_a_cancellation_says_so_and_takes_no_time() -> None:
    calendar = Calendar.from_ical(invitation(replace(_EVENT, sequence=4), "CANCEL", clock=_CLOCK))
    (event,) = calendar.walk("VEVENT")

    assert (calendar["METHOD"], event["STATUS"], event["TRANSP"], event["SEQUENCE"]) == (
        "CANCEL",
        "CANCELLED",
        "TRANSPARENT",
        4,
    )


def test_nothing_internal_leaves_with_an_invitation() -> None:
    sent = invitation(_EVENT, clock=_CLOCK)

    assert b"X-DEPUTY" not in sent
    assert b"cand-1" not in sent


def test_servers_are_told_to_send_no_mail_of_their_own_for_a_stored_event() -> None:
    text = stored(_EVENT, "CONFIRMED", _CLOCK).replace("\r\n ", "")

    people = [line for line in text.splitlines() if line.startswith(("ATTENDEE", "ORGANIZER"))]
    assert len(people) == 4
    assert all(";SCHEDULE-AGENT=CLIENT" in line for line in people)


@pytest.mark.parametrize(
    "name", ['A"\r\nATTENDEE:mailto:evil@x.example', "A\nX:1", "A\x00\x1b[2J", 'A";CN="B', "A\u2028B:;,", "  "]
)
def test_a_name_cannot_break_out_of_its_line(name: str) -> None:
    hostile = replace(
        _EVENT, title=name, location=name, facts={"candidate": name}, attendees=(Attendee("a@b.example", name, "UTC"),)
    )

    for text in (stored(hostile, "CONFIRMED", _CLOCK), invitation(hostile, clock=_CLOCK).decode()):
        (event,) = Calendar.from_ical(text).walk("VEVENT")
        assert str(event["ATTENDEE"]) == "mailto:a@b.example"
        assert event.errors == []
        assert not [line for line in text.splitlines() if line.startswith(("ATTENDEE:", "X:"))]


def test_times_are_written_in_utc_whatever_zone_they_come_in() -> None:
    berlin = datetime.fromisoformat("2027-03-16T15:00:00+01:00")
    event = replace(_EVENT, start=berlin, end=berlin + timedelta(hours=1))

    assert stored(event, "CONFIRMED", _CLOCK) == stored(_EVENT, "CONFIRMED", _CLOCK)
    assert "VTIMEZONE" not in stored(event, "CONFIRMED", _CLOCK)


def test_a_meeting_is_the_same_if_uid_time_and_people_are() -> None:
    assert same_meeting(_EVENT, replace(_EVENT, title="x", sequence=9))
    assert not same_meeting(_EVENT, replace(_EVENT, end=_EVENT.end + timedelta(minutes=1)))
    assert not same_meeting(_EVENT, replace(_EVENT, attendees=_EVENT.attendees[:2]))


def test_what_was_written_here_is_known_again() -> None:
    foreign = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:;X-DEPUTY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

    assert written_here(stored(_EVENT, "CANCELLED", _CLOCK))
    assert not written_here(foreign)


@pytest.mark.parametrize(
    ("start", "minutes", "zone", "text"),
    [
        ("2027-03-16T14:00", 60, "Europe/Berlin", "Tue 16 Mar 2027, 15:00–16:00 CET (UTC+01:00)"),
        ("2027-03-16T14:00", 60, "America/New_York", "Tue 16 Mar 2027, 10:00–11:00 EDT (UTC-04:00)"),
        ("2027-03-12T15:00", 60, "America/New_York", "Fri 12 Mar 2027, 10:00–11:00 EST (UTC-05:00)"),
        ("2027-03-16T14:00", 60, "Asia/Kolkata", "Tue 16 Mar 2027, 19:30–20:30 IST (UTC+05:30)"),
        ("2027-03-16T14:00", 60, "America/Sao_Paulo", "Tue 16 Mar 2027, 11:00–12:00 UTC-03:00"),
        ("2027-03-16T14:00", 60, "UTC", "Tue 16 Mar 2027, 14:00–15:00 UTC (UTC+00:00)"),
        (
            "2027-03-16T22:30",
            60,
            "Europe/Berlin",
            "Tue 16 Mar 2027, 23:30 CET (UTC+01:00) – Wed 17 Mar 2027, 00:30 CET (UTC+01:00)",
        ),
        (
            "2027-03-28T00:30",
            60,
            "Europe/Berlin",
            "Sun 28 Mar 2027, 01:30 CET (UTC+01:00) – Sun 28 Mar 2027, 03:30 CEST (UTC+02:00)",
        ),
        (
            "2026-10-25T00:30",
            60,
            "Europe/Berlin",
            "Sun 25 Oct 2026, 02:30 CEST (UTC+02:00) – Sun 25 Oct 2026, 02:30 CET (UTC+01:00)",
        ),
    ],
)
def test_a_time_is_told_by_the_clock_of_the_reader(start: str, minutes: int, zone: str, text: str) -> None:
    begins = datetime.fromisoformat(start).replace(tzinfo=UTC)

    assert when(begins, begins + timedelta(minutes=minutes), zone) == text
