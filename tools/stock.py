"""Stock: what runs low, and ordering it: once, within its budget, in the quantity that the review itself says."""

from typing import Any

from runtime.clock import stamp
from runtime.errors import CannotWork, TryAgain
from tools.backends.orders import ORDERS, Order
from tools.costs.labels import shown
from tools.orders import budget_of, cents, place, taken_back, told
from tools.purchasing.files import Arrival, Item, Supplier, Used, budgets, items, suppliers
from tools.purchasing.need import Need, daily_use, need
from tools.purchasing.tables import rows
from tools.tool import tool
from tools.world import World

_TRUSTED = ("item", "quantity", "amount", "budget", "supplier", "order")


@tool(effect="read", trusted=tuple(f"items.*.{name}" for name in _TRUSTED))
def review_stock(*, world: World) -> dict[str, Any]:
    """Review every item: what is at hand, on order and reserved, demand in the lead time, the reorder point, whether
    it is due, and then quantity, amount and budget of an order. Leave what is 'left' to people; it says why."""
    found = items(world.inputs["items"], suppliers(world.inputs["suppliers"]), budgets(world.inputs["budgets"]))
    return {"as_of": stamp(world.clock.now()), "items": [_row(one, world) for one in found.values()]}


def _placed(
    item: str, quantity: int, amount: float, budget: str, *, world: World
) -> dict[str, Any] | None:  # the tool's own arguments, of which the item alone tells one order from another
    order = world.service(ORDERS).open(item)
    return told(order, world, already=True) if order else None


def _would_place(item: str, quantity: int, amount: float, budget: str, *, world: World) -> str:
    kept = _item(item, world)
    row = _row(kept, world)
    return (
        f"{quantity} x {shown(kept.name)} from {shown(row['supplier'])} for {amount:,.2f} {kept.currency}, "
        f"from the budget '{budget}'.\nThere are {row['on_hand']} now, {row['on_order']} on order, "
        f"and it is ordered at {row['point']}; due {row['arrives']}."
    )


@tool(
    effect="spend",
    targets=("item", "budget"),
    identity=("item",),
    trusted=("order", "mail"),
    probe=_placed,
    undo=taken_back,
    preview=_would_place,
)
def place_order(item: str, quantity: int, amount: float, budget: str, *, world: World) -> dict[str, Any]:
    """Order one item that review_stock says is due, with the quantity, amount and budget that it gives. There is one
    open order of an item at a time; cancel_order takes it back while the supplier allows."""
    if known := _placed(item, quantity, amount, budget, world=world):
        return known
    kept = _item(item, world)
    row = _row(kept, world)
    if row["left"]:
        raise CannotWork(f"'{item}' is left to people: {row['left']}", remedy="leave it")
    if not row["due"]:
        raise CannotWork(f"'{item}' is not due: {row['position']} are over {row['point']}", remedy="order nothing")
    if (quantity, cents(amount), budget) != (row["quantity"], cents(row["amount"]), row["budget"]):
        said = f"{row['quantity']} for {row['amount']:.2f} from '{row['budget']}'"
        raise TryAgain(f"the review says {said}", remedy="use its quantity, amount and budget")
    seller = suppliers(world.inputs["suppliers"])[kept.supplier]
    order = Order(
        key=f"PO-{item}",
        about=item,
        supplier=kept.supplier,
        lines=f"{quantity} x {kept.item} ({kept.name}) at {kept.price:.2f} {kept.currency}",
        quantity=quantity,
        cents=cents(amount),
        currency=kept.currency,
        budget=budget,
        day=world.clock.now().astimezone(seller.clock).date().isoformat(),
        due=row["arrives"],
    )
    return place(order, world)


def _item(name: str, world: World) -> Item:
    known = items(world.inputs["items"], suppliers(world.inputs["suppliers"]), budgets(world.inputs["budgets"]))
    if name not in known:
        raise TryAgain(f"there is no item '{name}'", remedy="take one that review_stock gives")
    return known[name]


def _row(item: Item, world: World) -> dict[str, Any]:
    """The review of one item."""
    book = world.service(ORDERS)
    book.arrived(one.order for one in rows(Arrival, world.inputs["arrivals"]))
    seller = suppliers(world.inputs["suppliers"])[item.supplier]
    today = world.clock.now().astimezone(seller.clock).date()
    order = book.open(item.item)
    daily = daily_use(rows(Used, world.inputs["demand"]), today).get(item.item)
    found = need(item, seller, daily, order.quantity if order else 0, today)
    amount = float(item.price * found.quantity)
    return {
        "item": item.item,
        "name": item.name,
        "on_hand": item.on_hand,
        "on_order": item.on_order + (order.quantity if order else 0),
        "reserved": item.reserved,
        "daily": round(float(daily), 2) if daily is not None else None,
        "position": found.position,
        "point": found.point,
        "due": found.due,
        "quantity": found.quantity,
        "amount": amount,
        "currency": item.currency,
        "budget": item.budget,
        "supplier": seller.supplier,
        "arrives": found.arrives.isoformat(),
        "order": order.key if order else "",
        "left": _left(item, seller, found, order, cents(amount), world),
    }


def _left(item: Item, seller: Supplier, found: Need, order: Order | None, price: int, world: World) -> str:
    """Why nothing is ordered though it may be wanted; empty if nothing is in the way."""
    if found.daily is None:
        return "no use of it is recorded, so a person decides"
    if not found.due:
        return ""
    if order:
        return f"{order.key} is open, and due {order.due}"
    if item.on_order:
        return f"{item.on_order} are on order already"
    most = cents(budget_of(item.budget, world).per_order)
    return f"the budget '{item.budget}' allows at most {most / 100:,.2f} an order" if price > most else ""
