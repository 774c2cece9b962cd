"""What all runs share of a day: looked up at each call, and held to in the transaction that counts it.

    seen    -> decided -> recorded: counted -> looked at once more, nobody else in between -> kept, or taken back

Two runs may see the same last call of a day. Both decide that it is allowed; the one whose record comes second is
decided anew before its record is kept, and `Overtaken` says how. Calls that no rule counts by the day wait for nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from guard.decision import Call, Decision, decide
from guard.rules import Rule
from guard.uses import counted
from guard.warrant import Warrant
from runtime.clock import Clock, stamp
from runtime.uses import DAYS, Today
from tools.tool import Tool

if TYPE_CHECKING:
    from runtime.database import Connection
    from runtime.ledger import Ledger

Within = Callable[["Connection"], None]
"""What takes part in the transaction of a record."""


class Overtaken(Exception):
    """Others have used what was left of a day since the call was decided. `decision` is what holds now."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(decision.reason)


@dataclass(frozen=True)
class Days:
    """One run's share of the day's caps. Safe to use from several threads and processes."""

    ledger: "Ledger"
    run: str
    tenant: str
    rules: Sequence[Rule]
    clock: Clock

    def seen(self, tool: Tool | None) -> Today:
        """What other runs have used today of what caps on this tool count; nothing for a tool that has no such cap."""
        names = self._counted_with(tool) if tool else frozenset()
        if not names:
            return Today()
        from runtime.tally import used_on

        return used_on(self.ledger.engine, stamp(self.clock.now())[:10], names, tenant=self.tenant, without=self.run)

    def holding(self, call: Call, decision: Decision, warrant: Warrant, number: str) -> Within | None:
        """What lets a record of the call be kept only if its decision still holds; None if no cap is about its tool.

        It counts the call, as `number` of its run, if no record has. Raises Overtaken, and the record is not kept.
        """
        names = self._counted_with(warrant.authority.tools[call.tool])
        if not names:
            return None

        def hold(connection: "Connection") -> None:
            from runtime.tally import take

            before = take(connection, self.run, number, call.tool, call.args, names, tenant=self.tenant)
            now = decide(_after(call, before), warrant)
            if (now.verdict, now.rule) not in ((decision.verdict, decision.rule), ("allow", "warrant")):
                raise Overtaken(now)

        return hold

    def _counted_with(self, tool: Tool) -> frozenset[str]:
        """The tools whose uses of a day decide on calls of this one: itself, and those that a sum adds to its own."""
        about = [one for one in self.rules if tool.name in one.tools or tool.effect in one.effects]
        names = [{tool.name} for one in about if one.times and one.times.per in DAYS]
        return frozenset().union(*names, *(one.tools for one in about if one.total and one.total.per in DAYS))


def _after(call: Call, before: Today) -> Call:
    """The call after all others of its day, whoever made them; what it knows of its own run stays."""
    times, sums = counted(call.tool, 0, {}, before)
    in_run = {key: value for key, value in call.sums.items() if key[2] == "run"}
    return replace(call, used_in={**times, "run": call.used_in["run"]}, sums={**sums, **in_run})
