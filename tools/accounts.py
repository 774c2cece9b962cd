"""The account of the person who asks: told to them alone, once the program around it knows who they are."""

from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from runtime.errors import CannotWork
from tools.tool import tool
from tools.world import World


class Account(BaseModel):
    """One customer's account. `principals` are who may hear of it, as runs name them: `user:ana`, `mail:a@x.org`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    principals: tuple[str, ...] = Field(min_length=1)
    name: str
    mail: str
    plan: str
    seats: int = Field(ge=0)
    next_invoice: date | None = None


class Accounts(BaseModel):
    """The file's content."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accounts: tuple[Account, ...]


@tool(effect="read")
def read_own_account(*, world: World) -> dict[str, Any]:
    """Read the account of the person who asks: plan, seats, next invoice. Nobody else's can be read, and none for
    somebody who is not identified, whatever they say of themselves. Cite it by its mark in square brackets."""
    asks = world.site.principal if world.site else ""
    accounts = load_accounts(world.inputs["accounts"]) if "accounts" in world.inputs else []
    own = [(at, one) for at, one in enumerate(accounts, start=1) if asks and asks in one.principals]
    if len(own) != 1:
        raise CannotWork(
            "who asks is not identified, and personal records are told to identified persons only",
            remedy="tell nothing personal; a person of the house can go on",
        )
    at, account = own[0]
    due = f"\nNext invoice: {account.next_invoice.isoformat()}" if account.next_invoice else ""
    text = f"Name: {account.name}\nMail: {account.mail}\nPlan: {account.plan}\nSeats: {account.seats}{due}"
    return {"passages": [{"mark": f"accounts:{at}", "title": "Account of the person who asks", "text": text}]}


def load_accounts(path: Path) -> list[Account]:
    """The accounts in the file. Raises ConfigProblems with everything that is wrong, by line."""
    from runtime.checked import checked
    from runtime.problems import ConfigProblems
    from runtime.yamlfile import load_yaml

    located = load_yaml(path, path.name)
    value, problems = checked(Accounts, located) if located.readable else (None, [])
    if value is None or problems or located.problems:
        raise ConfigProblems([*located.problems, *problems])
    return list(value.accounts)
