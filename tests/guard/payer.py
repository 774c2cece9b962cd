"""A process of many runs that pay: `python -m tests.guard.payer URL NAME RUNS`, each run three times, 20 dollars each.

Prints how often its tool was really called.
"""

import sys
import threading
from typing import Any, cast

from guard.budget import Budget
from guard.current import within
from guard.days import Days
from guard.gate import Gate
from guard.rules import Rule
from guard.warrant import Authority, accept
from runtime.clock import SystemClock
from runtime.database import open_database
from runtime.ledger import Ledger
from tests.guard.worlds import a_plan, a_step, a_tool
from tools.tool import Tool
from tools.world import World

CALLS = 3
AMOUNT = 20
KEY = b"k" * 32
ANY_RULE: dict[str, Any] = {"id": "house.cap", "verdict": "deny", "reason": "enough for a day", "tools": ["pay"]}
TIMES = {"times": {"per": "day", "at_most": 7}}
TOTAL = {"total": {"argument": "times", "per": "tenant_day", "at_most": 5 * AMOUNT}}


class Till:
    """A ledger, and gates before one tool that pays, one gate for each run of a tenant."""

    def __init__(self, url: str, *rules: dict[str, Any]) -> None:
        self.ledger = Ledger(open_database(url), KEY)
        self.rules = tuple(Rule.model_validate(ANY_RULE | one) for one in rules)
        self.paid: list[int] = []

    def gate(self, run: str, days: type[Days] = Days, tenant: str = "acme", **more: Any) -> Gate:
        """The gate of a run, which begins if it has not yet."""
        if not self.ledger.records(run):
            self.ledger.append(run, "run.started", {"goal": "pay", "principal": "ana", "tenant": tenant})
        authority = Authority({"pay": self.tool()}, {"clerk": frozenset({"pay"})}, rules=self.rules)
        warrant = accept(a_plan(a_step("pay", "clerk", pay=99)), authority)
        budget = Budget(model_calls=1, tool_calls=999, usd=1, minutes=9, clock=SystemClock())
        share = days(self.ledger, run, tenant, self.rules, SystemClock())
        return Gate(run, self.ledger, warrant, cast(World, None), budget, days=share, **more)

    def tool(self) -> Tool:
        """What pays `times` dollars."""

        def pay(what: str, times: int, world: Any) -> dict[str, int]:
            self.paid.append(times)
            return {"paid": times}

        return a_tool("pay", "spend", pay)


def pay(gate: Gate, what: str, times: int = AMOUNT) -> str:
    """What the model is told of a payment."""
    with within("pay"):
        return gate.call("clerk", "pay", {"what": what, "times": times}).text


def main(url: str, name: str, runs: int, cap: str) -> int:
    """How many payments all runs of this process have made."""
    till = Till(url, TIMES if cap == "times" else TOTAL)
    gates = [till.gate(f"{name}-{number}") for number in range(runs)]
    together = threading.Barrier(runs)

    def run(gate: Gate) -> None:
        together.wait()
        for number in range(CALLS):
            pay(gate, f"invoice {number}")

    threads = [threading.Thread(target=run, args=(gate,)) for gate in gates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    till.ledger.close()
    return len(till.paid)


if __name__ == "__main__":
    sys.stdout.write(str(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])))
