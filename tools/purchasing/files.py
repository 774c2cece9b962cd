"""The house's files for buying: suppliers, budgets, items, demand, arrivals, menus. They are people's and trusted.

Only names are not: `name` and `dish` may say anything, and nothing follows from them.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from runtime.fields import Zone
from runtime.problems import ConfigProblems, Problem
from tools.directory import DAYS
from tools.purchasing.tables import numbered, rows, split

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Money = Annotated[Decimal, Field(ge=0, le=10_000_000, decimal_places=2)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Many = Annotated[int, Field(ge=0, le=10_000_000)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Supplier(_Row):
    """Who sells. `closed` are weekdays, `holidays` dates; an order can be cancelled for `cancel_hours`."""

    supplier: Id
    name: str
    mail: Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+$")]
    zone: Zone
    closed: Annotated[tuple[str, ...], BeforeValidator(split)] = ("sat", "sun")
    holidays: Annotated[tuple[date, ...], BeforeValidator(split)] = ()
    cancel_hours: Annotated[int, Field(ge=0, le=10_000)] = 24

    @field_validator("closed")
    @classmethod
    def _days(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if set(value) - set(DAYS) or set(value) == set(DAYS):
            raise ValueError(f"it must be some of {', '.join(DAYS)}, and not all")
        return value

    @property
    def clock(self) -> ZoneInfo:
        """The supplier's time zone."""
        return ZoneInfo(self.zone)

    def opens(self, day: date) -> bool:
        """Whether the supplier works on that day."""
        return DAYS[day.weekday()] not in self.closed and day not in self.holidays


class Budget(_Row):
    """A cost centre: what it may spend in one order, one day and one month, and whose team it is."""

    budget: Id
    name: str
    team: str = ""
    currency: Currency
    per_order: Money
    per_day: Money
    per_month: Money


class Item(_Row):
    """What is kept in stock. `lead_days` are working days of the supplier; `on_order` is what was ordered elsewhere."""

    item: Id
    name: str
    supplier: Id
    budget: Id
    price: Money
    currency: Currency
    on_hand: Many
    on_order: Many = 0
    reserved: Many = 0
    safety: Many = 0
    lead_days: Annotated[int, Field(ge=0, le=365)]
    pack: Annotated[int, Field(ge=1)] = 1
    moq: Annotated[int, Field(ge=1)] = 1


class Used(_Row):
    """How much of an item was used on a day."""

    date: date
    item: Id
    quantity: Many


class Arrival(_Row):
    """An order that has come in and counts into `on_hand`."""

    order: str
    date: date


class Dish(_Row):
    """A dish of a vendor, who is a supplier, and the diets that it suits."""

    vendor: Id
    dish: str
    price: Money
    currency: Currency
    diets: Annotated[tuple[str, ...], BeforeValidator(split)] = ()


class Diet(_Row):
    """What somebody eats: each dish for them suits all of it."""

    mail: str
    diets: Annotated[tuple[str, ...], BeforeValidator(split)]


def suppliers(path: Path) -> dict[str, Supplier]:
    """All suppliers by id."""
    return {one.supplier: one for one in rows(Supplier, path)}


def budgets(path: Path) -> dict[str, Budget]:
    """All cost centres by id."""
    return {one.budget: one for one in rows(Budget, path)}


def items(path: Path, known: dict[str, Supplier], centres: dict[str, Budget]) -> dict[str, Item]:
    """All items by id. Raises ConfigProblems for suppliers and budgets that are not there, and items that are twice."""
    found: dict[str, Item] = {}
    problems = []
    for line, one in numbered(Item, path):
        if one.item in found:
            problems.append(Problem(path.name, line, 0, f"the item '{one.item}' is there twice"))
        if one.supplier not in known:
            problems.append(Problem(path.name, line, 0, f"there is no supplier '{one.supplier}'"))
        if one.budget not in centres or centres[one.budget].currency != one.currency:
            problems.append(Problem(path.name, line, 0, f"there is no budget '{one.budget}' in {one.currency}"))
        found[one.item] = one
    if problems:
        raise ConfigProblems(problems)
    return found
