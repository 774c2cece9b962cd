"""Scheduling in code: whose assistant this is, what a goal's words come to, and the report's tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crews.scene import Scene
from runtime.checked import checked
from runtime.problems import ConfigProblems
from runtime.yamlfile import load_yaml
from scenarios.scheduling.orders import orders_in
from scenarios.scheduling.playbook import PLAYBOOK
from scenarios.scheduling.sections import sections
from tools.directory import Directory
from tools.focus import Desk
from tools.world import World


def house(inputs: Mapping[str, Path]) -> tuple[str, str] | None:
    """Who invites: the desk's organiser, by the name that the directory knows. Raises ConfigProblems for neither."""
    located = load_yaml(inputs["desk"])
    desk, problems = checked(Desk, located) if located.readable else (None, [])
    if desk is None or problems or located.problems:
        raise ConfigProblems([*located.problems, *problems])
    try:
        person = Directory.load(inputs["people"]).by_mail(desk.organiser)
    except KeyError:
        problem = located.problem(("organiser",), f"'{desk.organiser}' is not in the directory")
        raise ConfigProblems([problem]) from None
    return person.name, person.mail


def understands(goal: str, world: World) -> Mapping[str, Any]:
    """The goal's orders: steps and pins of the plan follow from them."""
    return {"orders": orders_in(goal, world)}


SCENE = Scene(playbook=PLAYBOOK, house=house, understands=understands, sections=sections)
