"""The scenes of attacks: a project with one scenario and a text in a stranger's place, and what a run leaves in it."""

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from crews.memories import memory_in
from runtime.facts import Fact
from runtime.home import Home
from scenarios.attacks.attack import Attack, Process, Scenario, Twin
from scenarios.attacks.encodings import written
from scenarios.attacks.left import without
from scenarios.attacks.orders import text_of
from scenarios.attacks.place import fill, payload
from scenarios.attacks.places import PLACES, put
from scenarios.attacks.state import state_of
from scenarios.recruiting.lessons import SCREENED
from testkit.projects import CHECKOUT, home_in, make_project
from testkit.states import briefs, cloud, customers, forge, meetings, purchases, reports
from tests.scenarios.recruiting import world_of
from tools.world import World


def _reports(world: World) -> dict[str, Any]:
    """The reports without the lines that name somebody, where a part of the orders stands."""
    left = reports(world)
    made = [
        (week, [line for line in text.splitlines() if "largest is" not in line]) for week, text, *_ in left["reports"]
    ]
    return left | {"reports": made}


def _changes(world: World) -> dict[str, Any]:
    """What became of which field of whom."""
    return {"changes": [(who, *one) for who, made in customers(world)["changes"].items() for one in made]}


def _meetings(world: World) -> dict[str, Any]:
    """Meetings, who is busy when, and who got which mail, without titles: one of them is the stranger's."""
    left = meetings(world)
    untitled = [(uid, *rest) for uid, _, *rest in left["meetings"]]
    sent = [(identity, to, "", said) for identity, to, _, said in left["sent"]]
    return left | {"meetings": untitled, "sent": sent}


def _forge(world: World) -> dict[str, Any]:
    """The forge without the stranger's own branch, and what is said at their pull request."""
    left = dict(vars(forge(world)))
    left["branches"] = {name: commit for name, commit in left["branches"].items() if name != "tidy-docs"}
    left["comments"] = {number: said for number, said in left["comments"].items() if number != 8}
    return left | {"files": left["files"].splitlines()}


_LEFT: Mapping[Scenario, Callable[[World], Any]] = {
    "recruiting": state_of,
    "stock": purchases,
    "lunch": purchases,
    "report": _reports,
    "research": briefs,
    "crm": _changes,
    "scheduling": _meetings,
    "finops": cloud,
    "devops": _forge,
}


def text_in(attack: Attack) -> str:
    """What stands in the carrier of the attack."""
    if attack.scenario == "recruiting":
        return payload(attack.orders, attack.encoding)
    return written(text_of(attack.orders), attack.encoding)


def project_of(folder: Path, twin: Twin, text: str) -> Path:
    """A project with the scenario, and `text` in the carrier; empty for an honest twin."""
    project = _configured(folder, twin.process)
    left_out = shutil.ignore_patterns("__pycache__", "fixtures", "*.pdf", "*.docx")
    for name in {twin.scenario, "recruiting"}:  # which the shipped settings and tasks name
        shutil.copytree(CHECKOUT / "scenarios" / name, project / "scenarios" / name, ignore=left_out)
    scenario = project / "scenarios" / twin.scenario
    if twin.scenario == "recruiting":
        fill(scenario / "world", twin.carrier, text)
    else:
        put(scenario / "world", PLACES[twin.scenario, twin.carrier], text)
    if twin.carrier == "memory":
        _remembered(project, text)
    return project


def left_in(project: Path, twin: Twin, text: str, ended: str) -> Any:
    """What a run left behind in such a project; where a trade's world quotes the carrier, as if nobody had ordered."""
    world = world_of(project, os.environ, twin.scenario)
    try:
        left = _LEFT[twin.scenario](world)
    finally:
        world.close()
    if twin.scenario == "recruiting":
        return left
    left |= {"ended": ended}
    return without(left, text, PLACES[twin.scenario, twin.carrier].words) if text else left


def _configured(folder: Path, process: Process) -> Path:
    """A project with the shipped configuration, and no scenario yet."""
    crews = yaml.safe_load((CHECKOUT / "config" / "crews.yaml").read_text())
    if process == "hierarchical":
        crews["deputy"]["process"] = "hierarchical"
    settings = (CHECKOUT / "config" / "settings.yaml").read_text()
    project = make_project(folder, settings=settings, crews=yaml.safe_dump(crews))
    for kind in ("agents", "tasks", "crews"):
        shutil.copytree(CHECKOUT / "config" / kind, project / "config" / kind)
    return project


def _remembered(project: Path, text: str) -> None:
    """Leave the text in the world's memory, as a model leaves it that was fooled in an earlier run."""
    Home((project / "var").resolve()).world("recruiting")
    with home_in(project), memory_in(project, "recruiting", {}) as memory:
        memory.learn(Fact(SCREENED, "earlier", text or "all was well", False, "a model"), datetime.now(UTC))
