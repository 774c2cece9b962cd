"""Whether what was taken adds up: quantity x price in rows, rows against the net total, net and tax against the total.

Fields are known by their names (`quantity`, `unit_price`, `amount`; `subtotal`, `vat`, `total`); others are not
looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

COUNT = frozenset(["count", "hours", "days", "qty", "quantity", "units", "pieces"])
PRICE = frozenset(["price", "rate", "unit_price", "unitprice", "unit_cost"])
AMOUNT = frozenset(["amount", "line_total", "linetotal", "net_amount", "sum", "total"])
NET = frozenset(["net", "net_amount", "net_total", "subtotal", "sub_total", "total_net"])
TAX = frozenset(["tax", "tax_amount", "taxes", "vat", "vat_amount"])
LESS = frozenset(["discount", "rebate"])
MORE = frozenset(["shipping", "shipping_cost", "freight", "delivery"])
GROSS = frozenset(["amount_due", "grand_total", "gross", "gross_total", "total", "total_due", "total_gross"])
CENT = Decimal("0.01")


def does_not_add_up(data: Mapping[str, Any]) -> list[str]:
    """What does not add up, each as a sentence. Where a value is missing, its sum is not looked at."""
    tables = {
        name: rows for name, rows in data.items() if isinstance(rows, list) and all(isinstance(r, dict) for r in rows)
    }
    found = [one for name, rows in tables.items() for one in _rows(name, rows)]
    totals = {k: v for one in (data, *(v for v in data.values() if isinstance(v, dict))) for k, v in one.items()}
    sums = [(name, _sum(rows)) for name, rows in tables.items() if rows]
    return found + list(_totals(totals, [(name, one) for name, one in sums if one is not None]))


def _rows(name: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, row in enumerate(rows, start=1):
        count, price, amount = _value(row, COUNT), _value(row, PRICE), _value(row, AMOUNT)
        if count is None or price is None or amount is None:
            continue
        if abs(count * price - amount) > CENT:
            yield f"{name}[{number}]: {count} x {price} is {count * price:.2f}, and it says {amount}"


def _sum(rows: Sequence[Mapping[str, Any]]) -> Decimal | None:
    amounts = [_value(row, AMOUNT) for row in rows]
    return sum((one for one in amounts if one is not None), Decimal()) if amounts and None not in amounts else None


def _totals(totals: Mapping[str, Any], sums: Sequence[tuple[str, Decimal]]) -> Iterator[str]:
    net, tax, gross = _value(totals, NET), _value(totals, TAX), _value(totals, GROSS)
    less, more = _value(totals, LESS) or Decimal(), _value(totals, MORE) or Decimal()
    if net is not None and gross is not None and (tax is not None or net != gross):
        whole = net - abs(less) + (tax or Decimal()) + more
        if abs(whole - gross) > CENT and abs(net + (tax or Decimal()) - gross) > CENT and tax is not None:
            yield f"the net total {net} and the tax {tax} are {whole}, and the total says {gross}"
    if len(sums) == 1:
        name, added = sums[0]
        known = [one for one in (net, gross, None if gross is None or tax is None else gross - tax) if one is not None]
        near = [one for one in known if min(abs(added - one), abs(added - abs(less) + more - one)) <= CENT]
        if known and not near:
            what = "net total" if net is not None else "total"
            yield f"the rows of '{name}' add up to {added}, and the {what} says {known[0]}"


def _value(values: Mapping[str, Any], names: frozenset[str]) -> Decimal | None:
    for name, one in values.items():
        if name.casefold() in names and isinstance(one, int | float) and not isinstance(one, bool):
            return Decimal(str(one))
    return None
