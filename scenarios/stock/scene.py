"""Stock in code: how many items there are, the playbook, and the report's tables."""

from collections.abc import Mapping
from typing import Any

from crews.scene import Scene
from crews.unread import check_read
from scenarios.stock.playbook import PLAYBOOK
from scenarios.stock.sections import sections
from tools.purchasing.files import budgets, items, suppliers
from tools.world import World

_KNOWN = (
    r"reorder|restock|replenish|order|check|review|buy|low|lows?|runs?|running|getting|stock|inventory|supplies|supply|short|out"
    r"|needed|necessary|items?|due|below|points?|reorder-points?|goods|warehouse|kept|within|budgets?|tell|write|suppliers?"
)


def understands(goal: str, _world: World) -> Mapping[str, Any]:
    """Nothing but that stock is wanted. Raises Unclear for an item, a sum or a day: the files say what is due."""
    check_read(goal, _KNOWN, "What is at its reorder point is ordered, now, within the budgets of the files")
    return {}


def facts(world: World) -> Mapping[str, Any]:
    """How many items are kept: a number only, nothing that is written."""
    known = items(world.inputs["items"], suppliers(world.inputs["suppliers"]), budgets(world.inputs["budgets"]))
    return {"items_kept": len(known)}


SCENE = Scene(playbook=PLAYBOOK, facts=facts, understands=understands, sections=sections)
