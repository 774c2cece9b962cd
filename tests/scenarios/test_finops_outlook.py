"""Where the month is going: what the playbook's program works out, and what the report takes from any program."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from runtime.records import Record
from scenarios.finops.outlook import PROGRAM, figures
from scenarios.finops.outlook_section import outlook_section
from tools.backends.sandbox import Sandbox
from tools.backends.sandbox_wasm import WasmSandbox

FIRST = date(2027, 1, 4)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    opened = WasmSandbox()
    yield opened
    opened.close()


def bill(days: int, extra: float = 0.0, since: date = date.max, until: date = date.max) -> dict[str, Any]:
    """Working days at 100 and weekends at 40, with something on top from one day to another."""
    all_days = [FIRST + timedelta(days=one) for one in range(days)]
    costs = [(40.0 if day.weekday() > 4 else 100.0) + (extra if since <= day <= until else 0) for day in all_days]
    return {"first": FIRST.isoformat(), "last": all_days[-1].isoformat(), "currencies": {"USD": costs}}


def cause(daily: float, first: str, last: str) -> dict[str, Any]:
    return {"currency": "USD", "daily": daily, "first": first, "last": last}


def worked_out(sandbox: Sandbox, given: str) -> dict[str, Any]:
    ran = sandbox.run(PROGRAM, json.loads(given))
    assert ran.error is None, ran.error
    result: dict[str, Any] = ran.result
    return result


def test_a_month_that_goes_on_as_ever_is_foretold_to_the_cent(sandbox: Sandbox) -> None:
    found = worked_out(sandbox, figures(bill(66), [], []))  # until 10 March

    march = sum(40 if date(2027, 3, day).weekday() > 4 else 100 for day in range(1, 32))
    february = 20 * 100 + 8 * 40
    [case] = found["cases"]
    assert (case["month_end"], case["low"], case["high"]) == pytest.approx((march, march, march), abs=0.01)
    assert found["trial"] == [{"currency": "USD", "said": february, "was": february}]


def test_what_is_over_does_not_go_on_and_what_goes_on_can_end(sandbox: Sandbox) -> None:
    spike = bill(66, 500.0, date(2027, 3, 8), date(2027, 3, 8))
    over = worked_out(sandbox, figures(spike, [cause(500.0, "2027-03-08", "2027-03-08")], []))["cases"]
    step = bill(66, 50.0, date(2027, 3, 2))
    on = worked_out(sandbox, figures(step, [cause(50.0, "2027-03-02T08:00", "2027-03-10")], []))["cases"]

    march = sum(40 if date(2027, 3, day).weekday() > 4 else 100 for day in range(1, 32))
    assert [one["month_end"] for one in over] == pytest.approx([march + 500], abs=0.01)
    goes, ends = on
    assert goes["month_end"] == pytest.approx(march + 50 * 30, rel=0.01)
    assert goes["month_end"] - ends["month_end"] == pytest.approx(50 * 21, abs=0.01)


def test_only_advice_that_nothing_forbids_is_counted_and_each_in_its_currency() -> None:
    machines: list[dict[str, Any]] = [
        {"action": "stop", "forbidden": "", "saving": 300.0, "currency": "USD"},
        {"action": "stop", "forbidden": "prod", "saving": 900.0, "currency": "USD"},
        {"action": "keep", "forbidden": "", "saving": 100.0, "currency": "USD"},
        {"action": "resize", "forbidden": "", "saving": None, "currency": "USD"},
        {"action": "resize", "forbidden": "", "saving": 30.0, "currency": "EUR"},
    ]

    assert json.loads(figures(bill(30), [], machines))["savings"] == {"USD": 300.0, "EUR": 30.0}


CASE = {"currency": "USD", "case": "as it goes", "spent": 10.0, "month_end": 90.0, "low": 80.0, "high": 99.0}


def section_of(result: object, given: object | None = None) -> Any:
    days = bill(3)
    passed = json.dumps({"days": days} if given is None else given)
    bodies = [
        {"tool": "daily_costs", "args": {}, "result": days},
        {
            "tool": "run_python",
            "args": {"program": "a\nb", "given": passed},
            "result": {"result": result, "tier": "jail"},
        },
    ]
    return outlook_section(
        [Record("r", n, "2027-03-08T08:00:00Z", "tool.done", body, "") for n, body in enumerate(bodies)]
    )


def test_the_table_names_the_tier_and_the_programs_length() -> None:
    made = section_of({"cases": [CASE]})

    assert made.rows == (("USD", "as it goes", "10.00", "90.00", "80 and 99"),)
    assert "a program of 2 lines that the analyst wrote, run in the sandbox (jail)" in made.note
    assert "do not rely" not in made.note


@pytest.mark.parametrize(
    "result",
    [
        None,
        "90,000",
        {"cases": [CASE | {"month_end": float("nan")}]},
        {"cases": [CASE | {"low": 95.0}]},
        {"cases": [CASE | {"spent": 85.0}]},
    ],
)
def test_an_answer_that_is_none_or_contradicts_itself_shows_no_number(result: object) -> None:
    made = section_of(result)

    assert made.rows == ()
    assert not any(character.isdigit() for character in made.note)


@pytest.mark.parametrize("given", [{"days": {"USD": [1.0]}}, [], "x"])
def test_a_program_that_was_given_other_figures_is_not_to_be_relied_on(given: object) -> None:
    assert "do not rely on it" in section_of({"cases": [CASE]}, given).note


def test_where_no_program_ran_there_is_no_table() -> None:
    assert outlook_section([]) is None
