"""Stock in code: how many items there are, the playbook, and the report's tables."""

from collections.abc import Mapping
from typing import Any

from crews.scene import Scene
from scenarios.stock.playbook import PLAYBOOK
from scenarios.stock.sections import sections
from tools.purchasing.files import budgets, items, suppliers
from tools.world import World


def facts(world: World) -> Mapping[str, Any]:
    """How many items are kept: a number only, nothing that is written."""
    known = items(world.inputs["items"], suppliers(world.inputs["suppliers"]), budgets(world.inputs["budgets"]))
    return {"items_kept": len(known)}


SCENE = Scene(playbook=PLAYBOOK, facts=facts, sections=sections)
