"""find_people: everybody who may be meant, and a word when it is not clear who."""

from typing import Any, cast

from tools.directory import Directory, Person
from tools.people import find_people
from tools.tool import declared
from tools.world import World

_DIRECTORY = Directory(
    (
        Person("Maria Nováková", "maria.n@house.example", "Europe/Berlin", "people", "Talent Partner"),
        Person("Maria Lindqvist", "maria.l@house.example", "Europe/Stockholm", "design", "Design Lead", ("maps",)),
        Person("Bob Osei", "bob@house.example", "America/New_York", "design", "Designer", ("maps",)),
    )
)


class _Place:
    """As much of a world as looking people up needs."""

    directory = _DIRECTORY


def _find(text: str = "", team: str = "") -> dict[str, Any]:
    result: dict[str, Any] = find_people(text, team, world=cast(World, _Place()))
    return result


def _mails(result: dict[str, Any]) -> list[str]:
    return [one["mail"] for one in result["people"]]


def test_one_person_is_shown_with_all_that_planning_needs() -> None:
    assert _find("bob") == {
        "people": [
            {
                "name": "Bob Osei",
                "mail": "bob@house.example",
                "zone": "America/New_York",
                "team": "design",
                "title": "Designer",
                "hours": "09:00-18:00 mon tue wed thu fri",
            }
        ]
    }


def test_a_name_that_two_people_have_gives_both_and_says_so() -> None:
    result = _find("Maria")

    assert _mails(result) == ["maria.n@house.example", "maria.l@house.example"]
    assert result["note"] == "2 people match 'Maria': use the mail address to say who is meant"


def test_a_team_is_a_list_of_people_and_needs_no_note() -> None:
    result = _find(team="Design")

    assert _mails(result) == ["maria.l@house.example", "bob@house.example"]
    assert "note" not in result


def test_text_and_team_narrow_together() -> None:
    assert _mails(_find("maps maria", "design")) == ["maria.l@house.example"]


def test_nobody_found_tells_which_teams_there_are() -> None:
    assert _find("zoe") == {"people": [], "note": "nobody matches; the teams are: design, people"}


def test_without_words_everybody_is_listed() -> None:
    assert len(_find()["people"]) == 3


def test_it_only_reads_and_its_addresses_may_become_targets() -> None:
    (tool,) = [one for one in declared() if one.name == "find_people"]

    assert (tool.effect, tool.targets, tool.trusted) == ("read", (), ("*",))
