"""Invoices, as accounting has them: a YAML list that totals of the bills are held against.

invoices:
  - {billing_account: "410058210000", currency: USD, period: 2027-01, total: "48211.07"}
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from runtime.checked import checked
from runtime.problems import ConfigProblems
from runtime.yamlfile import load_yaml


class Invoice(BaseModel):
    """One invoice: its total in its currency, for one billing account and month."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    billing_account: str
    currency: str
    period: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    total: Decimal

    def covers(self, account: str, currency: str, period: date) -> bool:
        """Whether it is the invoice for that account, currency and month."""
        return (self.billing_account, self.currency, self.period) == (account, currency, f"{period:%Y-%m}")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    invoices: tuple[Invoice, ...]


def load_invoices(path: Path) -> tuple[Invoice, ...]:
    """The invoices in a YAML file. Raises ConfigProblems that name the line of everything that is wrong."""
    located = load_yaml(path, path.name)
    file, wrong = checked(_File, located) if located.readable else (None, [])
    problems = [*located.problems, *wrong]
    if file is None or problems:
        raise ConfigProblems(problems)
    return file.invoices
