"""Recruiting in code: what the manager may know beforehand, what is put into the world, and the report's tables."""

from collections.abc import Mapping
from math import comb, prod
from pathlib import Path
from typing import Any

from crews.scene import Scene
from scenarios.recruiting.goals import understands
from scenarios.recruiting.lessons import learn
from scenarios.recruiting.playbook import PLAYBOOK, pins
from scenarios.recruiting.positions import load_positions
from scenarios.recruiting.sections import sections
from tools.documents import resume_files
from tools.resumes.job import load_job
from tools.world import World


def house(inputs: Mapping[str, Path]) -> tuple[str, str] | None:
    """Who recruits, as the job says it."""
    job = load_job(inputs["job"])
    return job.house.name, job.house.mail


def prepare(world: World) -> None:
    """Put the house's other positions and the job's own into the applicant records."""
    job = load_job(world.inputs["job"])
    own = {"position": job.position, "title": job.title, "status": job.status, "location": "", "opened": _today(world)}
    for position in [*load_positions(world.inputs["positions"]), own]:
        world.ats.put_position(position)


def facts(world: World) -> Mapping[str, Any]:
    """What may be known before anything untrusted is read: the job's own words, and how many résumés there are."""
    job = load_job(world.inputs["job"])
    return {
        "position": job.position,
        "title": job.title,
        "resumes": len(resume_files(world)),
        "shortlist": job.interviews.shortlist,
        "minutes": job.interviews.minutes,
        "panel_size": sum(seat.people for seat in job.interviews.panel),
        "panels": prod(comb(len(world.directory.team(seat.team)), seat.people) for seat in job.interviews.panel),
    }


def _today(world: World) -> str:
    """The day a position was first seen: kept from the records if it is there."""
    job = load_job(world.inputs["job"])
    known = {one["position"]: one["opened"] for one in world.ats.positions()}
    return str(known.get(job.position) or world.clock.now().date().isoformat())


SCENE = Scene(
    playbook=PLAYBOOK,
    house=house,
    prepare=prepare,
    facts=facts,
    pins=pins,
    understands=understands,
    sections=sections,
    learn=learn,
)
