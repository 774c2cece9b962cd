"""The one table that all bills are loaded into, and how a column of any bill is read into it.

The columns follow FOCUS 1.0 to 1.3, the FinOps Open Cost and Usage Specification (focus.finops.org). Money is exact,
with twelve digits behind the point, and is never added across currencies.
"""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["text", "word", "money", "time", "tags"]

MONEY = "DECIMAL(38, 12)"

KINDS: dict[str, Kind] = {
    "start": "time",
    "finish": "time",
    "period": "time",
    "billing_account": "text",
    "account": "text",
    "account_name": "text",
    "provider": "text",
    "service": "text",
    "region": "text",
    "sku": "text",
    "resource": "text",
    "resource_name": "text",
    "category": "word",
    "class": "word",
    "frequency": "word",
    "description": "text",
    "billed": "money",
    "effective": "money",
    "list": "money",
    "currency": "text",
    "commitment": "text",
    "commitment_name": "text",
    "commitment_status": "word",
    "tags": "tags",
    "invoice": "text",
}
"""Every column of `charge`. A `word` is lower case: providers spell `Usage-Based` in several ways."""

_TYPES = {"text": "VARCHAR", "word": "VARCHAR", "money": MONEY, "time": "TIMESTAMP", "tags": "VARCHAR"}

TABLES = f"""
CREATE TABLE IF NOT EXISTS charge ({", ".join(f'"{name}" {_TYPES[kind]}' for name, kind in KINDS.items())});
CREATE TABLE IF NOT EXISTS source (name VARCHAR, digest VARCHAR PRIMARY KEY, form VARCHAR, accepted BIGINT,
    rejected BIGINT, unreadable_tags BIGINT, loaded VARCHAR);
CREATE TABLE IF NOT EXISTS part (digest VARCHAR, provider VARCHAR, billing_account VARCHAR, period TIMESTAMP);
CREATE TABLE IF NOT EXISTS restated (day DATE, currency VARCHAR, before {MONEY}, after {MONEY}, loaded VARCHAR);
"""

USAGE = """category = 'usage' AND coalesce(class, '') <> 'correction'
    AND coalesce(commitment_status, '') <> 'unused' AND coalesce(frequency, 'usage-based') = 'usage-based'"""
"""What a trend and an anomaly look at: used as it went, no refund, no commitment that nobody used, no monthly fee."""

DAILY = f"""
CREATE OR REPLACE TABLE day_cost AS
SELECT CAST("start" AS DATE) AS day, currency, coalesce(account, billing_account, '') AS account,
    coalesce(service, '') AS service, coalesce(region, '') AS region, coalesce(resource, '') AS resource,
    sum(effective) AS cost
FROM charge WHERE {USAGE} GROUP BY ALL
"""


def read_as(kind: Kind, column: str, stored: str) -> str:
    """SQL that reads `column`, which the file holds as type `stored`, as that kind; NULL where it cannot be read."""
    if kind == "money":
        return _number(column, stored)
    if kind == "time":
        return f"TRY_CAST({_utc(column, stored)} AS TIMESTAMP)"
    if kind == "tags":
        text = _text(column, stored) if stored == "VARCHAR" else f"CAST(to_json({column}) AS VARCHAR)"
        return f"CASE WHEN json_valid({text}) THEN nullif({text}, '{{}}') END"
    text = _text(column, stored)
    return f"lower({text})" if kind == "word" else text


def given(column: str, stored: str) -> str:
    """SQL that is true where the file says something in that column."""
    return f"{_text(column, stored)} IS NOT NULL" if stored == "VARCHAR" else f"{column} IS NOT NULL"


def known(columns: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    """The file's columns by their names in lower case: how to quote each, and its type."""
    return {name.casefold(): (_quoted(name), stored) for name, stored in columns.items()}


def _number(column: str, stored: str) -> str:
    return f"TRY_CAST({_text(column, stored) if stored == 'VARCHAR' else column} AS {MONEY})"


def _utc(column: str, stored: str) -> str:
    if "WITH TIME ZONE" in stored:
        return f"({column} AT TIME ZONE 'UTC')"
    return _text(column, stored) if stored == "VARCHAR" else column


def _text(column: str, stored: str) -> str:
    text = f"trim({column})" if stored == "VARCHAR" else f"CAST({column} AS VARCHAR)"
    return f"CASE WHEN {text} NOT IN ('', 'NULL', 'null', 'None') THEN {text} END" if stored == "VARCHAR" else text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
