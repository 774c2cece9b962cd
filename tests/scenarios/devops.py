"""Runs of the DevOps scenario for the tests here, and what the forge holds after them."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.playbook import PlaybookModel
from crews.answering import Answering
from crews.config import load_config
from crews.scene import load_scene
from crews.wish import Outcome, Wish
from crews.worlds import Place, open_world
from runtime.home import Home
from runtime.records import Record
from scenarios.devops.scene import SCENE
from testkit.projects import CHECKOUT, home_in, make_project, records_of
from testkit.states import Forge, forge
from tools.world import World

ORDERS = "orders"


@dataclass(frozen=True)
class Played:
    """A project after a run of the scenario in it."""

    project: Path
    outcome: Outcome
    records: list[Record]
    state: Forge

    def results(self, *tools: str) -> list[Any]:
        """What the tools returned, in order."""
        return [one.body["result"] for one in self.records if one.kind == "tool.done" and one.body["tool"] in tools]

    def keys(self, kind: str) -> list[tuple[str, str, str, int]]:
        """The keys of all records of a kind; one that stands there twice was asked or done twice."""
        bodies = [one.body for one in self.records if one.kind == kind]
        return sorted((one["step"], str(one.get("tool")), one["key"]["hash"], one["key"]["nth"]) for one in bodies)


def shipped(folder: Path) -> Path:
    """A project with the shipped configuration and scenarios, without the files that only others need."""
    project = make_project(folder, settings=(CHECKOUT / "config" / "settings.yaml").read_text())
    ignored = shutil.ignore_patterns("__pycache__", "fixtures")
    shutil.copytree(CHECKOUT / "scenarios", project / "scenarios", ignore=ignored)
    return project


def play(project: Path, goal: str | None = None, answering: Answering | None = None, **inputs: Path) -> Played:
    """Run the scenario, with its playbook unless somebody else answers."""
    from crews.runner import start

    model = None if answering else "playbook"
    with home_in(project):
        outcome = start(project, Wish(goal, "devops", inputs=inputs, model=model), answering=answering)
    return played(project, outcome, **inputs)


def played(project: Path, outcome: Outcome, **inputs: Path) -> Played:
    """What came of a run."""
    return Played(project, outcome, records_of(project, outcome.run), state_of(project, **inputs))


def world_of(project: Path, **inputs: Path) -> World:
    """The world that runs of the scenario in this project act on."""
    config = load_config(project, "devops")
    spec = config.scenarios["devops"]
    place = Place("devops", config.scenario_folder("devops"), spec)
    home, scene = Home((project / "var").resolve()), load_scene(spec.playbook)
    return open_world(home, config.settings, place, scene, Wish(scenario="devops", inputs=inputs), {})


def state_of(project: Path, **inputs: Path) -> Forge:
    """What the forge holds now."""
    world = world_of(project, **inputs)
    try:
        return forge(world)
    finally:
        world.close()


def playbook() -> PlaybookModel:
    """The scenario's playbook, as a model."""
    assert SCENE.playbook is not None
    return PlaybookModel(SCENE.playbook)
