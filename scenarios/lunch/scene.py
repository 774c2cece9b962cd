"""Lunch in code: what a goal's words come to, the playbook, and the report's tables."""

from collections.abc import Sequence

from crews.report.sections import Section
from crews.scene import Scene
from runtime.records import Record
from scenarios.lunch.orders import understands
from scenarios.lunch.playbook import PLAYBOOK
from scenarios.stock.sections import orders_section, receipts
from tools.world import World


def sections(records: Sequence[Record], _world: World) -> Sequence[Section]:
    """The vendors that were looked at, and the order."""
    found, orders = receipts(records, "find_lunch"), receipts(records, "order_lunch")
    return [*([_vendors(found[0]["options"])] if found else []), *([orders_section(orders)] if orders else [])]


def _vendors(options: list[dict[str, object]]) -> Section:
    rows = tuple((str(one["name"]), f"{one['amount']:,.2f} {one['currency']}", str(one["left"])) for one in options)
    return Section("Vendors", ("Vendor", "For everybody", "What is in its way"), rows)


SCENE = Scene(playbook=PLAYBOOK, understands=understands, sections=sections)
