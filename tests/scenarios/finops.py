"""Runs of the FinOps scenario for the tests here: played, answered, carried on, and looked at from many sides."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from crews.config import load_config
from crews.scene import load_scene
from crews.wish import Outcome, Wish
from crews.worlds import Place, open_world
from runtime.home import Home
from testkit.projects import CHECKOUT, home_in, make_project, records_of, with_scenarios
from testkit.states import cloud
from tests.scenarios.recruiting import Played
from tools.world import World

WISH = Wish(scenario="finops", model="playbook")


def shipped(folder: Path, cloud: str = "cloud: embedded") -> Path:
    """A project with the shipped configuration and scenarios, on that cloud."""
    text = (CHECKOUT / "config" / "settings.yaml").read_text()
    return with_scenarios(make_project(folder, settings=text.replace("cloud: embedded", cloud)))


def play(project: Path, wish: Wish = WISH) -> Played:
    """Run the scenario with its playbook, and return what came of it."""
    from crews.runner import start

    with home_in(project):
        outcome = start(project, wish)
    return Played(project, outcome, records_of(project, outcome.run))


def approved(project: Path, by: str = "user:chiara") -> Played:
    """Let each owner say yes to what waits for them, and have the run carried on."""
    from crews.answers import answer, pending
    from crews.runner import resume

    with home_in(project):
        for one in pending(project):
            answer(project, one.asked.approval, "approved", by=one.asked.approvers[0])
        outcome: Outcome = resume(project, None, by=by)
    return Played(project, outcome, records_of(project, outcome.run))


def world_of(project: Path, environ: Mapping[str, str] | None = None) -> World:
    """The world that runs of the scenario in this project act on. Close it: the cost store has one user at a time."""
    config = load_config(project, "finops")
    spec = config.scenarios["finops"]
    place = Place("finops", config.scenario_folder("finops"), spec)
    home, scene = Home((project / "var").resolve()), load_scene(spec.playbook)
    return open_world(home, config.settings, place, scene, WISH, environ or {})


def state_of(project: Path, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What runs left behind: machines, disks, copies, changes, alerts, mails."""
    world = world_of(project, environ)
    try:
        return cloud(world)
    finally:
        world.close()


def edit(project: Path, name: str, change: Any) -> None:
    """Change a YAML file of the scenario's world in place: `change` gets its data."""
    path = project / "scenarios" / "finops" / "world" / name
    data = yaml.safe_load(path.read_text())
    change(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False))
