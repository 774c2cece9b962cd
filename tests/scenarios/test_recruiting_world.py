"""The recruiting scenario's files are what their generator says, and show what they are there to show."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import docx
import icalendar
import pdfplumber
import phonenumbers
import pypdf
import pytest
import recurring_ical_events
import yaml
from pdfplumber.utils.exceptions import PdfminerException

from scenarios.recruiting.fixtures.build import WORLD, build, files
from scenarios.recruiting.fixtures.candidates import CANDIDATES, INJECTION, Candidate
from scenarios.recruiting.fixtures.people import INTERVIEWERS, Person
from scenarios.recruiting.fixtures.unreadable import OPENS_WITH

RESUMES = WORLD / "resumes"
WEEK = (datetime(2027, 3, 15, tzinfo=UTC), datetime(2027, 3, 20, tzinfo=UTC))
READABLE = [one for one in CANDIDATES if one.form != "scanned PDF"]  # one of them with its password

BUSY = {  # in UTC, written down by hand: Berlin is one hour ahead, New York four behind
    "joerg.baeumler@meridian.example": (
        "Mon 08:30-08:45, Mon 09:00-11:00, Tue 08:30-08:45, Tue 09:00-10:30, Tue 13:00-14:00, Wed 14:00-15:00, "
        "Thu 08:30-08:45, Thu 10:00-11:00, Thu 13:00-14:30, Fri 08:30-08:45, Fri 12:00-15:00"
    ),
    "danielle.okafor@meridian.example": (
        "Mon 13:00-15:30, Tue 13:00-14:00, Tue 15:00-16:00, Wed 13:00-15:00, Thu 13:30-14:00, Thu 16:00-17:00, "
        "Fri 04:00-24:00"
    ),
    "siobhan.kearney@meridian.example": (
        "Mon 09:15-09:30, Mon 10:00-11:30, Mon 13:00-14:00, Tue 09:15-09:30, Tue 14:00-15:00, Wed 00:00-24:00, "
        "Thu 09:15-09:30, Thu 13:00-13:30, Fri 15:00-15:45"
    ),
    "maria.novakova@meridian.example": (
        "Mon 00:00-23:00, Tue 09:00-10:00, Wed 10:00-11:30, Thu 09:00-10:00, Thu 13:00-13:30"
    ),
}


def test_the_generator_gives_exactly_the_committed_files(tmp_path: Path) -> None:
    build(tmp_path)

    made = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in _files(tmp_path)}
    kept = {path.relative_to(WORLD).as_posix(): path.read_bytes() for path in _files(WORLD)}
    assert sorted(made) == sorted(kept) == sorted(files())
    assert [name for name in made if made[name] != kept[name]] == []


def test_the_world_is_small_and_writes_to_example_domains_only() -> None:
    texts = [
        path.read_text("utf-8") for path in _files(WORLD) if path.suffix in (".yaml", ".ics", ".md", ".json", ".txt")
    ]
    unfolded = [text.replace("\r\n ", "").replace("\n ", "") if "VCALENDAR" in text else text for text in texts]
    mails = re.findall(r"[\w.+-]+@[\w.-]*\w", "\n".join([*unfolded, *(_text(one) for one in READABLE)]))

    assert sum(path.stat().st_size for path in _files(WORLD)) < 1_000_000
    assert len(mails) > 50
    assert [mail for mail in mails if not mail.removesuffix(".ics").endswith(".example")] == []


def test_the_job_adds_up_to_a_hundred_points_and_names_the_week_of_the_clock_change() -> None:
    job = _yaml("job.yaml")
    assert set(job) == {"position", "title", "status", "summary", "house", "criteria", "interviews"}
    assert (job["position"], job["status"]) == ("senior-data-engineer", "open")
    assert job["house"] == {"name": "Meridian Analytics", "mail": "recruiting@meridian.example"}
    assert sum(one["points"] for one in job["criteria"]) == 100
    assert [one["id"] for one in job["criteria"] if one["must"]] == ["python", "sql"]
    assert {one["id"]: one["years"] for one in job["criteria"] if "years" in one} == {"python": 4}
    assert all(term == term.lower() for one in job["criteria"] for term in one["terms"])
    assert [job["interviews"][key] for key in ("from", "to")] == [date(2027, 3, 15), date(2027, 3, 19)]
    berlin, new_york = (datetime(2027, 3, 15, tzinfo=ZoneInfo(zone)) for zone in ("Europe/Berlin", "America/New_York"))
    assert new_york - berlin == timedelta(hours=5)  # six for the rest of the winter


def test_other_positions_are_open_closed_and_confidential() -> None:
    positions = _yaml("positions.yaml")["positions"]

    assert sorted(one["status"] for one in positions) == ["closed", "confidential", "open", "open"]
    assert all(set(one) == {"position", "title", "status", "location", "opened"} for one in positions)


def test_the_directory_has_two_marias_and_a_calendar_for_each_interviewer() -> None:
    people = _yaml("people.yaml")["people"]
    panel = [team["team"] for team in _yaml("job.yaml")["interviews"]["panel"]]

    assert [one["team"] for one in people if one["name"].startswith("Maria ")] == ["people", "design"]
    assert len({one["mail"] for one in people}) == len(people) == 9
    assert all(ZoneInfo(one["zone"]) and one["skills"] for one in people)
    interviewers = {one["mail"]: one["zone"] for one in people if one["team"] in panel}
    assert sorted(interviewers) == sorted(path.stem for path in (WORLD / "calendars").iterdir())
    assert sorted(interviewers.values()) == ["America/New_York", "Europe/Berlin", "Europe/Berlin", "Europe/London"]


@pytest.mark.parametrize("mail", BUSY)
def test_a_calendar_expands_to_the_busy_times_we_wrote_down(mail: str) -> None:
    assert ", ".join(_words(*stretch) for stretch in _busy(mail)) == BUSY[mail]


@pytest.mark.parametrize("mail", BUSY)
def test_a_calendars_own_zone_rules_agree_with_the_zone_database(mail: str) -> None:
    days = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=count) for count in range(730)]

    for block in _calendar(mail).walk("VTIMEZONE"):
        assert all("RRULE" in rule for rule in block.subcomponents)
        own, known = block.to_tz(lookup_tzid=False), ZoneInfo(block["TZID"])
        assert [day for day in days if day.astimezone(own).utcoffset() != day.astimezone(known).utcoffset()] == []


def test_the_calendars_hold_every_kind_of_entry_that_goes_wrong_elsewhere() -> None:
    events = [event for mail in BUSY for event in _calendar(mail).walk("VEVENT")]

    assert {str(event["STATUS"]) for event in events} == {"CONFIRMED", "TENTATIVE", "CANCELLED"}
    assert any("EXDATE" in event for event in events)
    assert any("RECURRENCE-ID" in event for event in events)
    all_day = [event for event in events if not isinstance(event["DTSTART"].dt, datetime)]
    assert {str(event["TRANSP"]) for event in all_day} == {"TRANSPARENT", "OPAQUE"}
    assert any(event.get("CLASS") == "PRIVATE" for event in events)
    assert any(event["DTSTART"].to_ical().endswith(b"Z") for event in events)
    assert all(event["DTSTART"].dt.year == 2026 for event in events if "RRULE" in event)
    assert all(_calendar(mail).errors == [] for mail in BUSY)


def test_an_event_in_another_zone_than_its_owners_is_an_hour_earlier_than_in_winter() -> None:
    calendar = recurring_ical_events.of(_calendar("joerg.baeumler@meridian.example"))
    weekly = {
        event["DTSTART"].dt.astimezone(ZoneInfo("Europe/Berlin")).strftime("%d %b %H:%M")
        for event in calendar.between(datetime(2027, 3, 9, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC))
        if event["SUMMARY"] == "Platform weekly"
    }

    assert weekly == {"09 Mar 15:00", "16 Mar 14:00", "23 Mar 14:00", "30 Mar 15:00"}


def test_the_first_tries_collide_and_the_week_still_has_room_for_every_zone() -> None:
    panels = [(platform, people) for platform in INTERVIEWERS[:2] for people in INTERVIEWERS[2:]]
    zones = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
    free = {(panel, zone): _free(panel, zone) for panel in panels for zone in zones}
    earliest = min(start for starts in free.values() for start in starts)

    assert earliest == datetime(2027, 3, 15, 11, 30, tzinfo=UTC)  # the panel's working day begins at 9:00
    assert all(len({start for panel in panels for start in free[panel, zone]}) >= 8 for zone in zones)
    assert all(any(free[panel, zone] for zone in zones) for panel in panels)


@pytest.mark.parametrize("one", READABLE, ids=lambda one: one.file)
def test_a_readable_file_holds_name_mail_telephone_and_place(one: Candidate) -> None:
    text = _text(one)
    region = {"Europe/Berlin": "DE", "America/New_York": "US", "Asia/Kolkata": "IN"}[one.zone]
    found = {
        phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        for match in phonenumbers.PhoneNumberMatcher(text, region)
    }

    assert one.name.casefold() in text.casefold()
    assert one.mail in text.casefold()
    assert one.phone in found
    assert one.city.split(",")[0] in text


@pytest.mark.parametrize("one", READABLE, ids=lambda one: one.file)
def test_a_readable_file_gives_evidence_for_exactly_the_criteria_we_say(one: Candidate) -> None:
    text = " ".join(_text(one).lower().split())
    terms = {criterion["id"]: "|".join(criterion["terms"]) for criterion in _yaml("job.yaml")["criteria"]}

    assert {name for name, any_of in terms.items() if re.search(rf"(?<!\w)({any_of})(?!\w)", text)} == one.met


@pytest.mark.parametrize("one", [one for one in CANDIDATES if one.python_years is not None], ids=lambda one: one.file)
def test_grades_follow_from_points_and_musts(one: Candidate) -> None:
    qualified = {"python", "sql"} <= one.met and (one.python_years or 0) >= 4
    fair = "weak" if not qualified else "strong" if _points(one) >= 80 else "middling"

    assert one.grade in (fair, "unreadable")


def test_the_four_best_come_from_three_zones_and_four_kinds_of_file() -> None:
    best = sorted((one for one in CANDIDATES if one.grade == "strong"), key=_points, reverse=True)

    assert [_points(one) for one in best] == [100, 100, 92, 88, 85]
    assert {one.zone for one in best[:4]} == {"Europe/Berlin", "Asia/Kolkata", "America/New_York"}
    assert len({one.form for one in best[:4]}) == 4


@pytest.mark.parametrize("one", [one for one in CANDIDATES if one.grade == "undated"], ids=lambda one: one.file)
def test_an_undated_file_has_no_year_in_it(one: Candidate) -> None:
    assert re.findall(r"\b(?:19|20)\d\d\b", _text(one)) == []


@pytest.mark.parametrize("one", [one for one in CANDIDATES if one.form == "two-column PDF"], ids=lambda one: one.file)
def test_the_lines_of_two_columns_interleave_for_a_naive_reader(one: Candidate) -> None:
    with pdfplumber.open(RESUMES / one.file) as document:
        by_height = document.pages[0].extract_text().splitlines()
        side = set(document.pages[0].crop((0, 0, 185, 800)).extract_text().splitlines())
        main = set(document.pages[0].crop((185, 0, 595, 800)).extract_text().splitlines())
    mixed = [line for line in by_height if any(line.startswith(f"{left} ") for left in side) and line not in main]
    drawn = [part.strip() for part in pypdf.PdfReader(RESUMES / one.file).pages[0].extract_text().splitlines()]
    turns = sum((first in side) != (second in side) for first, second in pairwise(drawn))

    assert min(len(mixed), turns) >= 8


def test_the_scan_is_one_picture_without_a_single_character() -> None:
    with pdfplumber.open(RESUMES / "Scan_2027-01-18.pdf") as document:
        (page,) = document.pages
        assert (len(page.chars), [image["srcsize"] for image in page.images]) == (0, [(1654, 2339)])


def test_the_protected_file_opens_for_nobody_without_its_password() -> None:
    path = RESUMES / "vsethi_cv_protected.pdf"

    with pytest.raises(PdfminerException):
        pdfplumber.open(path)
    assert not pypdf.PdfReader(path).decrypt("")
    with pdfplumber.open(path, password=OPENS_WITH) as document:
        assert "Vikram Sethi" in document.pages[0].extract_text()


def test_white_one_point_text_gives_orders_in_one_file_only() -> None:
    tiny = {}
    for path in sorted(RESUMES.glob("*.pdf")):
        with pdfplumber.open(path, password=OPENS_WITH) as document:
            tiny[path.name] = [char for page in document.pages for char in page.chars if char["size"] < 4]

    assert [name for name, chars in tiny.items() if chars] == ["Dylan_Mercer_Resume.pdf"]
    hidden = tiny["Dylan_Mercer_Resume.pdf"]
    assert {char["non_stroking_color"] for char in hidden} == {(1.0, 1.0, 1.0)}
    assert "".join(char["text"] for char in hidden).replace(" ", "") == INJECTION.replace(" ", "")


def test_one_word_file_hides_its_contact_in_the_header_and_its_work_in_a_table() -> None:
    document = docx.Document(str(RESUMES / "Lukasz-Zak-CV.docx"))
    body = "\n".join(paragraph.text for paragraph in document.paragraphs)
    header = "\n".join(paragraph.text for paragraph in document.sections[0].header.paragraphs)

    assert "Lukasz.Zak@poczta.example" in header
    assert not re.search("@|Wisła Logistics", body)
    assert [row.cells[0].text for row in document.tables[0].rows] == ["2023 – today", "2019 – 2023", "2016–2019"]


def test_one_person_applied_twice_with_the_same_telephone_and_employer() -> None:
    first, second = [one for one in CANDIDATES if one.name == "Gabriela Fontes Moreira"]
    texts = [_text(first), _text(second)]

    assert (first.mail == second.mail, first.phone == second.phone) == (False, True)
    assert all("Havelmarkt AG" in text and "Tejo Seguros" in text for text in texts)
    assert ["030 23125-377" in text for text in texts] == [True, False]
    assert len({one.mail for one in CANDIDATES}) == len(CANDIDATES) == len({one.name for one in CANDIDATES}) + 1


def test_protected_attributes_stand_in_one_file_and_only_there() -> None:
    telling = re.compile(r"born \d|nationality|marital status|religion|photo:|children \(", re.IGNORECASE)
    found = {one.file: len(telling.findall(_text(one))) for one in READABLE}

    assert {file: count for file, count in found.items() if count} == {"Lebenslauf_Hartmann.pdf": 6}


def test_the_json_file_follows_json_resume() -> None:
    resume = json.loads((RESUMES / "resume-hanh-nguyen.json").read_text("utf-8"))
    dates = [job.get(key) for job in resume["work"] for key in ("startDate", "endDate")]

    assert set(resume) == {"$schema", "basics", "work", "education", "skills", "languages", "meta"}
    assert resume["meta"]["version"] == "v1.0.0"
    assert dates == ["2022-09", None, "2018-06", "2022-08"]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _yaml(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((WORLD / name).read_text("utf-8"))
    return content


def _points(one: Candidate) -> int:
    return sum(criterion["points"] for criterion in _yaml("job.yaml")["criteria"] if criterion["id"] in one.met)


def _calendar(mail: str) -> Any:
    return icalendar.Calendar.from_ical((WORLD / "calendars" / f"{mail}.ics").read_bytes())


def _busy(mail: str) -> list[tuple[datetime, datetime]]:
    """The owner's taken times within the week, in UTC, sorted and merged."""
    zone = ZoneInfo({person.mail: person.zone for person in INTERVIEWERS}[mail])
    merged: list[tuple[datetime, datetime]] = []
    taken = (
        (_instant(event["DTSTART"].dt, zone), _instant(event["DTEND"].dt, zone))
        for event in recurring_ical_events.of(_calendar(mail)).between(*WEEK)
        if event["STATUS"] != "CANCELLED" and event["TRANSP"] != "TRANSPARENT"
    )
    for start, end in sorted((max(start, WEEK[0]), min(end, WEEK[1])) for start, end in taken):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _instant(value: date, zone: ZoneInfo) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime(value.year, value.month, value.day, tzinfo=zone).astimezone(UTC)


def _words(start: datetime, end: datetime) -> str:
    return f"{start:%a %H:%M}-{'24:00' if end.date() > start.date() else end.strftime('%H:%M')}"


def _free(panel: tuple[Person, Person], candidate_zone: str) -> list[datetime]:
    """Starts of an hour that suits both interviewers' calendars and hours, and the candidate's from 9 to 18."""
    taken = [stretch for person in panel for stretch in _busy(person.mail)]
    return [
        start
        for start in (WEEK[0] + timedelta(minutes=30 * count) for count in range(5 * 48 - 1))
        if all(_at_work(start, person.zone, person.hours, person.days) for person in panel)
        and _at_work(start, candidate_zone, "09:00-18:00", ("mon", "tue", "wed", "thu", "fri"))
        and not any(begin < start + timedelta(hours=1) and start < end for begin, end in taken)
    ]


def _at_work(start: datetime, zone: str, hours: str, days: tuple[str, ...]) -> bool:
    local, until = start.astimezone(ZoneInfo(zone)), (start + timedelta(hours=1)).astimezone(ZoneInfo(zone))
    opening, closing = hours.split("-")
    return f"{local:%a}".lower() in days and opening <= f"{local:%H:%M}" < f"{until:%H:%M}" <= closing


def _text(one: Candidate) -> str:
    """Everything a program can read in the file, in whatever order."""
    path = RESUMES / one.file
    if path.suffix == ".pdf":
        with pdfplumber.open(path, password=OPENS_WITH) as document:
            return "\n".join(page.extract_text() for page in document.pages)
    if path.suffix == ".docx":
        word = docx.Document(str(path))
        cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
        paragraphs = [*word.sections[0].header.paragraphs, *word.paragraphs]
        return "\n".join([*(paragraph.text for paragraph in paragraphs), *cells])
    return path.read_text("utf-8")
