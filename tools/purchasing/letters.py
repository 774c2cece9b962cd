"""The mails about an order: all their words, from the house's files. Nothing is sent here."""

from datetime import datetime
from typing import TYPE_CHECKING

from tools.backends.orders import Order
from tools.letters import House, farewell, greeting, mail_to, message_id, short
from tools.purchasing.files import Supplier

if TYPE_CHECKING:
    from email.message import EmailMessage


def letter(order: Order, supplier: Supplier, house: House, now: datetime) -> "EmailMessage":
    """The order, or the word that it is cancelled, to its supplier: the same mail each time for the same state."""
    cancelled = order.state == "cancelled"
    title = f"Cancelled: order {order.key}" if cancelled else f"Order {order.key}"
    says = (
        f"please cancel our order {order.key}. We are sorry for the change."
        if cancelled
        else f"please send us what stands below, under the number {order.key}."
    )
    facts = [
        *(short(line, 150) for line in order.lines.splitlines()),
        f"Total:  {order.cents / 100:,.2f} {order.currency}, charged to '{order.budget}'",
        f"Needed: {order.due}",
    ]
    close = (
        "Please confirm that it is cancelled." if cancelled else "Please confirm the date, or say what is in its way."
    )
    paragraphs = [greeting(supplier.name), says, "\n".join(facts), close, farewell(house)]
    message = mail_to(house, supplier.name, supplier.mail, title, paragraphs, now)
    message["Message-ID"] = mail_id(order, house)
    return message


def mail_id(order: Order, house: House) -> str:
    """The Message-ID of the mail about the order's present state."""
    return message_id(house, "order", order.key, "cancelled" if order.state == "cancelled" else "open")
