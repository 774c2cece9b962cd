"""What raises an alert and what does not: one for each cause, none for what only looks like one."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.tools.costing import days, line, planted, rules, store, write_bill
from tools.costs.baseline import weeks_of_history
from tools.costs.causes import Cause, find_causes

FIRST = date(2026, 12, 7)  # a Monday
FLAT = [100.0] * 70
LAST = FIRST + timedelta(days=69)


def causes_in(folder: Path, lines: list[str], final: date = LAST) -> list[Cause]:
    with store(folder, write_bill(folder / "bill", lines)) as connection:
        return find_causes(connection, rules(), final)


def test_a_spike_is_one_alert_with_its_amount_percent_and_first_day(tmp_path: Path) -> None:
    costs = [*FLAT]
    costs[60:63] = [300.0, 310.0, 320.0]

    [cause] = causes_in(tmp_path, days(FIRST, costs))

    assert (cause.kind, cause.amount, cause.daily, cause.percent) == ("spike", 630.0, 210.0, 210.0)
    assert (cause.first, cause.last) == ("2027-02-05", "2027-02-07")
    assert (cause.resource, cause.share, cause.weeks) == ("vm-1", 1.0, 8)


@pytest.mark.parametrize(
    "extra",
    [
        line(LAST - timedelta(days=6), -900.0, category="Credit", frequency="One-Time"),
        line(LAST - timedelta(days=6), -900.0, kind="Correction"),
        line(LAST - timedelta(days=6), 900.0, kind="Correction"),
        line(LAST - timedelta(days=6), 900.0, category="Tax"),
        line(LAST - timedelta(days=6), 900.0, category="Purchase", frequency="One-Time"),
        line(LAST - timedelta(days=6), 900.0, frequency="Recurring"),
    ],
    ids=["credit", "refund", "correction", "tax", "purchase", "fee"],
)
@pytest.mark.statement("finops", 2)
def test_what_is_no_usage_raises_no_alert(tmp_path: Path, extra: str) -> None:
    assert causes_in(tmp_path, [*days(FIRST, FLAT), extra]) == []


@pytest.mark.statement("finops", 4)
def test_weekends_and_month_starts_raise_no_alert(tmp_path: Path) -> None:
    all_days = [FIRST + timedelta(days=number) for number in range(70)]
    costs = [(30.0 if day.weekday() > 4 else 100.0) + (200.0 if day.day == 1 else 0.0) for day in all_days]

    assert causes_in(tmp_path, days(FIRST, costs)) == []


def test_a_rise_at_the_weekend_counts_though_it_stays_below_a_working_day(tmp_path: Path) -> None:
    all_days = [FIRST + timedelta(days=number) for number in range(70)]
    costs = [20.0 if day.weekday() > 4 else 100.0 for day in all_days]
    costs[61:63] = [95.0, 95.0]

    [cause] = causes_in(tmp_path, days(FIRST, costs))

    assert (cause.first, cause.amount) == ("2027-02-06", 150.0)


@pytest.mark.statement("finops", 7)
def test_both_thresholds_must_be_reached(tmp_path: Path) -> None:
    small = [*[10.0] * 60, *[40.0] * 10]  # four times as much, and 30 USD a day
    slight = [*[1000.0] * 60, *[1200.0] * 10]  # 200 USD a day, and 20 percent

    lines = [*days(FIRST, small, service="Small"), *days(FIRST, slight, service="Slight")]
    assert causes_in(tmp_path, lines) == []


@pytest.mark.statement("finops", 4)
def test_less_than_four_same_weekdays_before_is_not_enough_history(tmp_path: Path) -> None:
    with store(tmp_path, write_bill(tmp_path / "bill", days(FIRST, [*[100.0] * 26, 900.0, 900.0]))) as connection:
        assert weeks_of_history(connection) == 4
        assert find_causes(connection, rules(), FIRST + timedelta(days=27)) == []


@pytest.mark.statement("finops", 5)
def test_what_only_provisional_days_show_is_marked_so(tmp_path: Path) -> None:
    [cause] = causes_in(tmp_path, days(FIRST, [*FLAT[:68], 400.0, 400.0]), final=LAST - timedelta(days=3))

    assert cause.provisional


@pytest.mark.statement("finops", 7)
def test_one_cause_in_two_services_is_one_alert(tmp_path: Path) -> None:
    rise = [*[100.0] * 56, *[260.0] * 14]

    [cause] = causes_in(tmp_path, [*days(FIRST, rise), *days(FIRST, [one / 2 for one in rise], service="Network")])

    assert (cause.service, cause.also, cause.amount) == ("Compute", ("Network",), 14 * 240.0)


def test_a_machine_that_takes_anothers_place_raises_no_alert(tmp_path: Path) -> None:
    old = days(FIRST, [90.0] * 55, resource="old")
    fresh = days(FIRST + timedelta(days=55), [90.0] * 15, resource="fresh")

    assert causes_in(tmp_path, [*old, *fresh, *days(FIRST, FLAT, resource="other")]) == []


@pytest.mark.statement("finops", 10)
def test_amounts_are_judged_in_their_own_currency(tmp_path: Path) -> None:
    half = [*[20.0] * 60, *[50.0] * 10]  # 30 more in each of two currencies: together it would be 60

    lines = [*days(FIRST, half), *days(FIRST, half, currency="EUR")]
    assert causes_in(tmp_path, lines) == []


def test_a_slow_leak_is_told_from_where_it_began(tmp_path: Path) -> None:
    costs = [*[100.0] * 42, *[100.0 + 6 * day for day in range(28)]]

    [cause] = causes_in(tmp_path, days(FIRST, costs))

    assert cause.kind == "leak"
    assert abs(date.fromisoformat(cause.first) - (FIRST + timedelta(days=42))) <= timedelta(days=4)


def test_a_bill_by_the_hour_gives_the_first_hour(tmp_path: Path) -> None:
    lines = []
    for number in range(70 * 24):
        day, hour = FIRST + timedelta(hours=number // 24 * 24), number % 24
        cost = 20.0 if number >= 62 * 24 + 13 else 4.0
        begin = f"{day}T{hour:02d}:00:00Z"
        end = f"{day}T{hour + 1:02d}:00:00Z" if hour < 23 else f"{day + timedelta(days=1)}T00:00:00Z"
        lines.append(line(day, cost).replace(f"{day},{day + timedelta(days=1)}", f"{begin},{end}", 1))

    [cause] = causes_in(tmp_path, lines)

    assert cause.first == f"{FIRST + timedelta(days=62)}T13:00"


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_planted_causes_are_found_each_once_and_little_else(tmp_path: Path, seed: int) -> None:
    bills, key, final = planted(tmp_path / "bill", seed, causes=6)

    with store(tmp_path, bills) as connection:
        found = find_causes(connection, rules(), final)

    places = {(one.account, name) for one in found for name in (one.service, *one.also)}
    assert len({(one.account, one.service) for one in key} & places) >= 5
    assert len(found) <= 7
