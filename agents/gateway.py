"""The gateway: the only way from a role to a model.

    check -> journal -> for each model of the tier: [budget held -> asked -> recorded -> budget settled], with retries

Each attempt is one record: `model.called` if it answered, `model.failed` if it did not.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential, wait_random

from agents.chat import Model, ModelError, OnText, Reply, Request, ToolCall, Usage
from agents.models import Price
from agents.tokens import request_tokens_at_most
from guard.budget import Budget
from runtime.canonical import digest, plain
from runtime.drift import drift_from
from runtime.errors import BudgetExceeded, ModelFailure, ReplayDiverged, RunStopped
from runtime.journal import Journal, Key

if TYPE_CHECKING:
    from runtime.ledger import Ledger

ATTEMPTS = 3
PATIENCE = 60.0
"""Seconds that one model is given for all its attempts and the waits between them, before the next model is asked."""

LONGEST_ANSWER = 8_192
"""Tokens of completion that money is held for, where a model does not say by an attribute `longest`."""

_BACK_OFF = wait_exponential(multiplier=0.5, max=8) + wait_random(0, 0.5)


@dataclass
class _Exchange:
    """One `ask` under way. `shown`: a piece of an answer has reached `on_text`."""

    request: Request
    said: dict[str, Any]
    record: dict[str, Any]
    shown: bool = False


class Gateway:
    """One role's way to its models, in order of fallback. Safe to use from several threads."""

    def __init__(
        self,
        models: Sequence[Model],
        *,
        ledger: "Ledger",
        run: str,
        role: str,
        budget: Budget,
        step: Callable[[], str],
        prices: Callable[[str], Price | None],
        check: Callable[[], None] = lambda: None,
        journal: Journal | None = None,
        sleep: Callable[[float], None] = time.sleep,
        on_text: OnText | None = None,
    ) -> None:
        """`check` raises RunStopped once the run has to end; `prices` is asked by a model's name."""
        self._models = models
        self._ledger = ledger
        self._run = run
        self._role = role
        self._budget = budget
        self._step = step
        self._prices = prices
        self._check = check
        self._journal = journal or Journal()
        self._sleep = sleep
        self._on_text = on_text
        self._seen: Counter[tuple[str, str]] = Counter()
        self._drifted: set[str] = set()
        self._lock = threading.Lock()

    def ask(self, request: Request) -> Reply:
        """The first usable answer. Raises RunStopped if there is none, the budget is used up, or the run has to end.

        Text is streamed to `on_text` until an attempt breaks off; what comes after that is only returned.
        """
        self._check()
        exchange = self._exchange(request)
        known = self._journal.reply(Key.of(exchange.record))
        if known is not None:
            return _recorded(known)
        self._check_drift(exchange)
        failures: list[tuple[str, int, ModelError]] = []
        for model in self._models:
            retrying = self._retrying()
            try:
                return retrying(self._attempt, model, exchange)
            except ModelError as error:
                failures.append((model.name, retrying.statistics["attempt_number"], error))
            except BudgetExceeded as error:
                raise RunStopped(error) from error
        raise RunStopped(_no_answer(failures)) from (failures[-1][2] if failures else None)

    def _exchange(self, request: Request) -> _Exchange:
        said = {
            "messages": list(request.messages),
            "tools": list(request.tools),
            "schema": request.schema,
            "schema_name": request.schema_name,
        }
        step, fingerprint = self._step(), digest(said)
        with self._lock:
            self._seen[step, fingerprint] += 1
            nth = self._seen[step, fingerprint]
        record = {"step": step, "role": self._role, "key": {"hash": fingerprint, "nth": nth}}
        return _Exchange(request, said, record)

    def _check_drift(self, exchange: _Exchange) -> None:
        """Stop a run that was carried on if its records hold another request here, unless a person accepts that."""
        step = exchange.record["step"]
        expected = self._journal.expected(step, self._role)
        if not expected or step in self._drifted:
            return
        drift = drift_from([one["request"] for one in expected], plain(exchange.said))
        accepted = self._journal.accept_drift
        body = {"step": step, "role": self._role, "where": drift.where, "diff": list(drift.lines), "accepted": accepted}
        self._ledger.append(self._run, "replay.diverged", body)
        if not accepted:
            place = f"in step '{step}', role '{self._role}'" if step else f"role '{self._role}'"
            problem = f"{place} asks something else than the run has recorded: {drift}"
            remedy = f"undo the change, or go on from here with 'deputy resume {self._run} --accept-drift'"
            raise RunStopped(ReplayDiverged(problem, remedy=remedy))
        self._drifted.add(step)

    def _retrying(self) -> Retrying:
        return Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, ModelError) and error.again),
            stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(PATIENCE),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )

    def _attempt(self, model: Model, exchange: _Exchange) -> Reply:
        self._check()
        price = self._prices(model.name)
        most = Usage(request_tokens_at_most(exchange.request), _longest(model))
        held = self._budget.reserve(usd=_usd(price, most), tokens=most.prompt + most.completion)
        began = time.perf_counter()
        try:
            reply = model.reply(exchange.request, self._shown_by(exchange))
        except ModelError as error:
            used = error.usage.prompt + error.usage.completion if error.usage else 0
            self._budget.release(held, usd=_usd(price, error.usage), tokens=used)
            self._record_failure(model, exchange, error, price)
            raise
        except BaseException:
            self._budget.release(held)
            raise
        used = reply.usage.prompt + reply.usage.completion
        self._budget.settle(held, usd=_usd(price, reply.usage), tokens=used)
        self._record_answer(model, exchange, reply, price, round((time.perf_counter() - began) * 1000))
        return reply

    def _shown_by(self, exchange: _Exchange) -> OnText | None:
        on_text = self._on_text
        if on_text is None or exchange.shown:
            return None

        def show(text: str) -> None:
            exchange.shown = True
            on_text(text)

        return show

    def _record_answer(self, model: Model, exchange: _Exchange, reply: Reply, price: Price | None, ms: int) -> None:
        body = {
            "model": model.name,
            "request": exchange.said,
            "reply": {"text": reply.text, "calls": [vars(call) for call in reply.calls]},
            "usage": vars(reply.usage),
            "usd": price.usd(reply.usage) if price else None,
            "ms": ms,
            "spent": self._spent(),
        }
        self._ledger.append(self._run, "model.called", exchange.record | body)

    def _record_failure(self, model: Model, exchange: _Exchange, error: ModelError, price: Price | None) -> None:
        body: dict[str, Any] = {"model": model.name, "error": error.problem, "again": error.again}
        body["spent"] = self._spent()
        if error.usage is not None:
            body |= {"usage": vars(error.usage), "usd": _usd(price, error.usage)}
        self._ledger.append(self._run, "model.failed", exchange.record | body)

    def _spent(self) -> dict[str, Any]:
        """What the run has used by now, with what is under way."""
        spent = self._budget.spent()
        return {"model_calls": spent.model_calls, "tool_calls": spent.tool_calls, "usd": spent.usd}


def _recorded(body: dict[str, Any]) -> Reply:
    """The reply that a record keeps, as it was given."""
    calls = tuple(ToolCall(**one) for one in body["reply"]["calls"])
    return Reply(body["model"], body["reply"]["text"], calls, Usage(**body["usage"]))


def _usd(price: Price | None, usage: Usage | None) -> float:
    return price.usd(usage) if price and usage else 0.0


def _longest(model: Model) -> int:
    return int(getattr(model, "longest", LONGEST_ANSWER))


def _wait(state: RetryCallState) -> float:
    """Back-off that doubles, with jitter; never less than what the server asked for."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, ModelError) and error.after else 0.0
    return max(asked, _BACK_OFF(state))


def _no_answer(failures: Sequence[tuple[str, int, ModelError]]) -> ModelFailure:
    tried = [
        f"  {name}{f' ({times} attempts)' if times > 1 else ''}: {error.problem}" for name, times, error in failures
    ]
    remedies = dict.fromkeys(error.remedy for _, _, error in failures if error.remedy)
    return ModelFailure("\n".join(["no model gave a usable answer", *tried]), remedy="; or ".join(remedies))
