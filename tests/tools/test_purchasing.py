"""What is to be ordered, and when it is there: the reorder point, packs and least orders, closed days, broken files."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from runtime.problems import ConfigProblems
from tools.purchasing.files import Item, Supplier, Used, items
from tools.purchasing.need import arrival, daily_use, need, rounded

MONDAY = date(2027, 3, 8)
SELLER = Supplier(supplier="s", name="S", mail="s@s.example", zone="Europe/Berlin", closed=("sat", "sun"))


def item(**given: int) -> Item:
    kept = {"on_hand": 50, "reserved": 0, "on_order": 0, "safety": 10, "lead_days": 4, "pack": 1, "moq": 1, **given}
    return Item(item="x", name="X", supplier="s", budget="b", price=Decimal(1), currency="EUR", **kept)


@pytest.mark.parametrize(("position", "due"), [(31, False), (30, True), (29, True)])
@pytest.mark.statement("office", 10)
def test_an_item_is_due_exactly_at_its_reorder_point(position: int, due: bool) -> None:
    found = need(item(on_hand=position + 5, reserved=7, on_order=2), SELLER, Fraction(5), 0, MONDAY)

    assert (found.arrives, found.point, found.position, found.due) == (date(2027, 3, 12), 30, position, due)


@pytest.mark.statement("office", 10)
def test_what_is_ordered_elsewhere_and_by_us_counts_and_what_is_reserved_does_not() -> None:
    assert need(item(on_hand=10, on_order=20, reserved=4), SELLER, Fraction(5), 6, MONDAY).position == 32


@pytest.mark.statement("office", 10)
def test_closed_days_move_the_arrival_and_raise_the_reorder_point() -> None:
    closed = SELLER.model_copy(update={"holidays": (date(2027, 3, 10), date(2027, 3, 11))})
    plain, longer = (need(item(), one, Fraction(5), 0, MONDAY) for one in (SELLER, closed))

    assert (plain.arrives, longer.arrives) == (date(2027, 3, 12), date(2027, 3, 16))
    assert longer.point - plain.point == 5 * 4
    assert arrival(SELLER, date(2027, 3, 13), 0) == date(2027, 3, 15)


@given(some.integers(0, 500), some.integers(1, 60), some.integers(1, 300))
@pytest.mark.statement("office", 10)
def test_a_quantity_is_enough_in_whole_packs_and_no_pack_too_many(quantity: int, pack: int, moq: int) -> None:
    found = rounded(quantity, pack, moq)

    assert found % pack == 0
    assert found >= max(quantity, moq)
    assert found - pack < max(quantity, moq, 1)


def test_use_is_the_mean_of_four_weeks_and_unknown_is_not_nought() -> None:
    used = [Used(date=date(2027, 2, 8), item="x", quantity=28), Used(date=MONDAY, item="x", quantity=999)]

    assert daily_use(used, MONDAY) == {"x": Fraction(1)}
    assert not need(item(on_hand=0), SELLER, None, 0, MONDAY).due


def test_everything_wrong_in_a_file_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(
        "item,name,supplier,budget,price,currency,on_hand,lead_days\n"
        "A,a,nobody,b,1.00,EUR,3,2\nB,b,s,b,1.005,EUR,-1,2\n"
    )
    with pytest.raises(ConfigProblems) as wrong:
        items(path, {"s": SELLER}, {})

    assert [(one.line, one.message.partition(":")[0]) for one in wrong.value.problems] == [
        (3, "'on_hand'"),
        (3, "'price'"),
    ]

    path.write_text(path.read_text().replace("1.005,EUR,-1", "1.00,EUR,1"))
    with pytest.raises(ConfigProblems, match="there is no supplier 'nobody'"):
        items(path, {"s": SELLER}, {})
