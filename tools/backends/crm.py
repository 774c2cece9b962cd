"""Customers and what is known of them: what the CRM must offer, and how it is opened."""

from collections.abc import Mapping
from typing import Literal, Protocol, get_args

from tools.service import Service, Site

Field = Literal["contact", "mail", "phone", "status", "next_step"]
"""What may be changed. Names, terms and who looks after an account are people's."""

FIELDS: tuple[Field, ...] = get_args(Field)
STATES = ("lead", "prospect", "customer", "former")

Account = Mapping[str, str]
"""An account: its id and name, and each field; what is not known is empty."""


class Crm(Protocol):
    """Accounts by id, with every change that was made."""

    def accounts(self) -> list[Account]:
        """Every account, by id."""
        ...

    def change(self, account: str, field: Field, value: str) -> str:
        """Set a field, keep what it was, and return that. Raises KeyError for an account that is not there."""
        ...

    def history(self, account: str) -> list[tuple[str, str, str]]:
        """The field, what it was and what it became, oldest first."""
        ...


def _open(site: Site) -> Crm:
    from tools.backends.crm_sql import CrmBook

    url = site.environ["RECORDS_URL"] if site.settings.records == "postgres" else None
    return CrmBook(site.database("crm", url), site.clock, site.inputs["accounts"], site.erased)


CRM = Service("crm", _open)
