"""Runs of the FinOps scenario for the tests here: played, answered, carried on, and looked at from many sides."""

import gzip
from collections.abc import Mapping
from datetime import date
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


def restate(project: Path, more: float) -> None:
    """The newest AWS bill's first row costs so much more than it did: its day is restated."""
    path = project / "scenarios/finops/world/bill/focus-aws-2027-03.csv.gz"
    head, row, *rows = gzip.decompress(path.read_bytes()).decode().splitlines()
    cells = row.split(",")
    cost = head.split(",").index("EffectiveCost")
    cells[cost] = str(float(cells[cost]) + more)
    path.write_bytes(gzip.compress("\n".join([head, ",".join(cells), *rows]).encode() + b"\n"))


def more_days(project: Path, day: date, costs: dict[str, float]) -> None:
    """A further day in the newest AWS bill, as the last one but with these costs: a new export, as providers do."""
    path = project / "scenarios/finops/world/bill/focus-aws-2027-03.csv.gz"
    head, *lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    last = [
        line for line in lines if "2027-03-04T00:00:00Z,2027-03-03" not in line and ",2027-03-04T00:00:00Z," in line
    ]
    fresh = []
    for line in (one for one in last if "2027-03-05T00:00:00Z" in one):
        made = line.replace("2027-03-05T00:00:00Z", "END").replace("2027-03-04T00:00:00Z", f"{day}T00:00:00Z")
        made = made.replace("END", f"{date.fromordinal(day.toordinal() + 1)}T00:00:00Z")
        owner = next((name for name in costs if name in line), None)
        if owner:
            cells = made.split(",")
            cells[head.split(",").index("EffectiveCost")] = str(costs[owner])
            made = ",".join(cells)
        fresh.append(made)
    assert fresh
    path.write_bytes(gzip.compress("\n".join([head, *lines, *fresh]).encode() + b"\n"))
