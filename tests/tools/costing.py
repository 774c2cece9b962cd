"""Cost stores for the tests here: made worlds, single rows, and the real sample."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from runtime.columnar import open_columns
from scenarios.finops.fixtures.build import make_bill
from scenarios.finops.fixtures.causes import Cause
from scenarios.finops.fixtures.estate import Shape
from testkit.projects import CHECKOUT
from tools.costs.charges import TABLES
from tools.costs.loading import load_folder
from tools.costs.rules import Rules, load_rules

SAMPLE = CHECKOUT / "tests" / "data" / "focus-1.0-sample.csv.gz"
RULES = CHECKOUT / "scenarios" / "finops" / "world" / "rules.yaml"
HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingPeriodStart,BillingAccountId,SubAccountId,ProviderName,ServiceName,RegionId,"
    "ResourceId,ChargeCategory,ChargeClass,ChargeFrequency,BilledCost,EffectiveCost,BillingCurrency,"
    "CommitmentDiscountId,CommitmentDiscountStatus,Tags"
)


def rules() -> Rules:
    """The demo house's rules."""
    return load_rules(RULES)


def line(
    day: date, cost: float, *, category: str = "Usage", kind: str = "", frequency: str = "Usage-Based", **more: str
) -> str:
    """One row under HEAD, for one day."""
    usual = {"service": "Compute", "resource": "vm-1", "currency": "USD", "account": "acct", "owner": ""}
    given = {**usual, "billed": str(cost), "commitment": "", "status": "", "tags": "", **more}
    tags = f'"{{""owner"": ""{given["owner"]}""}}"' if given["owner"] else given["tags"]
    return (
        f"{day},{day + timedelta(days=1)},{day.replace(day=1)},payer,{given['account']},AWS,"
        f"{given['service']},eu-1,{given['resource']},"
        f"{category},{kind},{frequency},{given['billed']},{cost},{given['currency']},"
        f"{given['commitment']},{given['status']},{tags}"
    )


def days(first: date, costs: Sequence[float], **more: Any) -> list[str]:
    """A row for each day from `first` on."""
    return [line(first + timedelta(days=number), cost, **more) for number, cost in enumerate(costs)]


def write_bill(folder: Path, lines: Sequence[str], name: str = "bill.csv") -> Path:
    """A folder with one bill of those rows."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([HEAD, *lines]) + "\n")
    return folder


@contextmanager
def store(folder: Path, bills: Path) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A store with the bills loaded."""
    connection = open_columns(folder / "costs.duckdb", memory_mb=256)
    try:
        connection.execute(TABLES)
        load_folder(connection, bills, "2027-03-08")
        yield connection
    finally:
        connection.close()


def planted(folder: Path, seed: int, causes: int) -> tuple[Path, list[Cause], date]:
    """A made world as Parquet, the key to it, and its last final day."""
    shape = Shape(seed=seed, rows=5000, causes=causes)
    folder.mkdir(parents=True)
    with duckdb.connect() as maker:
        _, found = make_bill(maker, shape)
        maker.execute(f"COPY bill TO '{folder}/bill.parquet' (FORMAT parquet)")
    return folder, found, shape.last - timedelta(days=shape.late)
