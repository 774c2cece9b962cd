"""Facts from lines: dates, places, names, numbers, positions. What is not certain is unknown."""

from collections.abc import Sequence
from datetime import date

import pytest

from tools.resumes.contact import mails_in, phones_in
from tools.resumes.dates import find_period
from tools.resumes.extract import Line
from tools.resumes.headings import section_of, sections
from tools.resumes.names import as_name
from tools.resumes.places import place_of
from tools.resumes.studies import find_education, find_skills
from tools.resumes.work import find_work

TODAY = date(2027, 3, 8)


@pytest.mark.parametrize(
    ("text", "start", "end", "years"),
    [
        ("Mar 2019 – present", "2019-03", "present", 8.1),
        ("03/2019 - 02/2021", "2019-03", "2021-02", 2.0),
        ("2015–2018", "2015", "2018", 3.0),
        ("Acme, seit 2020", "2020", "present", 6.8),
        ("2019-03-01 – 2021-04-30", "2019-03", "2021-04", 2.2),
        ("01.03.2019 - 31.12.2020", "2019-03", "2020-12", 1.8),
        ("Sept. 2019 to Jan. 2020", "2019-09", "2020-01", 0.4),
        ("Januar 2020 bis heute", "2020-01", "present", 7.2),
        ("2018 - Mar 2020", "2018", "2020-03", 1.8),
        ("2021 - 2019", "2021", "2019", None),
        ("2020 - 2020", "2020", "2020", None),
        ("June 2026 - Dec 2029", "2026-06", "2029-12", 0.8),
        ("2030 - present", "2030", "present", None),
    ],
)
def test_periods_are_read_and_counted_up_to_today(text: str, start: str, end: str, years: float | None) -> None:
    period = find_period(text)

    assert period is not None
    assert (str(period.start), str(period.end or "present"), period.years(TODAY)) == (start, end, years)


@pytest.mark.parametrize("text", ["2019", "in 2019", "ISO/IEC 27001-2013", "+44 7700 2015 2019", "1.2019", "room 2015"])
def test_a_single_date_or_a_number_is_no_period(text: str) -> None:
    assert find_period(text) is None


@pytest.mark.parametrize(
    ("text", "city", "country", "zone"),
    [
        ("Berlin, Germany", "Berlin", "DE", "Europe/Berlin"),
        ("12 Main Street, 80331 München, Deutschland", "München", "DE", "Europe/Berlin"),
        ("London SW1A 1AA, UK", "London", "GB", "Europe/London"),
        ("São Paulo, Brazil", "São Paulo", "BR", "America/Sao_Paulo"),
        ("Pune, India", "Pune", "IN", "Asia/Kolkata"),
        ("Boston, MA, USA", "Boston", "US", "America/New_York"),
        ("Nashville, TN, USA", "Nashville", "US", None),
        ("Porto, Portugal", "Porto", "PT", None),
        ("Berlin, DE", "Berlin", "DE", "Europe/Berlin"),
        ("Chicago", "Chicago", None, "America/Chicago"),
        ("Tbilisi, Georgia", "Tbilisi", "GE", "Asia/Tbilisi"),
    ],
)
def test_a_zone_is_known_where_city_or_country_leave_no_doubt(
    text: str, city: str, country: str | None, zone: str | None
) -> None:
    place = place_of(text)

    assert place is not None
    assert (place.city, place.country, place.zone) == (city, country, zone)


@pytest.mark.parametrize(
    "text", ["Wilmington, DE", "San Francisco, CA", "Atlanta, Georgia", "Paris, Texas", "Python, SQL", "Remote", ""]
)
def test_what_may_be_a_state_or_no_place_at_all_is_unknown(text: str) -> None:
    assert place_of(text) is None


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+49 (0)30 23125 377", None, "+493023125377"),
        ("0049 30 23125377", None, "+493023125377"),
        ("Tel. 030 23125-377", "DE", "+493023125377"),
        ("(212) 555-0142", "US", "+12125550142"),
        ("617.555.0119", "US", "+16175550119"),
    ],
)
def test_a_telephone_number_is_brought_into_one_form(text: str, country: str | None, number: str) -> None:
    assert [one.value for one in phones_in(text, country)] == [number]


@pytest.mark.parametrize("text", ["030 23125 377", "2015 - 2019", "41,000 scooters", "+1 2", "DIN 4109-1989"])
def test_a_number_without_a_country_or_that_is_none_is_not_guessed(text: str) -> None:
    assert phones_in(text, None) == []


def test_an_address_written_to_escape_robots_is_still_an_address() -> None:
    assert [
        one.value for one in mails_in("Write to ann.lee (at) mail (dot) example or B@x.example. See my.example")
    ] == [
        "ann.lee@mail.example",
        "b@x.example",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ann Lee", "Ann Lee"),
        ("MARCUS O'NEIL-ADEYEMI", "Marcus O'Neil-Adeyemi"),
        ("Dr. Jan van der Berg, PhD", "Jan van der Berg"),
        ("Curriculum Vitae - Ann Lee (she/her)", "Ann Lee"),
        ("Ann B. Lee, M.Sc.", "Ann B. Lee"),
        ("Jack Ma", "Jack Ma"),
        ("Nguyễn Thị Hạnh", "Nguyễn Thị Hạnh"),
        ("Мария Иванова", "Мария Иванова"),
        ("Senior Data Engineer", None),
        ("Berlin, Germany", None),
        ("Machine Learning", None),
        ("Acme GmbH", None),
        ("Ann", None),
        ("I like trains", None),
        ("March 2019", None),
    ],
)
def test_a_name_is_taken_only_from_what_can_be_nothing_else(text: str, name: str | None) -> None:
    assert as_name(text) == name


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("WORK EXPERIENCE", "work"),
        ("S K I L L S", "skills"),
        ("2. Education:", "education"),
        ("Berufserfahrung", "work"),
        ("WHERE I'VE WORKED, newest first", "work"),
        ("- Skills", None),
        ("Experience with Python", None),
    ],
)
def test_headings_are_known_by_their_words(text: str, section: str | None) -> None:
    assert section_of(text) == section


def test_an_unknown_heading_that_looks_like_the_known_ones_ends_the_section_before() -> None:
    lines = [
        Line(text, look=look)
        for text, look in [("Skills", "bold"), ("SQL", "plain"), ("Elsewhere", "bold"), ("Chess", "plain")]
        + [("Go", "plain")] * 4
    ]

    assert [section for section, _ in sections(lines)][:4] == ["skills", "skills", "other", "other"]


def _work(*texts: str) -> list[tuple[str | None, str | None, str, int, int]]:
    lines = [Line(text) for text in ("Experience", *texts)]
    return [
        (one.title, one.employer, str(one.period.start) if one.period else "", one.first, one.last)
        for one in find_work(lines, sections(lines))
    ]


@pytest.mark.parametrize(
    "head",
    [
        ["Data Engineer, Acme, Berlin | 2019 - 2021"],
        ["Data Engineer at Acme (2019 - 2021)"],
        ["2019 - 2021  Data Engineer", "Acme, Berlin"],
        ["Data Engineer  2019 - 2021", "Acme, Berlin"],
        ["Data Engineer", "Acme, Berlin | 2019 - 2021"],
        ["Acme  2019 - 2021", "Data Engineer"],
        ["Acme", "Data Engineer", "2019 - 2021"],
        ["2019 - 2021", "Data Engineer", "Acme"],
        ["Data Engineer - Acme, Berlin", "2019 - 2021"],
    ],
)
def test_title_employer_and_dates_are_found_in_the_ways_people_arrange_them(head: Sequence[str]) -> None:
    found = _work(*head, "- Pipelines.", "- Reports since 2020 for all.", "Analyst, Mill Ltd, 2015 - 2018", "- Tables.")

    last = len(head) + 3
    assert found == [("Data Engineer", "Acme", "2019", 2, last), ("Analyst", "Mill Ltd", "2015", last + 1, last + 2)]


def test_what_a_head_does_not_say_is_unknown() -> None:
    assert _work("2019 - 2021", "- Pipelines.") == [(None, None, "2019", 2, 3)]


def test_undated_positions_are_counted_and_have_no_period() -> None:
    assert _work("Engineer at Acme Labs. Small shop.", "All in Python.", "Analyst at the Mill. Tables.") == [
        ("Engineer", "Acme Labs", "", 2, 3),
        ("Analyst", "Mill", "", 4, 4),
    ]
    assert [entry[3:] for entry in _work("Big project", "for a bank", "- Python", "Small project", "- SQL")] == [
        (2, 4),
        (5, 6),
    ]


def test_studies_are_no_positions() -> None:
    lines = [Line(text) for text in ("Education", "Student assistant, TU Berlin, 2015 - 2018")]

    assert find_work(lines, sections(lines)) == []


def test_education_and_skills_are_listed_as_far_as_they_are_clear() -> None:
    (study,) = find_education(["MSc Statistics, University of Lisbon, 2015–2017"])
    skills = find_skills(["Python (pandas, polars), SQL", "Languages: Go, Rust"])

    assert (study.study_type, study.area, study.institution) == ("MSc", "Statistics", "University of Lisbon")
    assert [(one.name, one.keywords) for one in skills] == [
        ("Python (pandas, polars)", ()),
        ("SQL", ()),
        ("Languages", ("Go", "Rust")),
    ]
