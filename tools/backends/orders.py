"""Orders that the house has placed and what they cost: what the order book must offer, and how it is opened."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from tools.service import Service, Site

State = Literal["open", "cancelled", "arrived"]


@dataclass(frozen=True)
class Order:
    """One order. `about` is what there is one open order of; `lines` its words; amounts are cents of `currency`.

    `placed` is a time in UTC; `day` is the day that its budget is charged on, `due` when it is to be there.
    """

    key: str
    about: str
    supplier: str
    lines: str
    quantity: int
    cents: int
    currency: str
    budget: str
    day: str
    due: str
    placed: str = ""
    state: State = "open"


@dataclass(frozen=True)
class Caps:
    """What a budget may spend, in cents: by one order, on one day, in one calendar month."""

    order: int
    day: int
    month: int


class Orders(Protocol):
    """All orders of a world. There is at most one open order about the same thing."""

    def all(self) -> list[Order]:
        """Every order, in the order they were placed."""
        ...

    def get(self, key: str) -> Order | None:
        """The order of that key."""
        ...

    def open(self, about: str) -> Order | None:
        """The open order about that thing."""
        ...

    def spent(self, budget: str, day: str) -> tuple[int, int]:
        """What the budget has spent on that day, and in its month, in cents; cancelled orders cost nothing."""
        ...

    def place(self, order: Order, caps: Caps) -> tuple[Order, bool]:
        """Keep the order, numbered, unless one about the same is open; and whether it was there already.
        Raises CannotWork if a cap would be crossed; checked and kept in one transaction."""
        ...

    def cancel(self, key: str) -> bool:
        """Keep that it is cancelled; whether it was open until now."""
        ...

    def arrived(self, keys: Iterable[str]) -> None:
        """Keep that these have come in."""
        ...


def _open(site: Site) -> Orders:
    from tools.backends.orders_sql import OrderBook

    url = site.environ["RECORDS_URL"] if site.settings.records == "postgres" else None
    return OrderBook(site.database("orders", url), site.clock)


ORDERS = Service("orders", _open)
