"""Causes as they are told: with owner, who should hear of it, and what keeps an alert back."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tools.backends.alerts import ALERTS
from tools.backends.costs import COSTS, CostStore
from tools.costs import readings
from tools.costs.baseline import LEAST_WEEKS, weeks_of_history
from tools.costs.causes import Cause, find_causes
from tools.costs.labels import shown

if TYPE_CHECKING:
    from tools.world import World


def anomalies(world: "World") -> dict[str, Any]:
    """What `find_anomalies` returns."""
    store, alerts = world.service(COSTS), world.service(ALERTS)
    with store.reading() as connection:
        weeks = weeks_of_history(connection)
        since = store.final - timedelta(days=store.rules.alerts.look_back_days)
        aside = readings.aside(connection, since)
    result: dict[str, Any] = {"final": store.final.isoformat(), "weeks_of_history": weeks}
    if weeks <= LEAST_WEEKS:
        note = f"not enough history: {weeks} weeks, and each weekday needs {LEAST_WEEKS} before the one looked at"
        return result | {"note": note, "causes": [], "aside": aside}
    told = [_told(one, store, world) for one in causes_of(store)]
    for one in told:
        to = [one["owner"], *store.rules.alerts.also_to]
        heard = alerts.heard(one["cause"])
        waiting = [person for person in dict.fromkeys(to) if person not in heard]
        one["tell"] = [] if one["quiet"] else waiting
    return result | {"causes": told, "aside": aside}


def causes_of(store: CostStore) -> list[Cause]:
    """The causes in a store; looked for once, since a store does not change while it is open."""
    with store.reading() as connection:
        if store.causes is None:
            store.causes = find_causes(connection, store.rules, store.final)
        return store.causes


def _told(cause: Cause, store: CostStore, world: "World") -> dict[str, Any]:
    owner, why = owner_of(cause, store, world)
    snooze = store.rules.snoozed(cause.cause, store.today)
    quiet = f"snoozed until {snooze.until}: {snooze.why}" if snooze else ""
    if cause.provisional and not quiet:
        quiet = "only provisional days show it; looked at again when they are final"
    with store.reading() as connection:
        days = readings.daily_series(
            connection, (cause.currency, cause.account, cause.service, cause.region), store.final
        )
    told = cause.as_data() | {"resource_name": _name(cause.resource, store), "days": days}
    return told | {"owner": owner, "owner_because": why, "quiet": quiet}


def owner_of(cause: Cause, store: CostStore, world: "World") -> tuple[str, str]:
    """Whose the cause is, and why: the driver's tag if it names somebody of the house, else the house's rules."""
    with store.reading() as connection:
        tag = readings.owner_tag(connection, store.rules, cause.resource).casefold()
    known = {one.mail.casefold(): one.mail for one in world.directory.people}
    if tag in known:
        return known[tag], "tag"
    listed = any(one.account == cause.account for one in store.rules.owners)
    return store.rules.owner_of(cause.account, cause.service), "owns the account" if listed else "nobody else is named"


def _name(resource: str, store: CostStore) -> str:
    with store.reading() as connection:
        found = connection.execute("SELECT max(resource_name) FROM charge WHERE resource = ?", [resource]).fetchall()
    return shown(found[0][0]) if resource and found else ""
