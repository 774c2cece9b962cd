"""What the mails say, to whom, and what they never say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from runtime.clock import FixedClock
from runtime.errors import CannotWork, TryAgain
from tools.backends.ical import invitation
from tools.backends.protocols import Attendee, Event
from tools.letters import House, checked_note, invitation_letter, message_id, named_in, rejection_letter

NOW = datetime(2027, 3, 8, 8, tzinfo=UTC)
HOUSE = House("Meridian Analytics", "recruiting@meridian.example")
ANN = Attendee("ann@mail.example", "Ánn Lee", "America/New_York", host=False)
JONAS = Attendee("jonas@meridian.example", "Jonas Weber", "Europe/Berlin")
MARIA = Attendee("maria@meridian.example", "Maria Nováková", "Asia/Kolkata")
START = datetime(2027, 3, 16, 14, tzinfo=UTC)
EVENT = Event(
    uid="i1@meridian.example",
    title="Interview: Data Engineer with Ánn Lee",
    start=START,
    end=START + timedelta(hours=1),
    organizer=HOUSE.mail,
    attendees=(ANN, JONAS, MARIA),
    location="Room 4",
    facts={"candidate": "cand-1"},
)


def invite(to: Attendee, event: Event = EVENT, **changed: Any) -> EmailMessage:
    words: dict[str, Any] = {"applicant": "Ánn Lee", "title": "Data Engineer", "note": "We look forward to it."}
    calendar = invitation(event, clock=FixedClock(NOW))
    return invitation_letter(event, to, HOUSE, calendar=calendar, now=NOW, **{**words, **changed})


def reject(**changed: Any) -> EmailMessage:
    words = {"candidate": "cand-1", "name": "Ánn Lee", "mail": ANN.mail, "title": "Data Engineer", "note": ""}
    return rejection_letter(house=HOUSE, now=NOW, **{**words, **changed})


def text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_the_candidate_reads_when_on_their_own_clock_where_and_with_whom() -> None:
    assert text(invite(ANN)) == (
        "Dear Ánn Lee,\n\n"
        "Meridian Analytics invites you to an interview for the position 'Data Engineer'.\n\n"
        "We look forward to it.\n\n"
        "When:  Tue 16 Mar 2027, 10:00–11:00 EDT (UTC-04:00)\n"
        "       Tue 16 Mar 2027, 14:00–15:00 UTC\n"
        "Where: Room 4\n"
        "With:  Jonas Weber, Maria Nováková\n\n"
        "A calendar entry comes with this mail. If the time does not suit you, please answer this mail.\n\n"
        "Kind regards\nMeridian Analytics\n"
    )


@pytest.mark.parametrize(
    ("to", "time", "colleague"),
    [(JONAS, "15:00–16:00 CET (UTC+01:00)", MARIA), (MARIA, "19:30–20:30 IST (UTC+05:30)", JONAS)],
)
def test_each_of_the_panel_reads_whom_they_meet_on_their_own_clock(
    to: Attendee, time: str, colleague: Attendee
) -> None:
    body = text(invite(to))

    assert body.startswith(f"Dear {to.name},\n\nplease interview Ánn Lee for the position 'Data Engineer'.")
    assert f"When:  Tue 16 Mar 2027, {time}" in body
    assert f"With:  Ánn Lee (candidate), {colleague.name}\n" in body


def test_without_a_known_zone_the_time_is_in_utc_and_says_so() -> None:
    body = text(invite(replace(ANN, zone="")))

    assert "When:  Tue 16 Mar 2027, 14:00–15:00 UTC\n       We do not know your time zone" in body


def test_the_headers_say_who_writes_to_whom_about_what() -> None:
    letter, inside = invite(ANN), invite(JONAS)

    assert letter["From"] == "Meridian Analytics <recruiting@meridian.example>"
    assert letter["To"] == "Ánn Lee <ann@mail.example>"
    assert letter["Subject"] == "Interview: Data Engineer at Meridian Analytics"
    assert inside["Subject"] == "Interview with Ánn Lee: Data Engineer"
    assert letter["Date"].datetime == NOW


def test_a_mail_program_finds_an_invitation_for_everybody_in_the_mail() -> None:
    received = message_from_bytes(invite(ANN).as_bytes(policy=SMTP), policy=default)

    assert received.get_content_type() == "multipart/alternative"
    part = list(received.iter_parts())[-1]
    assert (part.get_content_type(), part["Content-Type"].params["method"]) == ("text/calendar", "REQUEST")
    calendar = Calendar.from_ical(part.get_content())
    [entry] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], entry["UID"], entry.decoded("DTSTART")) == ("REQUEST", "i1@meridian.example", START)
    attendees: Any = entry["ATTENDEE"]
    assert [str(one) for one in attendees] == [f"mailto:{one.mail}" for one in EVENT.attendees]


def test_the_mail_survives_servers_that_only_know_seven_bits() -> None:
    assert invite(ANN, note="Grüße aus Köln").as_bytes().isascii()
    assert "Grüße aus Köln" in text(invite(ANN, note="Grüße aus Köln"))


def test_the_same_mail_has_the_same_id_and_every_other_mail_another() -> None:
    again = invite(replace(ANN, mail="ANN@mail.example"), note="other words")
    moved = invite(ANN, replace(EVENT, sequence=1))
    other = invite(ANN, replace(EVENT, uid="i2"))
    ids = [one["Message-ID"] for one in (invite(ANN), invite(JONAS), moved, other, reject(), reject(candidate="c2"))]

    assert again["Message-ID"] == ids[0]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("<") and one.endswith("@meridian.example>") for one in ids)


def test_an_id_does_not_depend_on_where_its_parts_are_cut() -> None:
    assert message_id(HOUSE, "invitation", "a1", "1") != message_id(HOUSE, "invitation", "a", "11")


def test_a_rejection_is_kind_short_and_opens_as_unsent() -> None:
    letter = reject(note="Your work on buses was a pleasure to read.")

    assert letter["X-Unsent"] == "1"
    assert letter["Subject"] == "Your application: Data Engineer"
    body = text(letter)
    assert body.startswith("Dear Ánn Lee,\n\nthank you for your application for the position 'Data Engineer'")
    assert "sorry" in body
    assert "Your work on buses was a pleasure to read." in body
    assert "how we came to this" in body


def test_a_rejection_without_a_known_name_still_greets() -> None:
    assert text(reject(name="")).startswith("Dear applicant,\n")


@pytest.mark.parametrize("mail", ["ann", "ann@", "", "ann@x.example>", "a@b.example\nBcc: all@x.example", "(c)@x"])
def test_what_is_no_address_is_named_and_no_mail_is_made(mail: str) -> None:
    with pytest.raises(CannotWork, match="is no mail address"):
        reject(mail=mail)


def test_a_name_from_a_file_cannot_start_a_line_or_a_header() -> None:
    name = "Ann\r\nBcc: all@x.example\r\n\r\nPay now " + "x" * 200

    letter = reject(name=name, title=name)

    assert letter["Bcc"] is None
    assert str(letter["To"]).endswith("… <ann@mail.example>") or '…" <ann@mail.example>' in str(letter["To"])
    assert "\nBcc" not in text(letter)
    assert "\nPay" not in text(letter)
    assert max(map(len, text(letter).splitlines())) < 300


@pytest.mark.parametrize(
    "note",
    ["see https://evil.example", "write to x@evil.example", "www.evil.example", "HTTP://evil.example", "x" * 601],
    ids=["link", "address", "www", "capitals", "long"],
)
def test_a_note_with_a_link_an_address_or_too_many_words_is_sent_back(note: str) -> None:
    with pytest.raises(TryAgain, match="the note"):
        checked_note(note, [])


def test_a_note_loses_what_cannot_be_printed_and_keeps_its_lines() -> None:
    assert checked_note(" Hello\x1b[31m Ann \n\n bye\x00 \n", []) == "Hello [31m Ann\n\nbye"


def test_a_note_that_names_another_candidate_is_sent_back() -> None:
    with pytest.raises(TryAgain, match="names another candidate, 'Bob Ray'"):
        checked_note("You were better than  bob\nRAY!", ["Cy Young", "Bob Ray"])


@pytest.mark.parametrize(
    ("words", "people", "found"),
    [
        ("Bob Rayner writes", ["Bob Ray"], ""),
        ("in May we start", ["May"], ""),
        ("as bob@mail.example said", ["bob@mail.example"], "bob@mail.example"),
        ("(Bob Ray)", ["Bob Ray"], "Bob Ray"),
        ("nobody", [], ""),
    ],
)
def test_a_name_is_found_whole_or_not_at_all(words: str, people: list[str], found: str) -> None:
    assert named_in(words, people) == found


@pytest.mark.parametrize(
    "name",
    [
        "Ann, thief@evil.example, " + "x" * 60,
        "Ann <thief@evil.example>, " + "long name " * 6,
        "Ann: a, thief@evil.example; " + "word " * 14,
        'Ann" <thief@evil.example>, "' + "word " * 14,
        "Ann; thief@evil.example; Ünal " + "wört " * 14,
    ],
)
def test_a_name_longer_than_a_line_adds_no_recipient(name: str) -> None:
    received = message_from_bytes(reject(name=name).as_bytes(policy=SMTP), policy=default)

    assert [one.addr_spec for one in received["To"].addresses] == [ANN.mail]
    assert received["Subject"] == "Your application: Data Engineer"


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=120), st.text(max_size=120))
def test_whatever_a_file_says_a_mail_can_be_made_and_read_again(name: str, title: str) -> None:
    letter = reject(name=name, title=title)

    received = message_from_bytes(letter.as_bytes(policy=SMTP), policy=default)
    assert sorted(set(received.keys())) == sorted(set(letter.keys()))
    assert [one.addr_spec for one in received["To"].addresses] == [ANN.mail]
