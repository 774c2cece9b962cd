"""Bills are loaded whole and once, dirty ones too, and what cannot be read is counted."""

import csv
import gzip
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from runtime.columnar import open_columns
from runtime.errors import ConfigError
from scenarios.finops.fixtures.build import WORLD
from tests.tools.costing import HEAD, SAMPLE, days, line, store, write_bill
from tools.costs import readings
from tools.costs.charges import TABLES
from tools.costs.invoices import Invoice
from tools.costs.loading import load_folder

FIRST = date(2027, 1, 1)


def test_the_real_sample_loads_to_the_last_digit_with_its_dirt(tmp_path: Path) -> None:
    (tmp_path / "bill").mkdir()
    shutil.copy(SAMPLE, tmp_path / "bill")
    with gzip.open(SAMPLE, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    with store(tmp_path, tmp_path / "bill") as connection:
        [source] = readings.sources(connection)
        billed, effective = connection.execute("SELECT sum(billed), sum(effective) FROM charge").fetchall()[0]
        words = connection.execute("SELECT DISTINCT frequency FROM charge WHERE category = 'usage'").fetchall()
        untagged = connection.execute("SELECT count(*) FROM charge WHERE tags IS NULL").fetchall()[0][0]

    assert (source["form"], source["rows"], source["rejected"]) == ("FOCUS 1.0", 1000, 0)
    assert billed == sum(Decimal(one["BilledCost"]) for one in rows)
    assert effective == sum(Decimal(one["EffectiveCost"]) for one in rows)
    assert words == [("usage-based",)]
    assert untagged == sum(one["Tags"] == "NULL" for one in rows) == 289


@pytest.mark.statement("finops", 5)
def test_loading_the_same_bills_again_changes_nothing(tmp_path: Path) -> None:
    bills = write_bill(tmp_path / "bill", days(FIRST, [10.0] * 5))

    with store(tmp_path, bills) as connection:
        before = connection.execute("SELECT * FROM charge ORDER BY ALL").fetchall()
        shutil.copy(bills / "bill.csv", bills / "the same again.csv")

        assert load_folder(connection, bills, "later") is False
        assert connection.execute("SELECT * FROM charge ORDER BY ALL").fetchall() == before


@pytest.mark.statement("finops", 5)
def test_a_newer_export_replaces_its_month_and_says_which_days_it_restated(tmp_path: Path) -> None:
    december = [line(date(2026, 12, 31), 7.0)]
    bills = write_bill(tmp_path / "bill", december, "december.csv")
    write_bill(bills, days(FIRST, [10.0, 4.0]), "january.csv")

    with store(tmp_path, bills) as connection:
        write_bill(bills, days(FIRST, [10.0, 10.0, 10.0]), "january.csv")
        load_folder(connection, bills, "later")

        totals = connection.execute("SELECT period, sum(effective) FROM charge GROUP BY 1 ORDER BY 1").fetchall()
        changed = readings.restated(connection)
    assert [float(total) for _, total in totals] == [7.0, 30.0]
    assert changed == [{"day": "2027-01-02", "currency": "USD", "before": 4.0, "after": 10.0}]


def test_a_month_in_two_files_stays_whole_when_one_of_them_changes(tmp_path: Path) -> None:
    bills = write_bill(tmp_path / "bill", days(FIRST, [1.0], resource="a"), "part-1.csv")
    write_bill(bills, days(FIRST, [2.0], resource="b"), "part-2.csv")

    with store(tmp_path, bills) as connection:
        write_bill(bills, days(FIRST, [5.0], resource="b"), "part-2.csv")
        load_folder(connection, bills, "later")

        rows = connection.execute("SELECT resource, effective FROM charge ORDER BY 1").fetchall()
    assert [(name, float(cost)) for name, cost in rows] == [("a", 1.0), ("b", 5.0)]


def test_rows_that_cannot_be_read_are_counted_and_never_guessed(tmp_path: Path) -> None:
    good, bad = line(FIRST, 5.0), line(FIRST, 5.0).replace(",5.0,USD", ",five,USD")
    lost_tags = line(FIRST, 1.0, tags="{not json")
    bills = write_bill(tmp_path / "bill", [good, bad, lost_tags, line(FIRST, 2.0, currency="NULL")])

    with store(tmp_path, bills) as connection:
        [source] = readings.sources(connection)
    assert (source["rows"], source["rejected"], source["unreadable_tags"]) == (2, 2, 1)


def test_a_file_that_is_no_bill_is_refused_and_nothing_is_loaded(tmp_path: Path) -> None:
    bills = write_bill(tmp_path / "bill", [line(FIRST, 5.0)])
    (bills / "zzz.csv").write_text("a,b\n1,2\n")
    connection = open_columns(tmp_path / "costs.duckdb")
    connection.execute(TABLES)

    with pytest.raises(ConfigError, match=r"zzz.csv: no column ChargePeriodStart"):
        load_folder(connection, bills, "now")
    assert connection.execute("SELECT count(*) FROM charge").fetchall() == [(0,)]
    connection.close()


def test_parquet_and_gzipped_csv_of_one_bill_say_the_same(tmp_path: Path) -> None:
    for form in ("csv", "parquet"):
        (tmp_path / form).mkdir()
    name = "focus-microsoft-2027-01.csv.gz"
    shutil.copy(WORLD / "bill" / name, tmp_path / "csv")
    with duckdb.connect() as maker:
        maker.execute(f"COPY (FROM '{tmp_path}/csv/{name}') TO '{tmp_path}/parquet/b.parquet' (FORMAT parquet)")

    answers = []
    for form in ("csv", "parquet"):
        with store(tmp_path / form, tmp_path / form) as connection:
            answers.append(
                connection.execute(
                    'SELECT "start", service, resource, effective, tags FROM charge ORDER BY ALL'
                ).fetchall()
            )

    assert len(answers[0]) > 200
    assert answers[0] == answers[1]


CUR_HEAD = (
    "bill_billing_period_start_date,bill_payer_account_id,line_item_usage_account_id,line_item_usage_start_date,"
    "line_item_line_item_type,line_item_product_code,line_item_unblended_cost,line_item_currency_code,"
    "savings_plan_savings_plan_effective_cost,savings_plan_total_commitment_to_date,savings_plan_used_commitment"
)
CUR = """Usage,AmazonS3,3.5,USD,,,
SavingsPlanCoveredUsage,AmazonEC2,10,USD,7,,
SavingsPlanNegation,AmazonEC2,-10,USD,,,
SavingsPlanRecurringFee,ComputeSavingsPlans,9,USD,,9,7
Credit,AmazonS3,-2,USD,,,
Tax,AmazonS3,1,USD,,,
Refund,AmazonS3,-0.5,USD,,,"""


def test_aws_cost_and_usage_reports_are_converted(tmp_path: Path) -> None:
    (tmp_path / "bill").mkdir()
    rows = [f"2027-01-01T00:00:00Z,payer,acct,2027-01-03T00:00:00Z,{one}" for one in CUR.splitlines()]
    text = "\n".join([CUR_HEAD, *rows]).encode()
    (tmp_path / "bill" / "cur.csv.gz").write_bytes(gzip.compress(text))

    with store(tmp_path, tmp_path / "bill") as connection:
        query = "SELECT category, class, commitment_status, billed, effective FROM charge ORDER BY ALL"
        found = [(*row[:3], float(row[3]), float(row[4])) for row in connection.execute(query).fetchall()]
        [source] = readings.sources(connection)

    assert source["form"] == "AWS CUR 2.0"
    assert sorted(found, key=str) == sorted(
        [
            ("usage", None, None, 3.5, 3.5),
            ("usage", None, "used", 0.0, 7.0),
            ("purchase", None, "unused", 9.0, 2.0),
            ("credit", None, None, -2.0, -2.0),
            ("tax", None, None, 1.0, 1.0),
            ("usage", "correction", None, -0.5, -0.5),
        ],
        key=str,
    )


@pytest.mark.statement("finops", 10)
@pytest.mark.statement("finops", 11)
def test_currencies_stay_apart_and_a_gap_to_an_invoice_is_shown_to_the_cent(tmp_path: Path) -> None:
    bills = write_bill(tmp_path / "bill", [line(FIRST, 10.004), line(FIRST, 10.004), line(FIRST, 30.0, currency="EUR")])
    invoices = (Invoice(billing_account="payer", currency="USD", period="2027-01", total=Decimal("20.02")),)

    with store(tmp_path, bills) as connection:
        totals, months = readings.totals(connection), readings.reconciled(connection, invoices)

    assert {one["currency"]: one["effective"] for one in totals} == {"EUR": 30.0, "USD": 20.01}
    assert {one["currency"]: one["gap"] for one in months} == {"EUR": None, "USD": 0.01}


def test_the_demo_world_is_what_its_generator_makes(tmp_path: Path) -> None:
    from scenarios.finops.fixtures.build import DEMO, make_bill, write_bills

    with duckdb.connect() as maker:
        make_bill(maker, DEMO, fleet=True)
        write_bills(maker, tmp_path)

    made = {path.name: gzip.decompress(path.read_bytes()) for path in tmp_path.iterdir()}
    assert made == {path.name: gzip.decompress(path.read_bytes()) for path in (WORLD / "bill").iterdir()}
    assert HEAD.split(",")[0].encode() in next(iter(made.values()))
