"""Which days of which series cost more than days like them: the baseline is the same weekday of the weeks before.

A day stands out if what it costs over the median of up to eight earlier same weekdays (at least four) reaches

    the house's amount a day, and its percentage of the median, and four times the series' own scatter

and, on the first three days of a month, is not what the same day of the month before cost too. The scatter is 1.4826
times the median of absolute differences from the baseline over eight weeks, which for normal noise is one standard
deviation; medians are hardly moved by the cause itself (P. J. Rousseeuw and C. Croux, 1993).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEAST_WEEKS = 4
MOST_WEEKS = 8
SCATTERS = 4.0

SERIES = ("currency", "account", "service", "region")
RESOURCE = (*SERIES, "resource")

_QUERY = """
WITH days AS (SELECT CAST(unnest(generate_series(min(day), max(day), INTERVAL 1 DAY)) AS DATE) AS day FROM day_cost),
least AS (SELECT unnest(?) AS currency, unnest(CAST(? AS DOUBLE[])) AS least),
daily AS (SELECT {keys}, day, CAST(sum(cost) AS DOUBLE) AS cost FROM day_cost {only} GROUP BY ALL),
key AS (SELECT {keys}, max(least) AS least FROM daily JOIN least USING (currency) GROUP BY ALL
    HAVING max(cost) >= max(least)),
dense AS (SELECT key.*, days.day, coalesce(daily.cost, 0) AS cost
    FROM key CROSS JOIN days LEFT JOIN daily USING ({keys}, day)),
based AS (SELECT *, median(cost) OVER same AS base, count(*) OVER same AS weeks FROM dense
    WINDOW same AS (PARTITION BY {keys}, dayofweek(day) ORDER BY day ROWS BETWEEN {most} PRECEDING AND 1 PRECEDING)),
scattered AS (SELECT *, 1.4826 * median(abs(cost - base)) OVER before AS scatter FROM based
    WINDOW before AS (PARTITION BY {keys} ORDER BY day ROWS BETWEEN 55 PRECEDING AND 1 PRECEDING))
SELECT {keys}, day, cost, base, coalesce(scatter, 0) AS scatter, weeks FROM scattered
WHERE weeks >= {weeks} AND cost - base >= least AND cost - base >= base * ? / 100
    AND cost - base >= {scatters} * coalesce(scatter, 0)
    AND NOT (day(day) <= 3 AND EXISTS (SELECT 1 FROM daily AS month_before
        WHERE {same_key} AND month_before.day = scattered.day - INTERVAL 1 MONTH
        AND month_before.cost - base >= 0.7 * (scattered.cost - base)))
ORDER BY {keys}, day
"""


@dataclass(frozen=True)
class Odd:
    """One day that stands out in one series; `key` is in the order of SERIES or RESOURCE, amounts in its currency."""

    key: tuple[str, ...]
    day: date
    cost: float
    base: float
    scatter: float
    weeks: int

    @property
    def excess(self) -> float:
        """What the day cost over its baseline."""
        return self.cost - self.base


def odd_days(
    connection: "DuckDBPyConnection",
    keys: Sequence[str],
    at_least: Mapping[str, float],
    percent: float,
    scatters: float = SCATTERS,
) -> list[Odd]:
    """Every day that stands out, by series and day. Currencies that `at_least` does not name are not looked at."""
    query = _QUERY.format(
        keys=", ".join(keys),
        only="WHERE resource <> ''" if "resource" in keys else "",
        most=MOST_WEEKS,
        weeks=LEAST_WEEKS,
        scatters=scatters,
        same_key=" AND ".join(f"month_before.{one} = scattered.{one}" for one in keys),
    )
    rows = connection.execute(query, [list(at_least), list(at_least.values()), percent]).fetchall()
    width = len(keys)
    return [Odd(tuple(map(str, row[:width])), *row[width:]) for row in rows]


def weeks_of_history(connection: "DuckDBPyConnection") -> int:
    """How many whole weeks the bills go back."""
    first, last = connection.execute("SELECT min(day), max(day) FROM day_cost").fetchall()[0]
    return 0 if first is None else ((last - first).days + 1) // 7
