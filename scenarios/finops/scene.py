"""FinOps in code: who writes, what the manager may know beforehand, and the report's tables and charts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crews.scene import Scene
from scenarios.finops.playbook import PLAYBOOK
from scenarios.finops.sections import sections
from tools.backends.cloud import CLOUD
from tools.costs.rules import load_rules
from tools.world import World


def house(inputs: Mapping[str, Path]) -> tuple[str, str] | None:
    """Who writes, as the rules say it."""
    rules = load_rules(inputs["rules"])
    return rules.house.name, rules.house.mail


def facts(world: World) -> Mapping[str, Any]:
    """How many machines and disks there are, and how many alerts may go out: numbers only, nothing that is written."""
    cloud = world.service(CLOUD)
    return {
        "most_alerts": load_rules(world.inputs["rules"]).alerts.most,
        "machines": len(cloud.machines()),
        "disks": len(cloud.volumes()),
    }


SCENE = Scene(playbook=PLAYBOOK, house=house, facts=facts, sections=sections)
