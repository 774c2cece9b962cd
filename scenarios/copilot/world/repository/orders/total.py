"""What an order costs."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """So many pieces at that price each."""

    price: Decimal
    count: int


def total(lines: list[Line], discount: Decimal = Decimal(0)) -> Decimal:
    """The order's total, rounded once at the end, half to even, so that sums of many orders do not drift."""
    gross = sum((line.price * line.count for line in lines), Decimal(0))
    return (gross * (1 - discount)).quantize(CENT, rounding=ROUND_HALF_EVEN)


def shipping(weight: Decimal) -> Decimal:
    """The price of shipping by weight in kilograms: 4.90 up to two, 9.90 up to ten, else by agreement."""
    if weight <= 2:
        return Decimal("4.90")
    if weight <= 10:
        return Decimal("9.90")
    raise ValueError(f"{weight} kg is shipped by agreement")
