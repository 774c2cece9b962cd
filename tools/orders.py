"""Orders that were placed: telling the supplier, and taking an order back while the supplier allows it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from runtime.clock import stamp
from runtime.errors import CannotWork, TryAgain
from tools.backends.orders import ORDERS, Caps, Order
from tools.letters import House
from tools.purchasing.files import Budget, Supplier, budgets, suppliers
from tools.purchasing.letters import letter, mail_id
from tools.tool import Reverse, tool
from tools.world import World


def cents(amount: Decimal | float) -> int:
    """An amount of money in hundredths."""
    return round(Decimal(str(amount)) * 100)


def place(order: Order, world: World) -> dict[str, Any]:
    """Keep an order within its budget, once, and return what the model is told of it. Raises CannotWork over a cap."""
    budget = budget_of(order.budget, world)
    caps = Caps(cents(budget.per_order), cents(budget.per_day), cents(budget.per_month))
    kept, already = world.service(ORDERS).place(order, caps)
    return told(kept, world, already=already)


def told(order: Order, world: World, *, already: bool) -> dict[str, Any]:
    """What tools return of an order."""
    seller = suppliers(world.inputs["suppliers"])[order.supplier]
    return {
        "order": order.key,
        "about": order.about,
        "quantity": order.quantity,
        "amount": order.cents / 100,
        "currency": order.currency,
        "budget": order.budget,
        "supplier": seller.supplier,
        "mail": seller.mail,
        "due": order.due,
        "state": order.state,
        "cancel_until": stamp(_until(order, seller)),
        "already": already,
    }


def budget_of(name: str, world: World) -> Budget:
    """The cost centre of that id. Raises TryAgain with those that there are."""
    known = budgets(world.inputs["budgets"])
    if name not in known:
        raise TryAgain(f"there is no budget '{name}'", remedy=f"use {', '.join(known)}")
    return known[name]


def taken_back(_args: Mapping[str, Any], result: Any) -> Reverse | None:
    """How an order is taken back: by cancelling it, if it was this call that placed it."""
    return None if result["already"] else Reverse("cancel_order", {"order": result["order"]})


def _cancelled(order: str, *, world: World) -> dict[str, Any] | None:
    found = _order(order, world)
    return told(found, world, already=True) if found.state == "cancelled" and not _owed(found, world) else None


@tool(effect="send", targets=("order",), identity=("order",), trusted=("order", "mail"), probe=_cancelled)
def cancel_order(order: str, *, world: World) -> dict[str, Any]:
    """Cancel an order while its supplier allows it, and tell the supplier so if they had been told of the order."""
    found = _order(order, world)
    if found.state == "open":
        until = _until(found, _supplier(found, world))
        if world.clock.now() > until:
            raise CannotWork(
                f"'{order}' could be cancelled until {stamp(until)}", remedy=f"a person has to call '{found.supplier}'"
            )
    elif found.state == "arrived":
        raise CannotWork(f"'{order}' has arrived", remedy="a person has to send it back")
    was_open = world.service(ORDERS).cancel(order)
    found = _order(order, world)
    result = told(found, world, already=not was_open)
    if not _owed(found, world):
        return result
    message = _letter(found, world)
    world.mailbox.send(message)
    return {**result, "message_id": str(message["Message-ID"])}


def _mailed(order: str, to: str, *, world: World) -> dict[str, Any] | None:
    found = _order(order, world)
    identity = mail_id(found, _house(world))
    if not world.mailbox.has_sent(identity):
        return None
    return {"order": order, "to": to, "message_id": identity, "already": True}


def _unmailed(args: Mapping[str, Any], result: Any) -> Reverse | None:
    return None if result["already"] else Reverse("cancel_order", {"order": args["order"]})


@tool(
    effect="send",
    targets=("order", "to"),
    identity=("order", "to"),
    probe=_mailed,
    keyed=True,
    undo=_unmailed,
    preview="letter",
)
def mail_order(order: str, to: str, *, world: World) -> dict[str, Any]:
    """Send an order to its supplier, once. `order` and `to` are as the tool that placed it gave them under 'order' and
    'mail'. All words are put in by the program."""
    found = _order(order, world)
    seller = _supplier(found, world)
    if to.strip().casefold() != seller.mail.casefold():
        raise CannotWork(f"'{to}' does not sell what '{order}' is for", remedy=f"write to {seller.mail}")
    if found.state != "open":
        raise CannotWork(f"'{order}' is {found.state}", remedy="send nothing")
    message = _letter(found, world)
    sent = world.mailbox.send(message)
    return {"order": order, "to": seller.mail, "message_id": str(message["Message-ID"]), "already": not sent}


def _order(key: str, world: World) -> Order:
    found = world.service(ORDERS).get(key)
    if found is None:
        raise TryAgain(f"there is no order '{key}'", remedy="take an id that an order was placed under")
    return found


def _owed(order: Order, world: World) -> bool:
    """Whether the supplier was told of the order and not of its end."""
    ordered = mail_id(Order(**{**order.__dict__, "state": "open"}), _house(world))
    return world.mailbox.has_sent(ordered) and not world.mailbox.has_sent(mail_id(order, _house(world)))


def _letter(order: Order, world: World) -> Any:
    return letter(order, _supplier(order, world), _house(world), world.clock.now())


def _supplier(order: Order, world: World) -> Supplier:
    return suppliers(world.inputs["suppliers"])[order.supplier]


def _until(order: Order, seller: Supplier) -> datetime:
    return datetime.fromisoformat(order.placed) + timedelta(hours=seller.cancel_hours)


def _house(world: World) -> House:
    return House(world.house_name, world.house_mail)
