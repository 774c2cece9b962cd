"""The directory: who is in it, who is found, and what a wrong file is told."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from runtime.errors import ConfigError
from tools.directory import Directory

_YAML = """\
people:
  - name: Jörg Bäumler
    mail: Joerg@house.example
    zone: Europe/Berlin
    team: data platform
    title: Principal Engineer
    skills: [python, sql]
    hours: "10:00-16:30"
    days: [Tue, mon]
  - name: Maria Lind
    mail: maria@house.example
    zone: America/New_York
"""
_CSV = """\
name,mail,zone,team,title,skills,hours,days
Jörg Bäumler,Joerg@house.example,Europe/Berlin,data platform,Principal Engineer,python; sql,10:00-16:30,Tue;mon
Maria Lind,maria@house.example,America/New_York,,,,,
"""


def _file(folder: Path, text: str, name: str = "people.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_yaml_and_csv_give_the_same_people(tmp_path: Path) -> None:
    from_yaml = Directory.load(_file(tmp_path, _YAML))
    from_csv = Directory.load(_file(tmp_path, _CSV, "people.csv"))

    assert from_yaml == from_csv
    jorg, maria = from_yaml.people
    assert (jorg.mail, jorg.hours, jorg.days) == ("joerg@house.example", (time(10), time(16, 30)), ("mon", "tue"))
    assert (maria.hours, maria.days) == ((time(9), time(18)), ("mon", "tue", "wed", "thu", "fri"))


def test_an_address_is_found_whatever_its_case(tmp_path: Path) -> None:
    directory = Directory.load(_file(tmp_path, _YAML))

    assert directory.by_mail(" JOERG@house.example").name == "Jörg Bäumler"
    with pytest.raises(KeyError):
        directory.by_mail("nobody@house.example")


@pytest.mark.parametrize(
    ("text", "found"),
    [("jorg", 1), ("BÄUMLER", 1), ("baumler python", 1), ("baumler rust", 0), ("house.example", 2), ("", 2)],
)
def test_search_needs_every_word_somewhere_and_ignores_accents(tmp_path: Path, text: str, found: int) -> None:
    assert len(Directory.load(_file(tmp_path, _YAML)).search(text)) == found


def test_a_team_is_found_by_its_whole_name_only(tmp_path: Path) -> None:
    directory = Directory.load(_file(tmp_path, _YAML))

    assert [one.mail for one in directory.team("Data  Platform")] == ["joerg@house.example"]
    assert directory.team("data") == ()


def test_the_zone_of_each_address_is_at_hand(tmp_path: Path) -> None:
    zones = Directory.load(_file(tmp_path, _YAML)).zones

    assert zones == {"joerg@house.example": "Europe/Berlin", "maria@house.example": "America/New_York"}


@pytest.mark.parametrize(
    ("changed", "line", "words"),
    [
        (("zone: Europe/Berlin", "zone: Europe/Berln"), 4, "'Europe/Berln' is no time zone"),
        (("zone: Europe/Berlin", "zone: Europe"), 4, "'Europe' is no time zone"),
        (("zone: Europe/Berlin", "zone: ../etc"), 4, "'../etc' is no time zone"),
        (("team:", "taem:"), 5, "unknown key 'taem'"),
        (('"10:00-16:30"', '"16:30-10:00"'), 8, "ends before it begins"),
        (('"10:00-16:30"', '"10-16"'), 8, "write them like 09:00-18:00"),
        (("[Tue, mon]", "[Tue, mno]"), 9, "'mno' is no weekday; use mon, tue"),
        (("[Tue, mon]", "[]"), 9, "is empty"),
        (("maria@house.example", "joerg@house.example"), 11, "is there twice"),
        (("mail: maria@house.example", "team: design"), 10, "'mail' is missing"),
        (("Maria Lind", "[Maria, Lind]"), 10, "'name' must be text"),
    ],
)
def test_a_mistake_in_yaml_is_named_with_its_line(
    tmp_path: Path, changed: tuple[str, str], line: int, words: str
) -> None:
    path = _file(tmp_path, _YAML.replace(*changed))

    with pytest.raises(ConfigError) as caught:
        Directory.load(path)

    assert f"{path}:{line}:" in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "line", "words"),
    [
        (("Europe/Berlin", "Berlin"), 2, "'Berlin' is no time zone"),
        (("team,title", "team,role"), 2, "unknown key 'role'"),
        (("New_York,,,,,", "New_York,,,,,,more"), 3, "more cells than the first line has"),
        (("Maria Lind", ""), 3, "'name' is missing"),
    ],
)
def test_a_mistake_in_csv_is_named_with_its_line(
    tmp_path: Path, changed: tuple[str, str], line: int, words: str
) -> None:
    path = _file(tmp_path, _CSV.replace(*changed), "people.csv")

    with pytest.raises(ConfigError) as caught:
        Directory.load(path)

    assert f"{path}:{line}:" in str(caught.value)
    assert words in str(caught.value)


def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    wrong = _YAML.replace("Europe/Berlin", "Mars/Olympus").replace("America/New_York", "Moon/Tycho")

    with pytest.raises(ConfigError, match=r"(?s)Mars/Olympus.*Moon/Tycho"):
        Directory.load(_file(tmp_path, wrong))


@pytest.mark.parametrize("text", ["", "people: 5\n", "persons: []\n", "people: [\n", "- a\n", "people:\n  - 5\n"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="people"):
        Directory.load(_file(tmp_path, text))


@pytest.mark.parametrize("name", ["people.yaml", "people.csv"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Directory.load(tmp_path / name)


def test_the_directory_of_the_recruiting_world_loads() -> None:
    directory = Directory.load(Path(__file__).parents[2] / "scenarios/recruiting/world/people.yaml")

    assert len(directory.people) == 9
    assert {one.name for one in directory.search("maria")} == {"Maria Nováková", "Maria Lindqvist"}


_ROOMS = (
    _YAML
    + """\
    focus: ["tue 09:00-12:00"]
    buffer: 10
rooms:
  - {name: Spree, mail: Spree@house.example, zone: Europe/Berlin, seats: 6}
holidays:
  - {date: 2027-03-17, name: Saint Patrick, zones: [Europe/Dublin]}
  - {date: 2027-12-24, name: Christmas Eve}
"""
)


def test_rooms_holidays_focus_time_and_buffers_are_read(tmp_path: Path) -> None:
    directory = Directory.load(_file(tmp_path, _ROOMS))

    assert [one.name for one in directory.people] == ["Jörg Bäumler", "Maria Lind"]
    assert directory.by_mail("spree@house.example").seats == 6
    assert directory.zones["spree@house.example"] == "Europe/Berlin"
    maria = directory.by_mail("maria@house.example")
    assert (maria.focus, maria.buffer) == ((("tue", (time(9), time(12))),), timedelta(minutes=10))
    assert list(directory.closed("Europe/Dublin").values()) == ["Saint Patrick", "Christmas Eve"]
    assert list(directory.closed("Europe/Berlin").values()) == ["Christmas Eve"]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("tue 09:00", "someday 09:00", "begins with no weekday"),
        ("09:00-12:00", "12:00-09:00", "ends before it begins"),
        ("Spree@house.example", "maria@house.example", "is there twice"),
        ("seats: 6", "seats: 0", "must be at least 1"),
        ("mail: Spree@house.example, zone: Europe/Berlin", "mail: s@h.example, zone: Atlantis", "is no time zone"),
    ],
)
def test_wrong_rooms_and_focus_times_are_told_with_their_place(
    tmp_path: Path, before: str, after: str, problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        Directory.load(_file(tmp_path, _ROOMS.replace(before, after)))
