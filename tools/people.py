"""Looking people of the house up."""

from typing import Any

from tools.directory import Person
from tools.tool import tool
from tools.world import World


@tool(effect="read", trusted=("*",))
def find_people(text: str = "", team: str = "", *, world: World) -> dict[str, Any]:
    """Find people of the house, with their mail address, time zone, team, title and working hours. `text` is words of
    a name, title or skill; `team` the name of a team. Without either, everybody is listed."""
    matching = [one for one in world.directory.search(text) if not team or one in world.directory.team(team)]
    result: dict[str, Any] = {"people": [_shown(one) for one in matching]}
    note = _note(text, team, matching, world)
    return result | ({"note": note} if note else {})


def _note(text: str, team: str, matching: list[Person], world: World) -> str:
    if matching:
        plural = text and not team and len(matching) > 1
        return f"{len(matching)} people match '{text}': use the mail address to say who is meant" if plural else ""
    teams = ", ".join(sorted({one.team for one in world.directory.people if one.team}))
    return f"nobody matches; the teams are: {teams or 'none'}"


def _shown(person: Person) -> dict[str, str]:
    opens, closes = person.hours
    return {
        "name": person.name,
        "mail": person.mail,
        "zone": person.zone,
        "team": person.team,
        "title": person.title,
        "hours": f"{opens:%H:%M}-{closes:%H:%M} {' '.join(person.days)}",
    }
