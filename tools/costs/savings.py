"""Whether a change saved what it was expected to: the bill's own days before and after it, never the estimate."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tools.backends.changes import Change
from tools.backends.costs import CostStore
from tools.costs import readings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEAST_DAYS = 3
_BEFORE = 14


def verified(change: Change, store: CostStore) -> dict[str, Any]:
    """A change with what the bill says: `saved` per 30 days, from the final days since the day after it."""
    at = datetime.fromisoformat(change.at).date()
    told = {
        "thing": change.thing,
        "action": change.action,
        "on": at.isoformat(),
        "estimated": change.saving,
        "currency": change.currency,
        "owner": change.owner,
    }
    days = (store.final - at).days
    if days < LEAST_DAYS:
        return told | {"saved": None, "verdict": f"too early: {max(0, days)} final days since, {LEAST_DAYS} are needed"}
    with store.reading() as connection:
        before = _daily(connection, change.thing, at - timedelta(days=_BEFORE), at - timedelta(days=1))
        after = _daily(connection, change.thing, at + timedelta(days=1), store.final)
    if not before:
        return told | {"saved": None, "verdict": "the bill says nothing of it before the change"}
    saved = round(30 * (before - after), 2)
    return told | {"saved": saved, "days": days, "verdict": _verdict(saved, change.saving)}


def _daily(connection: "DuckDBPyConnection", thing: str, first: date, last: date) -> float:
    """What it cost a day on average between two days; days without a row cost nothing."""
    rows = readings.daily_use(connection, thing, first, last)
    return float(sum(one["cost"] for one in rows)) / ((last - first).days + 1)


def _verdict(saved: float, estimated: float | None) -> str:
    if saved <= 0:
        return "nothing was saved"
    if estimated is None:
        return "saved; nothing was estimated"
    return "verified" if saved >= 0.8 * estimated else f"less than estimated: {100 * saved / estimated:.0f} %"
