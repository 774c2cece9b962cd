"""Who the contacts of customers are: a person each, by account and name, with their mail address and number.

What an account has had before is a person's, too. An address or a number belongs to who was the contact when it was
noted down first: a new contact does not inherit the old one's.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runtime.problems import ConfigProblems
from tools.accounts import load_accounts
from tools.backends.crm import CRM, Account, Crm
from tools.world import World

_OWN = ("mail", "phone")
_OPENED_FROM = "accounts"  # the input that a CRM begins with, a table

Change = tuple[str, str, str]
"""A field, what it was, and what it became."""


def contacts_of(world: World, meant: Mapping[str, Any] | None = None) -> dict[str, set[str]]:
    """What each contact of the world's customers is called, those included that the goal means to note down."""
    begins = world.inputs.get(_OPENED_FROM)
    if begins is None or begins.suffix != ".csv":
        return {}
    return contacts_in(world.service(CRM), (meant or {}).get("changes") or ())


def owners_of(world: World) -> dict[str, set[str]]:
    """What each person is called who is told of their own account, by `account of MAIL`."""
    told = world.inputs.get(_OPENED_FROM)
    if told is None or told.suffix == ".csv" or not told.is_file():
        return {}
    try:
        return {f"account of {one.mail}": {one.name, one.mail} for one in load_accounts(told)}
    except ConfigProblems:  # whoever reads it for its own sake tells what is wrong
        return {}


def contacts_in(book: Crm, coming: Iterable[Mapping[str, str]] = ()) -> dict[str, set[str]]:
    """What each contact is called, by `contact of ACCOUNT: NAME`; `coming` are changes that are not made yet."""
    wanted = list(coming)
    found: dict[str, set[str]] = {}
    for account in book.accounts():
        made = [*book.history(account["account"])]
        first = {**account, **{field: before for field, before, _ in reversed(made)}}
        made += [(one["field"], "", one["value"]) for one in wanted if one["account"] == account["account"]]
        for name, called in _people(first, made):
            found.setdefault(f"contact of {account['account']}: {name}", set()).update(called)
    return found


def _people(first: Account, made: Sequence[Change]) -> Iterable[tuple[str, set[str]]]:
    """Everybody who was the account's contact, in order, with what was noted down of them."""
    name, whose = "", dict[str, str]()
    begun = [(field, "", first[field]) for field in ("contact", *_OWN)]
    for field, _, value in (*begun, *made):
        name = value if field == "contact" else name
        if name and value and field in ("contact", *_OWN) and whose.setdefault(value, name) == name:
            yield name, {value}
