"""The report's table of where the month is going, from the receipt of the analyst's program.

The program may be a fooled model's, so its answer counts only if it has the agreed form and agrees with itself, and the
table says whether it worked on the bill's own figures.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from crews.report.sections import Section
from runtime.records import Record
from tools.costs.labels import shown

_TITLE = "Where the month is going"
_COLUMNS = ("Currency", "Case", "Used so far", "Month's end", "Between, if nothing new begins")
_CENT = 0.005


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _Case(_Model):
    currency: str
    case: str
    spent: float
    month_end: float
    low: float
    high: float

    @property
    def fits(self) -> bool:
        """Whether the bounds hold the estimate, and it does not take back what was used already."""
        return self.spent - _CENT <= self.low <= self.month_end <= self.high


class _Trial(_Model):
    currency: str
    said: float
    was: float


class _Answer(_Model):
    cases: tuple[_Case, ...]
    trial: tuple[_Trial, ...] = ()


def outlook_section(records: Sequence[Record]) -> Section | None:
    """The table; None where no program ran. An answer that is none is said to be so, and shows no number."""
    done = [one.body for one in records if one.kind == "tool.done"]
    ran = next((one for one in reversed(done) if one["tool"] == "run_python"), None)
    if ran is None:
        return None
    try:
        answer = _Answer.model_validate(ran["result"]["result"])
    except ValidationError:
        return Section(_TITLE, _COLUMNS, (), "The analyst's program left no table of cases, so there is none here.")
    if not all(one.fits for one in answer.cases):
        return Section(_TITLE, _COLUMNS, (), "The analyst's program contradicts itself, so its numbers are left out.")
    bill = next((one["result"] for one in done if one["tool"] == "daily_costs"), None)
    return Section(_TITLE, _COLUMNS, tuple(_row(one) for one in answer.cases), _note(ran, answer, bill))


def _row(case: _Case) -> tuple[str, ...]:
    likely = f"{case.low:,.0f} and {case.high:,.0f}"
    return shown(case.currency), shown(case.case), f"{case.spent:,.2f}", f"{case.month_end:,.2f}", likely


def _note(ran: dict[str, Any], answer: _Answer, bill: Any) -> str:
    lines = len(str(ran["args"].get("program", "")).splitlines())
    where = f"a program of {lines} lines that the analyst wrote, run in the sandbox ({ran['result']['tier']})"
    tried = " and ".join(
        f"{100 * (one.said - one.was) / one.was:+.1f} % in {shown(one.currency)}" for one in answer.trial if one.was
    )
    return (
        f"EffectiveCost of usage until the month ends, worked out by {where}. "
        + ("" if _same_figures(ran, bill) else "It was not given the bill's own figures: do not rely on it. ")
        + (f"On the same day of last month it would have been off by {tried}." if tried else "It was not tried before.")
    )


def _same_figures(ran: dict[str, Any], bill: Any) -> bool:
    try:
        return bill is not None and json.loads(str(ran["args"].get("given")))["days"] == bill
    except (ValueError, KeyError, TypeError):
        return False
