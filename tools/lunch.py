"""Lunch for a team: who eats what, what each vendor's menu comes to, and ordering it once a day, within a budget."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from runtime.errors import CannotWork, TryAgain
from tools.backends.orders import ORDERS, Order
from tools.directory import Person
from tools.orders import budget_of, cents, place, taken_back, told
from tools.purchasing.files import Diet, Dish, Supplier, suppliers
from tools.purchasing.tables import rows
from tools.tool import tool
from tools.world import World

EVERYBODY = "everybody"


@tool(effect="read", trusted=("team", "day", "options.*.vendor", "options.*.amount"))
def find_lunch(team: str, day: str, *, world: World) -> dict[str, Any]:
    """Find what lunch for everybody of a team would cost on a day (such as 2027-03-08) at each vendor, cheapest first,
    with a dish for each diet. `team` is a team of the directory, or 'everybody'. 'left' says why a vendor is out."""
    people, when = _people(team, world), _day(day, world)
    vendors = {one.vendor for one in rows(Dish, world.inputs["menu"])}
    known = suppliers(world.inputs["suppliers"])
    options = [_option(known[name], people, when, world) for name in sorted(vendors & known.keys())]
    fitting = sorted((one for one in options if not one["left"]), key=lambda one: (one["amount"], one["vendor"]))
    return {
        "team": team,
        "day": when.isoformat(),
        "people": len(people),
        "options": [*fitting, *(one for one in options if one["left"])],
    }


def _ordered(team: str, day: str, vendor: str, amount: float, budget: str, *, world: World) -> dict[str, Any] | None:
    order = world.service(ORDERS).open(_about(team, day))
    return told(order, world, already=True) if order else None


def _would_order(team: str, day: str, vendor: str, amount: float, budget: str, *, world: World) -> str:
    order = _order(team, day, vendor, amount, budget, world)
    bill = f"{order.cents / 100:,.2f} {order.currency} from the budget '{budget}'"
    return f"Lunch for {order.quantity} on {order.day} from {vendor}: {bill}\n{order.lines}"


@tool(
    effect="spend",
    targets=("team", "vendor", "budget"),
    identity=("team", "day"),
    trusted=("order", "mail"),
    probe=_ordered,
    undo=taken_back,
    preview=_would_order,
)
def order_lunch(team: str, day: str, vendor: str, amount: float, budget: str, *, world: World) -> dict[str, Any]:
    """Order lunch for a team on a day at the cheapest vendor that find_lunch leaves in, with the amount that it gives,
    charged to a budget. A team gets one lunch a day; cancel_order takes it back while the vendor allows."""
    if known := _ordered(team, day, vendor, amount, budget, world=world):
        return known
    return place(_order(team, day, vendor, amount, budget, world), world)


def _order(team: str, day: str, vendor: str, amount: float, budget: str, world: World) -> Order:
    """The order of what the vendor's menu comes to. Raises TryAgain or CannotWork if it is not to be placed so."""
    found = find_lunch(team, day, world=world)
    option = next((one for one in found["options"] if one["vendor"] == vendor), None)
    if option is None:
        raise TryAgain(f"there is no menu of '{vendor}'", remedy="take a vendor that find_lunch gives")
    centre = budget_of(budget, world)
    if option["left"]:
        raise CannotWork(f"'{vendor}' cannot be ordered from: {option['left']}", remedy="take another vendor")
    cheapest = found["options"][0]
    if option["amount"] > cheapest["amount"]:
        said = f"'{cheapest['vendor']}' has something for everybody for {cheapest['amount']:.2f}"
        raise TryAgain(said, remedy="order there")
    if cents(amount) != cents(option["amount"]):
        raise TryAgain(f"the menu comes to {option['amount']:.2f}, not {amount:.2f}", remedy="use find_lunch's amount")
    if centre.currency != option["currency"]:
        raise CannotWork(f"the budget '{budget}' is in {centre.currency}", remedy="take another budget or vendor")
    return Order(
        key=f"LUNCH-{_about(team, day).removeprefix('lunch ').replace(' ', '-')}",
        about=_about(team, day),
        supplier=vendor,
        lines="\n".join(f"{one['count']} x {one['dish']}" for one in option["dishes"]),
        quantity=found["people"],
        cents=cents(amount),
        currency=option["currency"],
        budget=budget,
        day=found["day"],
        due=found["day"],
    )


def today_in(world: World) -> date:
    """The day that it is where the first person of the directory is."""
    zone = world.directory.people[0].zone if world.directory.people else "UTC"
    return world.clock.now().astimezone(ZoneInfo(zone)).date()


def _about(team: str, day: str) -> str:
    return f"lunch {team.strip().casefold()} {day}"


def _people(team: str, world: World) -> list[Person]:
    everybody = team.strip().casefold() == EVERYBODY
    people = world.directory.people if everybody else world.directory.team(team)
    if not people:
        teams = sorted({one.team for one in world.directory.people if one.team})
        raise TryAgain(f"nobody is in the team '{team}'", remedy=f"use {', '.join([*teams, EVERYBODY])}")
    return list(people)


def _day(day: str, world: World) -> date:
    try:
        when = date.fromisoformat(day)
    except ValueError as error:
        raise TryAgain(f"'{day}' is no day", remedy="write it like 2027-03-08") from error
    today = today_in(world)
    if not 0 <= (when - today).days <= 31:
        raise TryAgain(f"{day} is not within the next month", remedy=f"take a day from {today} on")
    return when


def _option(vendor: Supplier, people: list[Person], when: date, world: World) -> dict[str, Any]:
    """What a vendor's menu comes to: for each person the cheapest dish that suits all of their diet."""
    dishes = [one for one in rows(Dish, world.inputs["menu"]) if one.vendor == vendor.supplier]
    diets = {one.mail.casefold(): set(one.diets) for one in rows(Diet, world.inputs["diets"])}
    chosen: Counter[Dish] = Counter()
    hungry = []
    for person in people:
        fit = [one for one in dishes if diets.get(person.mail.casefold(), set()) <= set(one.diets)]
        if fit:
            chosen[min(fit, key=lambda one: (one.price, one.dish))] += 1
        else:
            hungry.append(person.mail)
    left = "" if vendor.opens(when) else f"closed on {when}"
    if hungry:
        left = f"nothing for {', '.join(hungry)}"
    if len({one.currency for one in dishes}) > 1:
        left = "its menu has two currencies"
    total = sum((dish.price * count for dish, count in chosen.items()), Decimal(0))
    return {
        "vendor": vendor.supplier,
        "name": vendor.name,
        "dishes": [{"dish": one.dish, "count": count} for one, count in sorted(chosen.items(), key=str)],
        "amount": float(total),
        "currency": dishes[0].currency,
        "left": left,
    }
