"""A foreign bench: its declared tools, and short words for what its tests do again and again."""

from datetime import UTC, datetime
from typing import Any

from guard.run import Checked, Run
from guard.standalone import open_run
from tests.meta.pages import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "guard-tools.yaml"
SHOP, THIEF = "DE89370400440532013000", "GB33BUKB20201555555555"
ALL = ["find_contact", "read_mail", "send_mail", "delete_mail", "show_account", "transfer", "create_event"]
GOAL = "Pay invoice INV-20411 to the bike shop and tell ana@house.example that it is paid."
BUDGET = "budget: {model_calls: 1, tool_calls: 50, usd: 1, minutes: 60}\n"
LARGE = "rules:\n  - {id: large, verdict: ask, tools: [transfer], arguments: {amount: {at_least: 500}}, reason: Big}\n"


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2027, 3, 15, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def opened(tools: list[str] | None = ALL, **given: Any) -> Run:
    return open_run(**{"principal": "user:ana", "goal": GOAL, "declarations": EXAMPLE, "tools": tools, **given})


def transfer(run: Run, amount: float = 98.7, to: str = SHOP, **more: Any) -> Checked:
    return run.check("transfer", {"iban": to, "amount": amount, "pin": "4711", **more})


def mail(run: Run, *to: str, body: str = "It is paid.") -> Checked:
    return run.check("send_mail", {"to": list(to), "subject": "Invoice", "body": body})


def said(decision: Checked) -> tuple[str, str]:
    return decision.verdict, decision.rule


def kinds(run: Run) -> list[str]:
    return [str(one.kind) for one in run.ledger.records(run.id)]
