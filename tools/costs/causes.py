"""A cause of cost, as an alert tells it: how much, since when, what drives it, whose it is, and how sure that is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from runtime.canonical import digest
from tools.costs.charges import USAGE
from tools.costs.episodes import Episode, find_episodes
from tools.costs.rules import Rules

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Kind = Literal["spike", "step", "leak", "new service"]
Confidence = Literal["high", "medium", "low"]

_HALF = 0.5
_LEAK_DAYS = 6


@dataclass(frozen=True)
class Cause:
    """One cause. Money is in `currency`; `amount` is all it cost so far over the baseline, `daily` that per day.

    spike        it is over
    step         it goes on
    leak         it goes on, and grows
    new service  nothing of this was paid for before
    `percent` is None where there was nothing before. `first` is an hour where the bill is by the hour, else a day.
    """

    cause: str
    kind: Kind
    currency: str
    amount: float
    daily: float
    percent: float | None
    account: str
    service: str
    region: str
    sku: str
    resource: str
    share: float
    first: str
    last: str
    confidence: Confidence
    weeks: int
    provisional: bool
    also: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Its fields by name."""
        return asdict(self)


@dataclass(frozen=True)
class _Driver:
    resource: str
    share: float
    sku: str


def find_causes(connection: "DuckDBPyConnection", rules: Rules, final: date) -> list[Cause]:
    """Every cause that began or lasted within the days that the rules look back, by first hour.

    `final` is the last day that is not provisional: a cause that only later days show is marked so.
    """
    since = final - timedelta(days=rules.alerts.look_back_days)
    found = [one for one in find_episodes(connection, rules.alerts) if max(ep.last for ep in one) >= since]
    return sorted((_cause(connection, one, final) for one in found), key=lambda one: (one.first, one.cause))


def _cause(connection: "DuckDBPyConnection", episodes: Sequence[Episode], final: date) -> Cause:
    main = episodes[0]
    currency, account, service, region = main.series
    driver = _driver(connection, main)
    kind = _kind(connection, main, final)
    first = _leak_began(main) if kind == "leak" else main.first
    days = [day for one in episodes for day in one.days]
    base = sum(day.base for day in days)
    amount = sum(day.excess for day in days)
    weeks = min(day.weeks for day in days)
    cause = Cause(
        cause="",
        kind=kind,
        currency=currency,
        amount=round(amount, 2),
        daily=round(amount / len({day.day for day in days}), 2),
        percent=round(100 * amount / base, 1) if base > 0.005 else None,
        account=account,
        service=service,
        region=region,
        sku=driver.sku,
        resource=driver.resource,
        share=round(driver.share, 2),
        first=first.isoformat() if kind == "leak" else _first_hour(connection, main, driver.resource),
        last=max(one.last for one in episodes).isoformat(),
        confidence=_confidence(main, weeks),
        weeks=weeks,
        provisional=min(one.first for one in episodes) > final,
        also=tuple(sorted({one.series[2] for one in episodes} - {service})),
    )
    about = [currency, account, service, region, driver.resource, main.first.isoformat()]
    return replace(cause, cause=digest(about)[:8])


def _driver(connection: "DuckDBPyConnection", episode: Episode) -> _Driver:
    """The resource and the SKU that grew most against the four weeks before, if they bear at least half of it."""
    resource, share = _most(connection, episode, "resource")
    sku, sku_share = _most(connection, episode, "sku")
    if len(episode.key) > len(episode.series):
        resource, share = episode.key[-1], 1.0
    return _Driver(resource if share >= _HALF else "", share, sku if sku_share >= _HALF else "")


def _most(connection: "DuckDBPyConnection", episode: Episode, column: str) -> tuple[str, float]:
    days = [one.day for one in episode.days]
    before = [
        day - timedelta(days=7 * week)
        for day in days
        for week in (1, 2, 3, 4)
        if day - timedelta(days=7 * week) < days[0]
    ]
    weight = len(days) / max(1, len(before))
    summed = """CAST(coalesce(sum(effective) FILTER (
        WHERE CAST("start" AS DATE) IN (SELECT unnest(CAST(? AS DATE[])))), 0) AS DOUBLE)"""
    query = f"""WITH grown AS (SELECT coalesce({column}, '') AS what, {summed} - ? * {summed} AS more
        FROM charge WHERE {USAGE} AND currency = ? AND coalesce(account, billing_account, '') = ?
            AND coalesce(service, '') = ? AND coalesce(region, '') = ? AND "start" >= ? AND "start" < ? GROUP BY ALL)
        SELECT what, more, sum(greatest(more, 0)) OVER () FROM grown ORDER BY more DESC, what LIMIT 1"""
    span = [min([*before, *days]), days[-1] + timedelta(days=1)]
    rows = connection.execute(query, [days, weight, before, *episode.series, *span]).fetchall()
    what, more, total = rows[0] if rows else ("", 0.0, 0.0)
    return str(what), float(more) / float(total) if total else 0.0


def _kind(connection: "DuckDBPyConnection", episode: Episode, final: date) -> Kind:
    query = """SELECT count(*) FROM day_cost
        WHERE currency = ? AND account = ? AND service = ? AND region = ? AND day < ?"""
    before = connection.execute(query, [*episode.series, episode.first]).fetchall()[0][0]
    if not before:
        return "new service"
    if _grows(episode):
        return "leak"
    return "spike" if episode.last < final - timedelta(days=1) else "step"


def _grows(episode: Episode) -> bool:
    """Whether the excess rises from third to third and begins small."""
    excess = [one.excess for one in episode.days]
    if len(excess) < _LEAK_DAYS:
        return False
    third = len(excess) // 3
    parts = [sum(part) / len(part) for part in (excess[:third], excess[third:-third], excess[-third:])]
    return parts[0] * 1.15 < parts[1] < parts[2] / 1.1 and excess[0] < _HALF * max(excess)


def _leak_began(episode: Episode) -> date:
    """Where the straight line through the excess of the days meets zero, at most six weeks before the first of them."""
    xs = [(one.day - episode.first).days for one in episode.days]
    ys = [one.excess for one in episode.days]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
    back = 0 if slope <= 0 else round(mean_x - mean_y / slope)
    return episode.first + timedelta(days=max(-42, min(0, back)))


def _first_hour(connection: "DuckDBPyConnection", episode: Episode, resource: str) -> str:
    """The hour from which on it cost more than ever in the week before, where the bill is by the hour; else the day."""
    query = f"""SELECT "start", sum(effective), date_diff('hour', "start", max(finish)) FROM charge
        WHERE {USAGE} AND currency = ? AND coalesce(account, billing_account, '') = ? AND coalesce(service, '') = ?
            AND coalesce(region, '') = ? AND (resource = ? OR ? = '') AND "start" >= ? AND "start" < ?
        GROUP BY "start" ORDER BY "start" """
    begins, ends = episode.first - timedelta(days=1), episode.first + timedelta(days=1)
    week = begins - timedelta(days=7)
    rows = connection.execute(query, [*episode.series, resource, resource, week, ends]).fetchall()
    if not rows or any(hours != 1 for _, _, hours in rows):
        return episode.first.isoformat()
    start: datetime = datetime.combine(begins, datetime.min.time())
    usual = max((cost for at, cost, _ in rows if at < start), default=0)
    at = next((at for at, cost, _ in rows if at >= start and float(cost) > 1.2 * float(usual)), None)
    return at.isoformat(timespec="minutes") if at else episode.first.isoformat()


def _confidence(episode: Episode, weeks: int) -> Confidence:
    strength = min(one.excess / max(one.scatter, 0.02 * one.base, 0.01) for one in episode.days)
    if strength >= 6 and weeks >= 6:
        return "high"
    return "medium" if strength >= 5 or weeks >= 6 else "low"
