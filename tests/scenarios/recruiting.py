"""Runs of the recruiting scenario for the tests here: played once per folder, looked at from many sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crews.config import load_config
from crews.scene import load_scene
from crews.wish import Outcome, Wish
from crews.worlds import Place, open_world
from runtime.home import Home
from runtime.records import Record
from testkit.projects import CHECKOUT, home_in, make_project, records_of, with_scenarios
from tools.world import World

POSITION = "senior-data-engineer"


@dataclass(frozen=True)
class Played:
    """A project after a run of the scenario in it."""

    project: Path
    outcome: Outcome
    records: list[Record]

    def only(self, kind: str, tool: str | None = None) -> list[dict[str, Any]]:
        """The bodies of the records of a kind, of one tool if it is named."""
        found = [record.body for record in self.records if record.kind == kind]
        return [one for one in found if tool is None or one["tool"] == tool]

    def results(self, tool: str) -> list[Any]:
        """What the tool returned, in order."""
        return [one["result"] for one in self.only("tool.done", tool)]


def shipped(folder: Path) -> Path:
    """A project with the shipped configuration and scenarios."""
    settings = (CHECKOUT / "config" / "settings.yaml").read_text()
    return with_scenarios(make_project(folder, settings=settings))


def play(project: Path, **inputs: Path) -> Played:
    """Run the scenario with its playbook, and return what came of it."""
    from crews.runner import start

    with home_in(project):
        outcome = start(project, Wish(scenario="recruiting", model="playbook", inputs=inputs))
    return Played(project, outcome, records_of(project, outcome.run))


def world_of(project: Path, environ: Mapping[str, str] | None = None, scenario: str = "recruiting") -> World:
    """The world that runs of the scenario in this project act on."""
    config = load_config(project, scenario)
    spec = config.scenarios[scenario]
    place = Place(scenario, config.scenario_folder(scenario), spec)
    home, scene = Home((project / "var").resolve()), load_scene(spec.playbook)
    return open_world(home, config.settings, place, scene, Wish(scenario=scenario), environ or {})
