"""The budget: what a run may use of model calls, tool calls, tokens, money and time, held before it is spent.

held = budget.reserve(usd=worst, tokens=most)   # raises BudgetExceeded, or waits while calls under way hold what misses
budget.settle(held, usd=paid, tokens=used)      # the call happened: it counts, with what it really cost
budget.release(held, usd=paid)                  # it failed: it does not count, only what it cost nevertheless

What runs share, a principal's, a tenant's and the day's money, is held and settled in a purse along with it (see
runtime.reservations).
"""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime.clock import Clock
from runtime.errors import BudgetExceeded

if TYPE_CHECKING:
    from runtime.reservations import Hold, Purse

_WHERE = "'budget' in config/policies.yaml"
_DUST = 1e-9  # what sums of floats may be off by


@dataclass(frozen=True)
class Spent:
    """What a run has used so far, calls under way included in `model_calls`. Money in US dollars."""

    model_calls: int
    tool_calls: int
    usd: float
    minutes: float
    tokens: int = 0


@dataclass(frozen=True, eq=False)
class Held:
    """One model call's share of the budget, until it is settled or released. Two are never the same."""

    usd: float
    tokens: int


class Budget:
    """One run's limits and what is used of them. Safe to use from several threads; time counts from when it is made."""

    def __init__(
        self,
        model_calls: int,
        tool_calls: int,
        usd: float,
        minutes: float,
        clock: Clock,
        *,
        tokens: int | None = None,
    ) -> None:
        self._token_limit = tokens
        self._tokens = 0
        self._model_limit = model_calls
        self._tool_limit = tool_calls
        self._usd_limit = usd
        self._minutes_limit = minutes
        self._clock = clock
        self._began = clock.now()
        self._model_calls = 0
        self._tool_calls = 0
        self._usd = 0.0
        self._held: dict[Held, Hold | None] = {}
        self.purse: Purse | None = None
        self._changed = threading.Condition()

    @property
    def limits(self) -> dict[str, float]:
        """What the run may use at most, as it is recorded."""
        return {
            "model_calls": self._model_limit,
            "tool_calls": self._tool_limit,
            "usd": self._usd_limit,
            "minutes": self._minutes_limit,
        } | ({} if self._token_limit is None else {"tokens": self._token_limit})

    def carry_over(self, *, model_calls: int, tool_calls: int, usd: float, tokens: int = 0) -> None:
        """Count what the run used before it was carried on."""
        with self._changed:
            self._tokens += tokens
            self._model_calls += model_calls
            self._tool_calls += tool_calls
            self._usd += usd

    def raise_to(self, usd: float | None) -> None:
        """Let the run cost that much in place of its limit, if a person says so."""
        if usd is not None:
            with self._changed:
                self._usd_limit = usd

    def reserve(self, *, usd: float = 0.0, tokens: int = 0) -> Held:
        """Hold one model call and at most `usd` and `tokens` for it. Raises BudgetExceeded if it could go over a limit.

        What other calls only hold is waited for: most calls cost far less than their worst case.
        """
        with self._changed:
            while True:
                self._check_time()
                self._check_count("model_calls", "model calls", self._model_calls, self._model_limit)
                if self._covers(self._usd + usd, self._tokens + tokens, held=True):
                    break
                if not self._covers(self._usd + usd, self._tokens + tokens):
                    raise self._too_dear(usd, tokens)
                self._changed.wait()
            held = Held(usd, tokens)
            self._held[held] = None
            self._model_calls += 1
        if self.purse and usd > 0:
            try:
                self._held[held] = self.purse.hold(usd)
            except BaseException:
                self._close(held, 0.0, 0, given_back=1)
                raise
        return held

    def settle(self, held: Held, *, usd: float, tokens: int = 0) -> None:
        """Put what the call really cost in place of what was held."""
        self._close(held, usd, tokens)

    def release(self, held: Held, *, usd: float = 0.0, tokens: int = 0) -> None:
        """Give back a call that gave no answer; `usd` and `tokens` are what it cost all the same."""
        self._close(held, usd, tokens, given_back=1)

    def use_tool(self) -> None:
        """Count one tool call. Raises BudgetExceeded if none is left."""
        with self._changed:
            self._check_time()
            self._check_count("tool_calls", "tool calls", self._tool_calls, self._tool_limit)
            self._tool_calls += 1

    def give_back_tool(self) -> None:
        """Count one tool call no more: it was not made."""
        with self._changed:
            self._tool_calls -= 1

    def spent(self) -> Spent:
        """What is used at this moment."""
        with self._changed:
            return Spent(self._model_calls, self._tool_calls, self._usd, self._minutes(), self._tokens)

    def seconds_left(self) -> float:
        """How long the run may go on, in seconds; negative if its time is over."""
        return (self._minutes_limit - self._minutes()) * 60

    def _close(self, held: Held, usd: float, tokens: int, given_back: int = 0) -> None:
        with self._changed:
            shared = self._held.pop(held)
            self._tokens += tokens
            self._usd += usd
            self._model_calls -= given_back
            self._changed.notify_all()
        if self.purse and shared:
            self.purse.settle(shared, usd)

    def _covers(self, usd: float, tokens: int, *, held: bool = False) -> bool:
        """Whether the limits allow that much; with `held`, beside what calls under way hold."""
        if held:
            usd, tokens = usd + sum(one.usd for one in self._held), tokens + sum(one.tokens for one in self._held)
        return usd <= self._usd_limit + _DUST and (self._token_limit is None or tokens <= self._token_limit)

    def _minutes(self) -> float:
        return (self._clock.now() - self._began).total_seconds() / 60

    def _check_time(self) -> None:
        used = self._minutes()
        if used >= self._minutes_limit:
            problem = f"the run's time is used up: {used:.1f} of {self._minutes_limit:g} minutes"
            raise BudgetExceeded(problem, remedy=f"raise 'minutes' under {_WHERE}, or ask for less")

    def _check_count(self, limit: str, things: str, used: int, allowed: int) -> None:
        if used >= allowed:
            problem = f"the run's {things} are used up: {used} of {allowed}"
            raise BudgetExceeded(problem, remedy=f"raise '{limit}' under {_WHERE}, or ask for less")

    def _too_dear(self, usd: float, tokens: int) -> BudgetExceeded:
        if self._token_limit is not None and self._tokens + tokens > self._token_limit:
            problem = (
                f"the run's tokens do not cover the next model call: {self._tokens} of {self._token_limit} are used"
            )
            return BudgetExceeded(
                f"{problem}, and the call may take up to {tokens}", remedy=f"raise 'tokens' under {_WHERE}"
            )
        return BudgetExceeded(
            f"the run's money does not cover the next model call: {_dollars(self._usd)} of {_dollars(self._usd_limit)} "
            f"are used, and the call may cost up to {_dollars(usd)}",
            remedy=f"raise 'usd' under {_WHERE}, or let a cheaper model answer (config/models.yaml)",
        )


def _dollars(usd: float) -> str:
    """`usd` in cents, or with as many decimals as a small amount needs."""
    return f"${usd:.2f}" if usd == 0 or usd >= 0.1 else f"${usd:.6f}".rstrip("0").rstrip(".")
