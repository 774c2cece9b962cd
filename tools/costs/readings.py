"""What the bills say as they stand: totals and invoices, the trend, what is no usage, commitments, untagged spend."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tools.costs.charges import USAGE
from tools.costs.invoices import Invoice
from tools.costs.rules import Rules

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Rows = list[dict[str, Any]]

_CENT = Decimal("0.01")


def rows_of(connection: "DuckDBPyConnection", query: str, values: Sequence[Any] = ()) -> Rows:
    """The answer as dictionaries; amounts in cents, days as text."""
    cursor = connection.execute(query, list(values))
    names = [str(one[0]) for one in cursor.description or ()]
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def sources(connection: "DuckDBPyConnection") -> Rows:
    """Each file that was loaded: its form, rows taken and rows that could not be read."""
    return rows_of(
        connection, "SELECT name, form, accepted AS rows, rejected, unreadable_tags FROM source ORDER BY name"
    )


def span(connection: "DuckDBPyConnection") -> tuple[date, datetime]:
    """The first day of usage, and the end of the last hour or day that is billed."""
    query = """SELECT CAST(min("start") AS DATE), max(coalesce(finish, "start")) FROM charge WHERE category = 'usage'"""
    first, last = connection.execute(query).fetchall()[0]
    return first, last


def totals(connection: "DuckDBPyConnection") -> Rows:
    """Per currency: what was paid (billed) and what was used up (effective), in all."""
    query = "SELECT currency, sum(billed) AS billed, sum(effective) AS effective FROM charge GROUP BY 1 ORDER BY 1"
    return rows_of(connection, query)


def reconciled(connection: "DuckDBPyConnection", invoices: Sequence[Invoice]) -> Rows:
    """Each billing period against its invoice, to the cent: `gap` is invoice less bill, None without an invoice."""
    query = """SELECT billing_account, currency, CAST(period AS DATE) AS period, sum(billed) AS billed FROM charge
        GROUP BY ALL ORDER BY period, currency, billing_account"""
    found = []
    for account, currency, period, billed in connection.execute(query).fetchall():
        known = [one.total for one in invoices if one.covers(str(account or ""), str(currency), period)]
        total = sum(known, Decimal(0)) if known else None
        row = {"billing_account": account or "", "currency": currency, "period": f"{period:%Y-%m}"}
        gap = None if total is None else float(total - Decimal(billed).quantize(_CENT))
        found.append({**row, "billed": _plain(billed), "invoice": _plain(total), "gap": gap})
    return found


def restated(connection: "DuckDBPyConnection") -> Rows:
    """Days that a later export changed, with what they cost before and after."""
    return rows_of(connection, "SELECT day, currency, before, after FROM restated ORDER BY day, currency, loaded")


def trend(connection: "DuckDBPyConnection", by: str, grain: str) -> Rows:
    """EffectiveCost of usage by day or week, per currency and service or account. Weeks begin on Monday."""
    query = f"""SELECT currency, {by} AS name, CAST(date_trunc(?, day) AS DATE) AS "from", sum(cost) AS cost
        FROM day_cost GROUP BY ALL ORDER BY currency, "from", name"""
    return rows_of(connection, query, [grain])


def aside(connection: "DuckDBPyConnection", since: date) -> Rows:
    """What is no usage as it goes and raises no alert, since that day: credits, refunds, taxes, purchases, fees."""
    query = f"""SELECT CASE WHEN class = 'correction' THEN 'correction'
            WHEN commitment_status = 'unused' THEN 'unused commitment'
            WHEN category = 'usage' THEN 'fee' ELSE category END AS what,
            currency, coalesce(account, billing_account) AS account, coalesce(service, '') AS service,
            sum(billed) AS billed, sum(effective) AS effective, CAST(max("start") AS DATE) AS last
        FROM charge WHERE NOT ({USAGE}) AND "start" >= ? GROUP BY ALL
        HAVING what <> 'unused commitment' ORDER BY abs(sum(billed)) DESC, what, service LIMIT 40"""
    return rows_of(connection, query, [since])


def unused_commitments(connection: "DuckDBPyConnection", rules: Rules, since: date, last: date) -> Rows:
    """Commitments with a part that nobody used between two days: how much, of how much, and who answers for it."""
    query = """SELECT commitment, max(commitment_name) AS name, currency,
            coalesce(max(account) FILTER (WHERE commitment_status = 'unused'), max(billing_account)) AS account,
            sum(effective) FILTER (WHERE commitment_status = 'unused') AS unused, sum(effective) AS amortised
        FROM charge WHERE commitment IS NOT NULL AND CAST("start" AS DATE) BETWEEN ? AND ? GROUP BY commitment, currency
        HAVING sum(effective) FILTER (WHERE commitment_status = 'unused') > 0 ORDER BY unused DESC"""
    return [one | {"owner": rules.owner_of(str(one["account"]))} for one in rows_of(connection, query, [since, last])]


def untagged(
    connection: "DuckDBPyConnection", rules: Rules, known: Mapping[str, str], since: date, last: date
) -> dict[str, Rows]:
    """Usage between two days without an owner's tag: per currency in money and percent, and each place with a proposal.

    The proposal is whose tag the same resources bear on other days, else who owns most of what is tagged of the same
    service in the same account, if `known` has them, else who the rules name. Nothing is spread over anybody.
    """
    base = f"""SELECT currency, coalesce(account, billing_account, '') AS account, coalesce(service, '') AS service,
        coalesce(resource, '') AS resource, {_owner_tag(rules)} AS owner, sum(effective) AS cost
        FROM charge WHERE {USAGE} AND CAST("start" AS DATE) BETWEEN ? AND ? GROUP BY ALL"""
    by_currency = f"""SELECT currency, coalesce(sum(cost) FILTER (WHERE owner IS NULL), 0) AS untagged,
        sum(cost) AS total, round(CAST(100 * untagged / total AS DOUBLE), 1) AS percent
        FROM ({base}) GROUP BY 1 HAVING total > 0 ORDER BY 1"""
    places = rows_of(connection, f"WITH base AS MATERIALIZED ({base}) {_PLACES}", [since, last])
    return {
        "currencies": rows_of(connection, by_currency, [since, last]),
        "places": [_proposed(one, rules, known) for one in places],
    }


_PLACES = """,
    tagged AS (SELECT currency, account, service, resource, owner, sum(cost) AS cost FROM base
        WHERE owner IS NOT NULL GROUP BY ALL),
    bearer AS (SELECT resource, arg_max(owner, cost) AS bearer
        FROM (SELECT resource, owner, sum(cost) AS cost FROM tagged WHERE resource <> '' GROUP BY ALL) GROUP BY 1),
    beside AS (SELECT currency, account, service, arg_max(owner, cost) AS neighbour
        FROM (SELECT currency, account, service, owner, sum(cost) AS cost FROM tagged GROUP BY ALL) GROUP BY ALL)
    SELECT currency, account, service, sum(cost) AS untagged, bearer, neighbour
    FROM base LEFT JOIN bearer USING (resource) LEFT JOIN beside USING (currency, account, service)
    WHERE owner IS NULL GROUP BY ALL HAVING untagged >= 0.01 ORDER BY untagged DESC, account, service LIMIT 30"""
"""Per place and, where the same resources bear a tag on other days, its owner: what is untagged; 30 at most."""


def _proposed(place: dict[str, Any], rules: Rules, known: Mapping[str, str]) -> dict[str, Any]:
    bearer, neighbour = (known.get(str(place.pop(one) or "").casefold()) for one in ("bearer", "neighbour"))
    if bearer:
        return place | {"proposed_owner": bearer, "because": "tagged so on other days"}
    if neighbour:
        return place | {"proposed_owner": neighbour, "because": "owns what is tagged there"}
    return place | {"proposed_owner": rules.owner_of(place["account"], place["service"]), "because": "owns the account"}


def owner_tag(connection: "DuckDBPyConnection", rules: Rules, resource: str) -> str:
    """What the newest row of a resource says in its owner's tag; empty if nothing."""
    query = f"""SELECT {_owner_tag(rules)} AS owner FROM charge WHERE resource = ? ORDER BY "start" DESC LIMIT 1"""
    found = connection.execute(query, [resource]).fetchall() if resource else []
    return str(found[0][0] or "") if found else ""


def monthly_use(connection: "DuckDBPyConnection", resource: str, until: date) -> dict[str, Any]:
    """What a resource costs in 30 days, from its last 14 final days; and how much of it a commitment covers."""
    since = until - timedelta(days=13)
    query = f"""SELECT currency, sum(effective) * 30 / 14 AS monthly, max(commitment_name) AS commitment,
            coalesce(sum(effective) FILTER (WHERE commitment IS NOT NULL), 0) * 30 / 14 AS covered
        FROM charge WHERE {USAGE} AND (resource = ? OR ends_with(resource, '/' || ?))
            AND "start" >= ? AND "start" < ? GROUP BY 1 ORDER BY 2 DESC LIMIT 1"""
    rows = rows_of(connection, query, [resource, resource, since, until + timedelta(days=1)])
    return rows[0] if rows else {"currency": "", "monthly": None, "commitment": None, "covered": 0.0}


def daily_use(connection: "DuckDBPyConnection", resource: str, first: date, last: date) -> Rows:
    """What a resource cost on each day from `first` to `last`; days without a row cost nothing and are left out."""
    query = f"""SELECT CAST("start" AS DATE) AS day, sum(effective) AS cost FROM charge
        WHERE {USAGE} AND (resource = ? OR ends_with(resource, '/' || ?)) AND "start" >= ? AND "start" < ?
        GROUP BY 1 ORDER BY 1"""
    return rows_of(connection, query, [resource, resource, first, last + timedelta(days=1)])


def daily_series(connection: "DuckDBPyConnection", series: tuple[str, ...], last: date) -> dict[str, Any]:
    """What a series cost on each of the six weeks of days up to `last`, zero where there is no row."""
    first = last - timedelta(days=41)
    query = """SELECT day, sum(cost) FROM day_cost WHERE currency = ? AND account = ? AND service = ? AND region = ?
        AND day BETWEEN ? AND ? GROUP BY day"""
    found = dict(connection.execute(query, [*series, first, last]).fetchall())
    return {
        "first": first.isoformat(),
        "costs": [_plain(found.get(first + timedelta(days=one), 0)) for one in range(42)],
    }


def daily_totals(connection: "DuckDBPyConnection", first: date, last: date) -> dict[str, list[float]]:
    """Per currency, what usage cost on each day from `first` to `last`; zero where there is no row."""
    query = "SELECT currency, day, sum(cost) FROM day_cost WHERE day BETWEEN ? AND ? GROUP BY ALL ORDER BY currency"
    found: dict[str, list[float]] = {}
    for currency, day, cost in connection.execute(query, [first, last]).fetchall():
        days = found.setdefault(str(currency), [0.0] * ((last - first).days + 1))
        days[(day - first).days] = _plain(cost)
    return found


def _owner_tag(rules: Rules) -> str:
    """SQL for the first of the owner's tags that is there, whatever the case of its key."""
    keys = [key.replace("'", "''").replace('"', "") for key in rules.owner_tags]
    spelt = dict.fromkeys(one for key in keys for one in (key, key.lower(), key.capitalize(), key.upper()))
    return "coalesce(" + ", ".join(f"""json_extract_string(tags, '$."{one}"')""" for one in spelt) + ", NULL)"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value.quantize(_CENT)) + 0.0
    if isinstance(value, float):
        return round(value, 2)
    return value.isoformat() if isinstance(value, date) else value
