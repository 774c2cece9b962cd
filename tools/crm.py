"""The CRM: looking customers up, and changing what is known of them, a field at a time, to be taken back."""

import re
from collections.abc import Mapping
from typing import Any

from runtime.errors import TryAgain
from tools.backends.crm import CRM, STATES, Account, Field
from tools.backends.ical import one_line
from tools.tool import Reverse, tool
from tools.world import World

_MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
_PHONE = re.compile(r"\+?[\d ()/-]{5,30}")


@tool(effect="read", trusted=("accounts.*.account",), subjects=("accounts.*.contact",))
def find_account(name: str, *, world: World) -> dict[str, Any]:
    """Find customers whose id or name has these words, with what is known of each. What stands there was written by
    many."""
    words = name.casefold().split()
    found = [
        one
        for one in world.service(CRM).accounts()
        if words and all(word in f"{one['account']} {one['name']}".casefold() for word in words)
    ]
    return {"accounts": [dict(one) for one in found[:20]]}


def _changed(account: str, field: Field, value: str, *, world: World) -> dict[str, Any] | None:
    found = _account(account, world)
    if found[field] != value:
        return None
    before = [was for name, was, became in world.service(CRM).history(account) if (name, became) == (field, value)]
    return _told(found, field, before[-1] if before else value, value, already=True)


def _back(args: Mapping[str, Any], result: Any) -> Reverse | None:
    if result["already"] or result["before"] == result["after"]:
        return None
    return Reverse("update_account", {**args, "value": result["before"]})


def _would_change(account: str, field: Field, value: str, *, world: World) -> str:
    found = _account(account, world)
    _fits(field, value)
    return f"{found['name']}: {field} is '{found[field]}', and would be '{value}'"


@tool(
    effect="write",
    targets=("account", "value"),
    identity=("account", "field", "value"),
    subjects=("value",),
    probe=_changed,
    undo=_back,
    preview=_would_change,
    keyed=True,
)
def update_account(account: str, field: Field, value: str, *, world: World) -> dict[str, Any]:
    """Change one field of one customer to the value that the goal says, and return what it was before. `account` is an
    id that find_account gives. `status` is lead, prospect, customer or former."""
    if known := _changed(account, field, value, world=world):
        return known
    found = _account(account, world)
    _fits(field, value)
    before = world.service(CRM).change(account, field, value)
    return _told(found, field, before, value, already=False)


def _fits(field: Field, value: str) -> None:
    """Raises TryAgain for a value that such a field cannot have; empty is allowed: it is not known."""
    if value != one_line(value) or len(value) > 200:
        raise TryAgain(f"'{field}' is one line of at most 200 characters", remedy="shorten the value")
    if field == "contact" and "@" in value:
        raise TryAgain(f"'{value}' is no name", remedy="write who it is, and the address into 'mail'")
    if field == "mail" and value and not _MAIL.fullmatch(value):
        raise TryAgain(f"'{value}' is no mail address", remedy="write it like dana@acme.example")
    if field == "phone" and value and not _PHONE.fullmatch(value):
        raise TryAgain(f"'{value}' is no phone number", remedy="write it like +49 30 1234567")
    if field == "status" and value not in STATES:
        raise TryAgain(f"'{value}' is no status", remedy=f"use {', '.join(STATES)}")


def _account(account: str, world: World) -> Account:
    found = next((one for one in world.service(CRM).accounts() if one["account"] == account), None)
    if found is None:
        raise TryAgain(f"there is no account '{account}'", remedy="take an id that find_account gives")
    return found


def _told(account: Account, field: str, before: str, after: str, *, already: bool) -> dict[str, Any]:
    return {"account": account["account"], "field": field, "before": before, "after": after, "already": already}
