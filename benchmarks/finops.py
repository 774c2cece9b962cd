"""FinOps at size and in quality: `python -m benchmarks.finops [--rows 10000000] [--seeds 50]`.

Two tables from one run: how long ten million FOCUS rows take to load and to search on two threads, with the peak memory
of the process; and how many planted causes are found over many seeded worlds, beside a plain z-score. A cause counts as
found if an alert names its currency, account and service and a first day within two days of it (ten for a slow leak).
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from runtime.columnar import open_columns
from scenarios.finops.fixtures.build import make_bill
from scenarios.finops.fixtures.causes import Cause
from scenarios.finops.fixtures.estate import Shape
from tools.costs.causes import find_causes
from tools.costs.charges import TABLES
from tools.costs.loading import load_folder
from tools.costs.rules import load_rules

RULES = Path(__file__).resolve().parent.parent / "scenarios" / "finops" / "world" / "rules.yaml"
CAUSES = 8

_Z = """WITH daily AS (SELECT currency, coalesce(account, '') AS account, coalesce(service, '') AS service,
        CAST("start" AS DATE) AS day, CAST(sum({cost}) AS DOUBLE) AS cost FROM charge WHERE {where} GROUP BY ALL),
    scored AS (SELECT *, avg(cost) OVER before AS mean, stddev_samp(cost) OVER before AS spread,
            count(*) OVER before AS days
        FROM daily WINDOW before AS
            (PARTITION BY currency, account, service ORDER BY day ROWS BETWEEN 28 PRECEDING AND 1 PRECEDING))
    SELECT currency, account, service, day FROM scored
    WHERE days >= 14 AND spread > 0 AND cost - mean > 3 * spread AND day >= ? ORDER BY ALL"""

_PLAIN = (
    ("z-score, billed, all charges", "billed", "true"),
    ("z-score, effective, usage", "effective", "category = 'usage'"),
)


@dataclass(frozen=True)
class Found:
    """An alert as it is compared: the place it names, and its first day."""

    currency: str
    account: str
    services: tuple[str, ...]
    first: date


@dataclass
class Score:
    """Alerts and causes counted over all worlds."""

    right: int = 0
    alerts: int = 0
    causes: int = 0

    def add(self, found: Sequence[Found], planted: Sequence[Cause]) -> None:
        """Count one world: each alert and each cause at most once."""
        left = list(found)
        for cause in planted:
            hit = next((one for one in left if _is(one, cause)), None)
            if hit:
                left.remove(hit)
                self.right += 1
        self.alerts += len(found)
        self.causes += len(planted)

    def __str__(self) -> str:
        precision, recall = self.right / max(1, self.alerts), self.right / max(1, self.causes)
        return f"{precision:9.3f} {recall:7.3f} {self.alerts:7d} {self.right:6d}/{self.causes}"


def _is(found: Found, cause: Cause) -> bool:
    near = timedelta(days=10 if cause.kind == "leak" else 2)
    same = (found.currency, found.account) == (cause.currency, cause.account) and cause.service in found.services
    return same and abs(found.first - date.fromisoformat(cause.first[:10])) <= near


def quality(seeds: int) -> dict[str, Score]:
    """Precision and recall of ours and of a plain z-score, over that many worlds of about 6,000 rows."""
    scores = {
        "same weekday, median (ours)": Score(),
        "z-score, billed, all charges": Score(),
        "z-score, effective, usage": Score(),
    }
    for seed in range(1, seeds + 1):
        shape = Shape(seed=seed, rows=6000, causes=CAUSES)
        with tempfile.TemporaryDirectory() as folder, duckdb.connect() as maker:
            _, planted = make_bill(maker, shape)
            connection = _loaded(maker, Path(folder))
            final = shape.last - timedelta(days=shape.late)
            since = final - timedelta(days=load_rules(RULES).alerts.look_back_days)
            ours = [
                Found(one.currency, one.account, (one.service, *one.also), date.fromisoformat(one.first[:10]))
                for one in find_causes(connection, load_rules(RULES), final)
                if not one.provisional
            ]
            scores["same weekday, median (ours)"].add(ours, planted)
            for name, cost, where in _PLAIN:
                rows = connection.execute(_Z.format(cost=cost, where=where), [since]).fetchall()
                scores[name].add(_runs(rows), planted)
            connection.close()
    return scores


def _loaded(maker: "duckdb.DuckDBPyConnection", folder: Path) -> "duckdb.DuckDBPyConnection":
    (folder / "bill").mkdir()
    maker.execute(f"COPY bill TO '{folder}/bill/bill.parquet' (FORMAT parquet)")
    connection = open_columns(folder / "costs.duckdb")
    connection.execute(TABLES)
    load_folder(connection, folder / "bill", "now")
    return connection


def _runs(rows: Sequence[tuple[str, str, str, date]]) -> list[Found]:
    """Days in a row in one place as one alert."""
    found: list[Found] = []
    last: tuple[tuple[str, ...], date] | None = None
    for currency, account, service, day in rows:
        place = (currency, account, service)
        if last is None or last[0] != place or day - last[1] > timedelta(days=4):
            found.append(Found(currency, account, (service,), day))
        last = (place, day)
    return found


def size(rows: int) -> tuple[int, float, float, int, float]:
    """Rows, seconds to load, seconds to find causes, causes, and the peak memory of this process in MB."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        maker = [sys.executable, "-m", "benchmarks.finops", "--make", str(folder / "bill"), "--rows", str(rows)]
        subprocess.run(maker, check=True)  # in a process of its own, so that its memory is not counted
        connection = open_columns(folder / "costs.duckdb")
        connection.execute(TABLES)
        began = time.perf_counter()
        load_folder(connection, folder / "bill", "now")
        loaded = time.perf_counter() - began
        began = time.perf_counter()
        causes = find_causes(connection, load_rules(RULES), Shape(1, rows).last - timedelta(days=2))
        found = time.perf_counter() - began
        count = connection.execute("SELECT count(*) FROM charge").fetchall()[0][0]
        connection.close()
    return count, loaded, found, len(causes), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make(folder: Path, rows: int) -> None:
    """Write a world of that many hourly rows as Parquet."""
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder.parent / "made.duckdb"), config={"memory_limit": "2GB", "threads": 2}) as maker:
        make_bill(maker, Shape(seed=1, rows=rows, causes=CAUSES, hourly=rows >= 1_000_000))
        maker.execute(f"COPY bill TO '{folder}/bill.parquet' (FORMAT parquet)")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--make", type=Path)
    given = parser.parse_args()
    if given.make:
        make(given.make, given.rows)
        return
    print(f"{'':30} precision  recall  alerts  found")
    for name, score in quality(given.seeds).items():
        print(f"{name:30} {score}")
    count, loaded, found, causes, peak = size(given.rows)
    print(f"\n{count:,} FOCUS rows (Parquet), two threads: load {loaded:.1f} s, causes {found:.1f} s ({causes} found)")
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
