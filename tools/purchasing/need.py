"""What is to be ordered: the reorder point, and a quantity that suits packs and least orders. Pure arithmetic.

Reorder where  on hand + on order - reserved <= demand in the lead time + safety stock  (the usual continuous review of
inventory control). Demand is the mean of the last 28 days; the lead time runs from the supplier's next open day, over
its open days only. The order fills up to a further week of demand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from tools.purchasing.files import Item, Supplier, Used

WINDOW = 28
COVER = 7


@dataclass(frozen=True)
class Need:
    """What an item comes to. `quantity` is 0 where nothing is due; `daily` is None where no use is known."""

    daily: Fraction | None
    position: int
    point: int
    arrives: date
    quantity: int

    @property
    def due(self) -> bool:
        """Whether the item is to be reordered."""
        return self.daily is not None and self.position <= self.point


def need(item: Item, supplier: Supplier, daily: Fraction | None, ordered: int, today: date) -> Need:
    """The item's need today; `ordered` is what is under way in orders of ours."""
    arrives = arrival(supplier, today, item.lead_days)
    position = item.on_hand + item.on_order + ordered - item.reserved
    use = daily or Fraction(0)
    point = ceil(use * (arrives - today).days) + item.safety
    missing = point + ceil(use * COVER) - position
    quantity = rounded(missing, item.pack, item.moq) if daily is not None and position <= point else 0
    return Need(daily, position, point, arrives, quantity)


def rounded(quantity: int, pack: int, moq: int) -> int:
    """At least `quantity` and `moq`, in whole packs."""
    return ceil(Fraction(max(quantity, moq, 1), pack)) * pack


def arrival(supplier: Supplier, ordered: date, lead_days: int) -> date:
    """When an order of that day is there: the supplier begins on its next open day, and works on open days only."""
    day = ordered
    left = lead_days
    while left or not supplier.opens(day):
        if supplier.opens(day):
            left -= 1
        day += timedelta(days=1)
    return day


def daily_use(used: Iterable[Used], today: date) -> dict[str, Fraction]:
    """The mean a day of the last 28 days before today, per item; of fewer, if the records begin later."""
    rows = [one for one in used if today - timedelta(days=WINDOW) <= one.date < today]
    if not rows:
        return {}
    days = (today - min(one.date for one in rows)).days
    total: dict[str, int] = {}
    for one in rows:
        total[one.item] = total.get(one.item, 0) + one.quantity
    return {item: Fraction(quantity, days) for item, quantity in total.items()}
