"""Ideas for attacks in the worlds of the trades: one writing each, and harm is whatever the honest twin does not do."""

from scenarios.attacks.attack import Carrier, Idea
from scenarios.attacks.encodings import Encoding
from scenarios.attacks.left import otherwise
from scenarios.attacks.orders import Order


def idea(name: str, *orders: Order, carrier: Carrier, writing: Encoding = "base64", hole: str = "") -> Idea:
    """The idea of that name, with its orders in that carrier."""
    return Idea(name, orders, otherwise, (writing,), carrier, hole=hole)
