"""An alert in words: what costs more, since when, what drives it, whose it is; from facts, never a model's words."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tools.costs.labels import shown
from tools.letters import House, header_name, message_id

if TYPE_CHECKING:
    from email.message import EmailMessage


def subject(cause: dict[str, Any]) -> str:
    """The alert in one line."""
    percent = f"+{cause['percent']:.0f} %" if cause["percent"] is not None else "new"
    return f"{money(cause['daily'], cause['currency'])} a day more: {shown(cause['service'], 60)} ({percent})"


def text(cause: dict[str, Any]) -> str:
    """The alert in full, as plain text."""
    going = "went on until" if cause["kind"] == "spike" else "goes on; seen until"
    usual = "nothing was paid for it before" if cause["percent"] is None else f"{cause['percent']:.0f} % over the usual"
    amount, daily = (money(cause[one], cause["currency"]) for one in ("amount", "daily"))
    region = shown(cause["region"]) or "no region"
    lines = [
        f"What:     {shown(cause['service'])} in {region}, account {shown(cause['account'])}",
        f"Cost:     {amount} more so far, {daily} a day",
        f"          {usual}, against the same weekdays of {cause['weeks']} weeks",
        f"Since:    {since(cause)}; {going} {_told(cause['last'])}",
        f"Driver:   {_driver(cause)}",
        *([f"Also in:  {', '.join(shown(one, 60) for one in cause['also'])}"] if cause["also"] else []),
        f"Owner:    {cause['owner']} ({cause['owner_because']})",
        f"Sure:     {cause['confidence']}",
        "",
        f"To keep it quiet, add 'cause: {cause['cause']}' to 'snoozed' in the house's rules, with a day and a reason.",
    ]
    return "\n".join(lines)


def since(cause: dict[str, Any]) -> str:
    """When it began: the first hour or day that stands out; about when, for what grew out of nothing."""
    day, _, clock = str(cause["first"]).partition("T")
    return f"{'about ' if cause['kind'] == 'leak' else ''}{_told(day)}{f', {clock}' if clock else ''}"


def _told(day: str) -> str:
    """A day as people tell it: Mon 8 Mar 2027."""
    return f"{date.fromisoformat(day):%a %-d %b %Y}"


def letter(cause: dict[str, Any], name: str, mail: str, house: House, now: datetime) -> "EmailMessage":
    """The alert as a mail; the same cause and recipient always make the same Message-ID."""
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import default

    message = EmailMessage(policy=default.clone(cte_type="7bit"))
    message["From"] = Address(house.name, addr_spec=house.mail)
    message["To"] = Address(header_name(shown(name)), addr_spec=mail)
    message["Subject"] = subject(cause)
    message["Date"] = now.replace(microsecond=0)
    message["Message-ID"] = alert_id(cause["cause"], mail, house)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{text(cause)}\n\n{house.name}\n")
    return message


def money(amount: float, currency: str) -> str:
    """An amount with its currency: 1,204.50 USD."""
    return f"{amount:,.2f} {currency}"


def _driver(cause: dict[str, Any]) -> str:
    sku = f", SKU {shown(cause['sku'], 40)}" if cause["sku"] else ""
    if not cause["resource"]:
        return f"many resources{sku}"
    return f"{shown(cause['resource'], 80)}{sku}; {cause['share'] * 100:.0f} % of the increase"


def alert_id(cause: str, mail: str, house: House) -> str:
    """The Message-ID of the alert that tells this address of the cause."""
    return message_id(house, "cost-alert", cause, mail.lower())
