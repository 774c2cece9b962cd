"""Alerts: telling the owner of a cost, and whoever the house's rules name, once for each cause."""

from typing import Any

from runtime.errors import CannotWork, DeputyError, TryAgain
from tools.backends.alerts import ALERTS
from tools.backends.costs import COSTS
from tools.costs.rules import CHAT
from tools.letters import House
from tools.tool import tool
from tools.world import World


def _sent(cause: str, to: str, *, world: World) -> dict[str, Any] | None:
    """What `send_alert` returns, if that alert has left."""
    if world.service(ALERTS).state(cause, to) == "sent":
        return {"cause": cause, "to": to, "sent": True, "already": True, **_letter(cause, to, world)}
    return None


def _would_tell(cause: str, to: str, *, world: World) -> str:
    from tools.costs.letters import subject, text

    told = _told_of(cause, to, world)
    return f"To: {'the chat room' if to == CHAT else to}\nSubject: {subject(told)}\n\n{text(told)}"


@tool(effect="send", targets=("to",), identity=("cause", "to"), probe=_sent, preview=_would_tell)
def send_alert(cause: str, to: str, *, world: World) -> dict[str, Any]:
    """Tell one recipient of one cause of cost, once. `cause` and `to` are as find_anomalies gives them under 'cause'
    and 'tell': a mail address, or 'chat' for the house's chat room. All words and numbers are put in by the program."""
    known = _sent(cause, to, world=world)
    if known:
        return known
    told = _told_of(cause, to, world)
    if to == CHAT:
        _chat(told, world)
    else:
        _mail(told, to, world)
    return {
        "cause": cause,
        "to": to,
        "sent": True,
        "already": False,
        "amount": told["amount"],
        "currency": told["currency"],
        **_letter(cause, to, world),
    }


def _letter(cause: str, to: str, world: World) -> dict[str, str]:
    """Which mail it is, if it is one."""
    from tools.costs.letters import alert_id

    return {} if to == CHAT else {"message_id": alert_id(cause, to, House(world.house_name, world.house_mail))}


def _told_of(cause: str, to: str, world: World) -> dict[str, Any]:
    """The cause that somebody may be told of. Raises if they are not to hear of it, or nobody is."""
    told = _cause(cause, world)
    allowed = [told["owner"], *world.service(COSTS).rules.alerts.also_to]
    if to not in allowed:
        raise TryAgain(f"'{to}' is not to hear of cause '{cause}'", remedy=f"tell {', '.join(allowed)}")
    if told["quiet"]:
        raise CannotWork(f"cause '{cause}' is quiet: {told['quiet']}", remedy="leave it")
    return told


def _cause(cause: str, world: World) -> dict[str, Any]:
    from tools.costs.report import anomalies

    found: list[dict[str, Any]] = anomalies(world)["causes"]
    told = next((one for one in found if one["cause"] == cause), None)
    if told is None:
        known = ", ".join(one["cause"] for one in found) or "none"
        raise TryAgain(f"there is no cause '{cause}'", remedy=f"find_anomalies gives {known}")
    return told


def _mail(told: dict[str, Any], to: str, world: World) -> None:
    """Mail it. The mailbox keeps each Message-ID once, so a mail that was cut off is safely tried again."""
    from tools.costs.letters import letter, subject

    alerts = world.service(ALERTS)
    name = next((one.name for one in world.directory.people if one.mail.casefold() == to.casefold()), "")
    house = House(world.house_name, world.house_mail)
    if alerts.state(told["cause"], to) is None:
        alerts.intend(told["cause"], to, subject(told))
    world.mailbox.send(letter(told, name, to, house, world.clock.now()))
    alerts.settle(told["cause"], to, sent=True)


def _chat(told: dict[str, Any], world: World) -> None:
    """Say it in the chat rooms. They know no identity, so what may have been said is not said again."""
    from tools.costs.letters import subject, text

    alerts = world.service(ALERTS)
    if alerts.state(told["cause"], CHAT) == "intended":
        raise CannotWork(
            f"nobody knows whether the chat heard of '{told['cause']}'", remedy="a person has to look there"
        )
    alerts.intend(told["cause"], CHAT, subject(told))
    try:
        alerts.chat(subject(told), text(told))
    except DeputyError as error:
        alerts.settle(told["cause"], CHAT, sent=False)
        raise CannotWork(error.problem, remedy=error.remedy) from error
    alerts.settle(told["cause"], CHAT, sent=True)
