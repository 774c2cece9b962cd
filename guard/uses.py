"""What a run has used of its grants: how many calls, and how many different effects.

A grant counts what changes, not how often a model tries. Of a tool that writes and says what makes two calls the same
effect (`identity`), a step is granted so many different effects: to write the same one again, as a correction, uses up
nothing. So nobody can use up the grant of others by writing one thing over and over. Reads, and what leaves the house
(`send`, `spend`, `execute`), are counted call by call; a mail or an order that its tool refused did not leave.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from runtime.canonical import digest, plain
from runtime.uses import DAYS, Today, amounts
from tools.tool import Tool

Counts = Mapping[str, int]
Sums = Mapping[tuple[str, str, str], float]
"""What an argument came to, by tool, argument and `run`, `day` or `tenant_day`."""


def effect_of(tool: Tool | None, args: Mapping[str, Any]) -> str:
    """What tells one effect of the tool from another, as a digest; empty for a tool that is counted call by call."""
    if tool is None or tool.effect != "write" or not tool.identity:
        return ""
    return digest([tool.name, {name: plain(args.get(name)) for name in tool.identity}])


def left_nothing(tool: Tool, *, refused: bool) -> bool:
    """Whether a call that the tool did not do, or `refused`, uses up nothing: what would have been written is not."""
    return bool(tool.effect == "write" and tool.identity) or (refused and tool.effect in ("send", "spend"))


class Uses:
    """One run's uses, by step and tool. The caller keeps other threads away."""

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, str]] = Counter()
        self._effects: dict[tuple[str, str], Counter[str]] = {}
        self._sums: dict[tuple[str, str], float] = {}

    def add(self, step: str, tool: str, effect: str, args: Mapping[str, Any], *, times: int = 1) -> None:
        """Count a call that was not denied; with `times=-1`, count one no more that was not made in the end."""
        self._calls[step, tool] += times
        self._effects.setdefault((step, tool), Counter())[effect] += times
        for name, amount in amounts(args).items():
            self._sums[tool, name] = self._sums.get((tool, name), 0.0) + amount * times

    def of_grant(self, step: str, tool: str, effect: str) -> int:
        """How much of the step's grant is used up for a call with that effect: other effects, or all calls before."""
        if not effect:
            return self._calls[step, tool]
        known = self._effects.get((step, tool), Counter())
        return sum(1 for one, times in known.items() if times > 0 and one != effect)

    def in_run(self, tool: str) -> int:
        """How many calls of the tool the whole run has made."""
        return sum(times for (_, used), times in self._calls.items() if used == tool)

    def sums_without(self, tool: str, args: Mapping[str, Any]) -> Mapping[tuple[str, str], float]:
        """What each argument of each tool came to in the whole run, less that of one call."""
        return self._sums | {
            (tool, name): self._sums.get((tool, name), 0.0) - one for name, one in amounts(args).items()
        }


def counted(tool: str, own: int, sums: Mapping[tuple[str, str], float], today: Today) -> tuple[Counts, Sums]:
    """How often the tool was used, and what the arguments of all tools came to, per `run`, `day` and `tenant_day`.

    `own` and `sums` are this run's, `today` what the other runs of the day have used.
    """
    times: dict[str, int] = {"run": own}
    times |= {per: own + today.times(tool, per) for per in DAYS}
    names = {*sums, *today.named()}
    totals: dict[tuple[str, str, str], float] = {(*name, "run"): sums.get(name, 0.0) for name in names}
    totals |= {(*name, per): sums.get(name, 0.0) + today.total(*name, per) for name in names for per in DAYS}
    return times, totals
