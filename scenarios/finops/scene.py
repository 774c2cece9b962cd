"""FinOps in code: who writes, what the manager may know beforehand, and the report's tables and charts."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crews.goals import forbidden, only_asks, without_quotes
from crews.scene import Scene
from runtime.errors import Unclear
from scenarios.finops.playbook import PLAYBOOK
from scenarios.finops.sections import sections
from tools.backends.cloud import CLOUD
from tools.costs.rules import load_rules
from tools.world import World

_LIMIT = re.compile(
    r"[€$£]\s*\d+|\b\d[\d.,]*\s*(?:%|per ?cent|€|\$|£|euros?|eur|dollars?|usd|pounds?)"
    r"|\b(?:except|excluding|unless|without|but|only|not|tonight|tomorrow|later)\b(?:\s+[\w-]+){0,4}"
    r"|\b(?:on|next|by) (?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    re.I,
)


def understands(goal: str, _world: World) -> Mapping[str, Any]:
    """Nothing but that costs are looked after. Raises Unclear for limits, exceptions and days, unless it only asks."""
    if only_asks(goal):
        return {}
    limit = _LIMIT.search(without_quotes(goal))
    if refused := forbidden(goal) or (limit[0] if limit else ""):
        raise Unclear(
            f"what is meant by '{refused.strip()}'? All costs are looked at, now; owners say yes or no to each change",
            remedy="leave it out; limits and exceptions stand in rules.yaml",
        )
    return {}


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


SCENE = Scene(playbook=PLAYBOOK, house=house, facts=facts, understands=understands, sections=sections)
