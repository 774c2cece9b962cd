"""What bills say as they stand: which cost a trend counts, commitments, and what has no owner's tag."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import FixedClock
from tests.tools.costing import days, line, rules, store, write_bill
from tools.backends.changes import Change
from tools.backends.costs import CostStore
from tools.costs import readings
from tools.costs.causes import find_causes
from tools.costs.savings import verified

FIRST = date(2026, 12, 7)  # a Monday
LAST = FIRST + timedelta(days=69)
AMARA, BRUNO = "amara@meridian.example", "bruno@meridian.example"


@pytest.mark.statement("finops", 1)
def test_a_trend_is_what_was_used_and_a_bill_is_what_was_billed(tmp_path: Path) -> None:
    lines = [
        line(FIRST, 10.0, billed="0"),  # covered by what was bought
        line(FIRST, 0.0, billed="3650", category="Purchase", frequency="One-Time"),
        line(FIRST, -4.0, category="Credit", frequency="One-Time"),
        line(FIRST, 7.0, service="Storage", resource="disk-1"),
    ]
    with store(tmp_path, write_bill(tmp_path / "bill", lines)) as connection:
        trend = {one["name"]: one["cost"] for one in readings.trend(connection, "service", "day")}
        [month] = readings.reconciled(connection, ())

    assert trend == {"Compute": 10.0, "Storage": 7.0}
    assert month["billed"] == 3650 - 4 + 7


@pytest.mark.statement("finops", 3)
def test_a_commitment_costs_what_is_used_of_it_on_each_day_and_the_rest_is_its_owners(tmp_path: Path) -> None:
    used = [20.0, 24.0, 0.0, 8.0]
    plan = {"commitment": "plan-1", "billed": "0", "account": "410058210001"}
    lines = [
        line(FIRST, 0.0, billed="8760", category="Purchase", frequency="One-Time", commitment="plan-1"),
        *days(FIRST, used, status="Used", **plan),
        *days(FIRST, [24.0 - one for one in used], status="Unused", resource="", **plan),
    ]
    with store(tmp_path, write_bill(tmp_path / "bill", lines)) as connection:
        trend = {one["from"]: one["cost"] for one in readings.trend(connection, "account", "day")}
        [left] = readings.unused_commitments(connection, rules(), FIRST, LAST)

    assert [trend[str(FIRST + timedelta(days=number))] for number in range(4)] == used
    assert (left["unused"], left["amortised"], left["owner"]) == (44.0, 96.0, AMARA)


@pytest.mark.statement("finops", 3)
def test_a_commitment_that_goes_unused_raises_no_alert_of_usage(tmp_path: Path) -> None:
    unused = days(FIRST + timedelta(days=60), [900.0] * 10, commitment="plan-1", status="Unused", billed="0")
    with store(tmp_path, write_bill(tmp_path / "bill", [*days(FIRST, [100.0] * 70), *unused])) as connection:
        assert find_causes(connection, rules(), LAST) == []


def _untagged(folder: Path, lines: list[str]) -> dict[str, list[dict[str, Any]]]:
    known = {one: one for one in (AMARA, BRUNO)}
    with store(folder, write_bill(folder / "bill", lines)) as connection:
        return readings.untagged(connection, rules(), known, FIRST, LAST)


@pytest.mark.statement("finops", 6)
def test_what_has_no_tag_is_told_in_money_and_percent_of_usage_and_nothing_is_spread(tmp_path: Path) -> None:
    found = _untagged(
        tmp_path,
        [
            line(FIRST, 60.0, owner=AMARA),
            line(FIRST, 25.0, resource="vm-2"),
            line(FIRST, 15.0, resource="vm-3", account="410058210002"),
            line(FIRST, 500.0, category="Tax"),
            line(FIRST, 8.0, currency="EUR", owner=AMARA),
        ],
    )

    euro, dollar = found["currencies"]
    assert (dollar["untagged"], dollar["total"], dollar["percent"]) == (40.0, 100.0, 40.0)
    assert (euro["untagged"], euro["total"], euro["percent"]) == (0.0, 8.0, 0.0)
    assert [(one["account"], one["untagged"]) for one in found["places"]] == [("acct", 25.0), ("410058210002", 15.0)]


@pytest.mark.statement("finops", 6)
def test_an_owner_is_proposed_by_the_resource_its_neighbours_or_the_account_in_this_order(tmp_path: Path) -> None:
    found = _untagged(
        tmp_path,
        [
            line(FIRST, 50.0, resource="vm-1", owner=AMARA),  # the largest row of the place, but not its largest owner
            *days(FIRST, [40.0, 40.0], resource="vm-2", owner=BRUNO),
            line(FIRST, 30.0, resource="vm-3"),
            line(FIRST + timedelta(days=1), 20.0, resource="vm-1"),
            line(FIRST, 10.0, resource="q-1", service="Queue", account="410058210002"),
            line(FIRST, 9.0, resource="s-1", service="Search", owner="nobody@elsewhere.example"),
            line(FIRST, 5.0, resource="s-2", service="Search"),
        ],
    )

    assert [(one["untagged"], one["proposed_owner"], one["because"]) for one in found["places"]] == [
        (30.0, BRUNO, "owns what is tagged there"),
        (20.0, AMARA, "tagged so on other days"),
        (10.0, BRUNO, "owns the account"),
        (5.0, "esther@meridian.example", "owns the account"),
    ]


@pytest.mark.parametrize(
    ("after", "verdict"), [(50.0, "verified"), (80.0, "less than estimated: 40 %"), (100.0, "nothing was saved")]
)
@pytest.mark.statement("finops", 12)
def test_a_saving_is_judged_by_the_days_since_the_change_and_not_by_its_estimate(
    tmp_path: Path, after: float, verdict: str
) -> None:
    lines = days(FIRST, [*[100.0] * 60, *[after] * 10])
    with store(tmp_path, write_bill(tmp_path / "bill", lines)) as connection:
        bills = CostStore(connection, rules(), (), FixedClock(datetime.combine(LAST, time(), UTC) + timedelta(days=5)))
        on = FIRST + timedelta(days=59)
        change = Change(1, "vm-1", "resize", "", "", AMARA, 1500.0, "USD", "done", f"{on}T12:00:00Z")
        found = verified(change, bills)

    assert (found["verdict"], found["saved"]) == (verdict, 30 * (100 - after))
