"""The tables of a stock report, from receipts: what tools returned, never what a model said of it."""

from collections.abc import Sequence
from typing import Any

from crews.report.figures import minute
from crews.report.sections import Section
from runtime.records import Record
from tools.world import World


def sections(records: Sequence[Record], _world: World) -> Sequence[Section]:
    """The stock as it was reviewed first, and the orders."""
    reviews, orders = receipts(records, "review_stock"), receipts(records, "place_order")
    return [*([_stock(reviews[0])] if reviews else []), *([orders_section(orders)] if orders else [])]


def receipts(records: Sequence[Record], tool: str) -> list[Any]:
    """What the tool returned, in order."""
    return [one.body["result"] for one in records if one.kind == "tool.done" and one.body["tool"] == tool]


def _stock(review: Any) -> Section:
    rows = tuple(
        (
            f"{one['item']}\n{one['name']}",
            f"{one['on_hand']} + {one['on_order']} - {one['reserved']} = {one['position']}",
            one["daily"],
            one["point"],
            one["left"] or ("order" if one["due"] else "enough"),
        )
        for one in review["items"]
    )
    note = (
        f"As of {minute(review['as_of'])}. "
        "Reordered at or below the reorder point: demand in the lead time and safety stock."
    )
    columns = ("Item", "At hand + on order - reserved", "Used a day", "Reorder point", "So")
    return Section("Stock", columns, rows, note)


def orders_section(orders: list[Any]) -> Section:
    """The table of orders that were placed, or were found open."""
    rows = tuple(
        (
            f"{one['order']}\n" + ("had been ordered before" if one["already"] else "ordered"),
            one["quantity"],
            f"{one['amount']:,.2f} {one['currency']}",
            one["budget"],
            f"{one['supplier']}\n{one['mail']}",
            one["due"],
            one["cancel_until"].replace("T", " ").removesuffix(":00.000Z") + " UTC",
        )
        for one in orders
    )
    columns = ("Order", "Quantity", "Amount", "Budget", "From", "Due", "Can be cancelled until")
    return Section("Orders", columns, rows, "'deputy undo' cancels what a run ordered, as long as the supplier allows.")
