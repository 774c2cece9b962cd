"""Runs of the scheduling scenario for the tests here, and the state that they leave behind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crews.wish import Wish
from testkit.projects import home_in, records_of
from tests.scenarios import recruiting
from tests.scenarios.recruiting import Played
from tools.world import World

ME = "emilie.charrier@meridian.example"
MARIA = "maria.lindqvist@meridian.example"
TOMAS = "tomas.aguirre@meridian.example"
YUKI = "yuki.tanabe@meridian.example"
JORG = "joerg.baeumler@meridian.example"
SIOBHAN = "siobhan.kearney@meridian.example"
DANIELLE = "danielle.okafor@meridian.example"


def play(project: Path, goal: str | None = None, **more: Any) -> Played:
    """Run the goal, or the scenario's own, with its playbook."""
    from crews.runner import start

    wish = Wish(goal, None if goal else "scheduling", model="playbook", **more)
    with home_in(project):
        outcome = start(project, wish)
    return Played(project, outcome, records_of(project, outcome.run))


def world_of(project: Path, environ: Mapping[str, str] | None = None) -> World:
    """The world that runs of the scenario in this project act on."""
    return recruiting.world_of(project, environ, "scheduling")
