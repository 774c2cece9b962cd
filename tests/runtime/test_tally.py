"""What a day's runs have used is counted in one table, once per call, and read without reading any record."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from runtime.clock import FixedClock
from runtime.database import open_database, read
from runtime.ledger import Ledger
from runtime.tally import used_on
from runtime.uses import Today, amounts, tenant_of

DAY = "2027-03-09"
KEY = b"k" * 32


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")


def ledger_on(engine: Engine, day: str = DAY, **more: Any) -> Ledger:
    return Ledger(engine, KEY, FixedClock(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)), **more)


def paid(ledger: Ledger, run: str, usd: float, *, call: str = "pay-1", kind: Any = "tool.intended") -> None:
    body = {"step": "pay", "role": "clerk", "call": call, "tool": "pay", "effect": "spend", "args": {"usd": usd}}
    rest = {"verdict": "allow", "rule": "", "reason": "", "result": {}, "ms": 0}
    ledger.append(run, kind, body | {"key": {"hash": "h", "nth": 1}} | rest)


def begun(ledger: Ledger, run: str, principal: str = "ana@acme") -> None:
    ledger.append(run, "run.started", {"goal": "pay", "principal": principal})


def test_a_call_counts_once_however_many_records_tell_of_it(engine: Engine) -> None:
    ledger = ledger_on(engine)
    begun(ledger, "r1")
    for kind in ("call.decided", "tool.intended", "tool.done"):
        paid(ledger, "r1", 20, kind=kind)
    paid(ledger, "r1", 5, call="pay-2")

    today = used_on(engine, DAY, ["pay"], tenant="acme")

    assert (today.times("pay", "day"), today.total("pay", "usd", "day")) == (2, 25)


def test_tenants_and_days_are_apart_and_the_run_itself_is_left_out(engine: Engine) -> None:
    today, yesterday = ledger_on(engine), ledger_on(engine, "2027-03-08")
    for ledger, run, principal in ((today, "r1", "ana@acme"), (today, "r2", "bo@other"), (yesterday, "r3", "ana@acme")):
        begun(ledger, run, principal)
        paid(ledger, run, 10)

    found = used_on(engine, DAY, ["pay"], tenant="acme")
    without = used_on(engine, DAY, ["pay"], tenant="acme", without="r1")

    assert (found.total("pay", "usd", "day"), found.total("pay", "usd", "tenant_day")) == (20, 10)
    assert (without.total("pay", "usd", "day"), without.times("pay", "tenant_day")) == (10, 0)


def test_sealed_bodies_are_counted_all_the_same(engine: Engine) -> None:
    ledger = ledger_on(engine, sealer=lambda _kind, body: {**body, "args": {"$sealed": "unreadable"}})
    ledger.append("r1", "run.started", {"goal": "pay", "principal": "ana@acme", "args": {}})
    paid(ledger, "r1", 7)

    assert used_on(engine, DAY, ["pay"], tenant="acme").total("pay", "usd", "tenant_day") == 7


def test_a_record_that_is_not_kept_counts_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = ledger_on(engine)
    begun(ledger, "r1")

    def broken(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr("runtime.ledger.count", broken)
    with pytest.raises(Exception, match="cannot write"):
        paid(ledger, "r1", 7)
    monkeypatch.undo()
    assert [one.kind for one in ledger.records("r1")] == ["run.started"]
    assert used_on(engine, DAY, ["pay"], tenant="acme") == Today()


def test_the_day_is_found_by_an_index(engine: Engine) -> None:
    ledger_on(engine)
    with read(engine) as connection:
        plan = connection.execute(text("EXPLAIN QUERY PLAN SELECT sum(amount) FROM used WHERE day = 'x'")).all()

    assert "used_by_day" in str(plan)


@pytest.mark.parametrize(
    ("principal", "tenant"), [("alice@acme", "acme"), ("user:ana", ""), ("a@b@c", "c"), ("user", ""), ("x@", "")]
)
def test_a_principal_belongs_to_what_stands_after_its_last_at(principal: str, tenant: str) -> None:
    assert tenant_of(principal) == tenant


@given(st.dictionaries(st.text(max_size=5), st.one_of(st.floats(), st.integers(), st.text(max_size=9), st.booleans())))
def test_nothing_that_is_counted_is_below_zero_or_without_end(args: dict[str, Any]) -> None:
    assert all(0 <= one < float("inf") for one in amounts(args).values())
