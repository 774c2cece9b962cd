"""The forms of bill that are known: FOCUS 1.0 to 1.3, and AWS CUR 2.0, which is converted.

The AWS columns and what each kind of line costs follow the user guide of AWS Data Exports ("Line item details",
"Savings Plans", "Reservation"): amortised cost is what FOCUS calls EffectiveCost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runtime.errors import ConfigError
from runtime.problems import joined
from tools.costs.charges import KINDS, given, read_as

Columns = Mapping[str, tuple[str, str]]

_FOCUS: dict[str, tuple[str, ...]] = {
    "start": ("ChargePeriodStart",),
    "finish": ("ChargePeriodEnd",),
    "period": ("BillingPeriodStart",),
    "billing_account": ("BillingAccountId",),
    "account": ("SubAccountId",),
    "account_name": ("SubAccountName",),
    "provider": ("ServiceProviderName", "ProviderName"),
    "service": ("ServiceName",),
    "region": ("RegionId", "Region"),
    "sku": ("SkuId",),
    "resource": ("ResourceId",),
    "resource_name": ("ResourceName",),
    "category": ("ChargeCategory",),
    "class": ("ChargeClass",),
    "frequency": ("ChargeFrequency",),
    "description": ("ChargeDescription",),
    "billed": ("BilledCost",),
    "effective": ("EffectiveCost",),
    "list": ("ListCost",),
    "currency": ("BillingCurrency",),
    "commitment": ("CommitmentDiscountId",),
    "commitment_name": ("CommitmentDiscountName",),
    "commitment_status": ("CommitmentDiscountStatus",),
    "tags": ("Tags",),
    "invoice": ("InvoiceId",),
}
_NEEDED = ("start", "period", "category", "billed", "effective", "currency")

_CUR: dict[str, tuple[str, ...]] = {
    "start": ("line_item_usage_start_date",),
    "finish": ("line_item_usage_end_date",),
    "period": ("bill_billing_period_start_date",),
    "billing_account": ("bill_payer_account_id",),
    "account": ("line_item_usage_account_id",),
    "account_name": ("line_item_usage_account_name",),
    "service": ("product_product_name", "line_item_product_code"),
    "region": ("product_region_code", "product_region"),
    "sku": ("product_sku",),
    "resource": ("line_item_resource_id",),
    "description": ("line_item_line_item_description",),
    "list": ("pricing_public_on_demand_cost",),
    "currency": ("line_item_currency_code",),
    "commitment": ("savings_plan_savings_plan_a_r_n", "reservation_reservation_a_r_n"),
    "tags": ("resource_tags",),
    "invoice": ("bill_invoice_id",),
}
_LINE = "line_item_line_item_type"
_UNBLENDED = "line_item_unblended_cost"


@dataclass(frozen=True)
class Form:
    """How one kind of bill is read: SQL for each column of `charge`, and for lines that are left out."""

    name: str
    select: Mapping[str, str]
    keep: str = "true"
    unreadable_tags: str = "false"


def form_of(file: str, columns: Columns) -> Form:
    """The form of a bill with these columns. Raises ConfigError that names what is missing."""
    if _LINE in columns:
        return _cur(file, columns)
    select = {name: _first(name, names, columns) for name, names in _FOCUS.items()}
    missing = [_FOCUS[name][0] for name in _NEEDED if select[name] == "NULL"]
    if missing:
        remedy = "give a FOCUS export (1.0 to 1.3) or AWS CUR 2.0, as CSV or Parquet"
        raise ConfigError(f"{file}: no column {joined(missing)}", remedy=remedy)
    version = "1.3" if "serviceprovidername" in columns else "1.2" if "invoiceid" in columns else "1.0"
    tags = columns.get("tags")
    unreadable = f"{given(*tags)} AND ({select['tags']}) IS NULL AND trim({tags[0]}) <> '{{}}'" if tags else "false"
    return Form(f"FOCUS {version}", select, unreadable_tags=unreadable if tags and tags[1] == "VARCHAR" else "false")


def _cur(file: str, columns: Columns) -> Form:
    missing = [name for name in (_UNBLENDED, "bill_billing_period_start_date") if name not in columns]
    if missing:
        raise ConfigError(f"{file}: no column {joined(missing)}", remedy="export CUR 2.0 with its default columns")
    money = _amounts(columns)
    unblended, line = money(_UNBLENDED), columns[_LINE][0]
    select = {name: _first(name, _CUR.get(name, ()), columns) for name in KINDS}
    select |= {
        "provider": "'AWS'",
        "billed": f"CASE {line} WHEN 'SavingsPlanCoveredUsage' THEN 0 ELSE {unblended} END",
        "effective": _effective(line, unblended, money),
        "category": f"""CASE WHEN {line} = 'Tax' THEN 'tax' WHEN {line} = 'Credit' THEN 'credit'
            WHEN {line} IN ('Fee', 'RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanUpfrontFee') THEN 'purchase'
            ELSE 'usage' END""",
        "class": f"CASE WHEN {line} = 'Refund' THEN 'correction' END",
        "frequency": f"""CASE WHEN {line} IN ('RIFee', 'SavingsPlanRecurringFee') THEN 'recurring'
            WHEN {line} IN ('Fee', 'SavingsPlanUpfrontFee') THEN 'one-time' ELSE 'usage-based' END""",
        "commitment_status": f"""CASE WHEN {line} IN ('DiscountedUsage', 'SavingsPlanCoveredUsage') THEN 'used'
            WHEN {line} IN ('RIFee', 'SavingsPlanRecurringFee') THEN 'unused' END""",
    }
    return Form("AWS CUR 2.0", select, keep=f"{line} <> 'SavingsPlanNegation'")


def _effective(line: str, unblended: str, money: Callable[[str], str]) -> str:
    """Amortised cost by kind of line; of a recurring fee, the part that nothing used."""
    return f"""CASE {line}
        WHEN 'DiscountedUsage' THEN {money("reservation_effective_cost")}
        WHEN 'SavingsPlanCoveredUsage' THEN {money("savings_plan_savings_plan_effective_cost")}
        WHEN 'SavingsPlanRecurringFee' THEN {money("savings_plan_total_commitment_to_date")}
            - {money("savings_plan_used_commitment")}
        WHEN 'RIFee' THEN {money("reservation_unused_amortized_upfront_fee_for_billing_period")}
            + {money("reservation_unused_recurring_fee")}
        WHEN 'Fee' THEN 0 WHEN 'SavingsPlanUpfrontFee' THEN 0 ELSE {unblended} END"""


def _amounts(columns: Columns) -> Callable[[str], str]:
    def amount(name: str) -> str:
        return f"coalesce({read_as('money', *columns[name])}, 0)" if name in columns else "0"

    return amount


def _first(name: str, names: tuple[str, ...], columns: Columns) -> str:
    """SQL for the first of the named columns that says something."""
    there = [columns[one.casefold()] for one in names if one.casefold() in columns]
    read = [read_as(KINDS[name], column, stored) for column, stored in there]
    return f"coalesce({', '.join(read)})" if len(read) > 1 else read[0] if read else "NULL"
