"""Reading bills: what was spent, what changed and why, what nobody owns, what is paid for and not used."""

from datetime import timedelta
from typing import Any, Literal

from runtime.clock import stamp
from tools.backends.costs import COSTS
from tools.costs import readings
from tools.costs.labels import shown
from tools.tool import tool
from tools.world import World


@tool(effect="read", trusted=("totals.*.currency",))
def read_bill(*, world: World) -> dict[str, Any]:
    """Say what bills there are: files and rows that could not be read, days they cover, totals per currency, and each
    month against its invoice to the cent ('gap'). Days after 'final' are provisional: providers still change them."""
    store = world.service(COSTS)
    final = store.final.isoformat()
    with store.reading() as connection:
        first, end = readings.span(connection)
        return {
            "as_of": stamp(world.clock.now()),
            "first_day": first.isoformat(),
            "billed_until": end.isoformat(),
            "final": final,
            "files": readings.sources(connection),
            "totals": readings.totals(connection),
            "invoices": readings.reconciled(connection, store.invoices),
            "restated": readings.restated(connection)[:60],
        }


@tool(effect="read")
def show_trend(
    by: Literal["service", "account"] = "service", grain: Literal["day", "week"] = "week", *, world: World
) -> dict[str, Any]:
    """Show what usage cost over time, by service or account and by day or week: EffectiveCost, so commitments count on
    the days they are used, and one currency is never added to another. Weeks begin on Monday; 'whole' ones are
    complete."""
    store = world.service(COSTS)
    final = store.final
    with store.reading() as connection:
        first, _ = readings.span(connection)
        rows = readings.trend(connection, by, grain)
    if grain == "week":
        last_whole = final - timedelta(days=6)
        rows = [one | {"whole": first.isoformat() <= one["from"] <= last_whole.isoformat()} for one in rows]
    return {"metric": "EffectiveCost", "by": by, "grain": grain, "final": final.isoformat(), "rows": rows}


@tool(effect="read")
def daily_costs(days: int = 91, *, world: World) -> dict[str, Any]:
    """Give what usage cost on each of the last final days (EffectiveCost), per currency one list that begins on
    'first': few enough numbers for a program of your own. Provisional days are left out."""
    store = world.service(COSTS)
    with store.reading() as connection:
        begun, _ = readings.span(connection)
        first = max(begun, store.final - timedelta(days=max(1, min(days, 366)) - 1))
        costs = readings.daily_totals(connection, first, store.final)
    return {"metric": "EffectiveCost", "first": first.isoformat(), "last": store.final.isoformat(), "currencies": costs}


@tool(effect="read", trusted=("causes.*.cause", "causes.*.owner", "causes.*.tell.*"))
def find_anomalies(*, world: World) -> dict[str, Any]:
    """Find what made usage cost more than on the same weekdays before: each cause once, with amount, percent, driver,
    first hour or day, owner and confidence. 'tell' are those who should hear of it now; 'quiet' says why nobody should.
    Credits, refunds, taxes, purchases and fees raise none and stand under 'aside'."""
    from tools.costs.report import anomalies

    return anomalies(world)


@tool(effect="read")
def find_untagged(days: int = 30, *, world: World) -> dict[str, Any]:
    """Find usage that no owner's tag stands on, in money and percent per currency, with an owner proposed for each
    place and the reason. It is never spread over others."""
    store = world.service(COSTS)
    since = store.final - timedelta(days=max(1, min(days, 366)) - 1)
    known = {one.mail.casefold(): one.mail for one in world.directory.people}
    with store.reading() as connection:
        found = readings.untagged(connection, store.rules, known, since, store.final)
    return {"since": since.isoformat(), "to": store.final.isoformat(), **found}


@tool(effect="read")
def find_unused_commitments(days: int = 30, *, world: World) -> dict[str, Any]:
    """Find savings plans and reservations with a part that nobody used, each as a line of its own with its owner."""
    store = world.service(COSTS)
    since = store.final - timedelta(days=max(1, min(days, 366)) - 1)
    with store.reading() as connection:
        found = readings.unused_commitments(connection, store.rules, since, store.final)
    named = [one | {"name": shown(one["name"])} for one in found]
    return {"since": since.isoformat(), "to": store.final.isoformat(), "commitments": named}
