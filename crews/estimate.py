"""What a run will cost, as far as anybody can know before: what earlier runs of its kind cost, and where it stops."""

from collections.abc import Iterator, Mapping
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING, Any

from crews.report.figures import many, money
from crews.report.reading import read_run
from crews.report.spent import Spent

if TYPE_CHECKING:
    from runtime.ledger import Ledger

_LOOKED_AT = 200
_ENOUGH = 5


def estimated(ledger: "Ledger", start: Mapping[str, Any]) -> str:
    """The cost of a run in a few words. `start` is what its first record says of it."""
    if start["mode"] == "playbook":
        return "nothing: the playbook answers, no language model"
    cap = f"at most {money(start['budget']['usd'])}, where it stops"
    before = list(islice(_before(ledger, start), _ENOUGH))
    if not before:
        return f"{cap}; no earlier run tells more"
    usual = money(median(one.usd for one in before), sum(one.unpriced for one in before))
    answers = many(round(median(one.model_calls for one in before)), "model call")
    runs = f"{many(len(before), 'earlier run')}{' in the middle' if len(before) > 1 else ''}"
    return f"about {usual} for {answers}, as {runs}; {cap}"


def _before(ledger: "Ledger", start: Mapping[str, Any]) -> Iterator[Spent]:
    """What earlier runs of the same scenario used that the same models answered, the newest first."""
    for head in ledger.runs(_LOOKED_AT, state="done") if start["scenario"] else ():
        if head.scenario == start["scenario"]:
            began = ledger.first(head.run).body
            if began["models"] == start["models"] and began["mode"] == start["mode"]:
                yield read_run(ledger.records(head.run)).total
