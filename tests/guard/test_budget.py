import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.budget import Budget, Spent
from runtime.errors import BudgetExceeded


@dataclass
class Watch:
    at: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def budget(
    model_calls: int = 9, tool_calls: int = 9, usd: float = 1.0, minutes: float = 30, clock: Watch | None = None
) -> Budget:
    return Budget(model_calls, tool_calls, usd, minutes, clock or Watch())


def test_a_settled_call_counts_with_what_it_really_cost() -> None:
    ours = budget()
    ours.settle(ours.reserve(usd=0.5), usd=0.02)

    assert ours.spent() == Spent(model_calls=1, tool_calls=0, usd=0.02, minutes=0)


def test_a_released_call_does_not_count_but_what_it_cost_does() -> None:
    ours = budget(model_calls=1)
    ours.release(ours.reserve(usd=0.5), usd=0.01)
    assert ours.spent() == Spent(0, 0, 0.01, 0)

    ours.settle(ours.reserve(usd=0.5), usd=0.0)
    assert ours.spent().model_calls == 1


def test_the_call_after_the_last_one_is_refused_by_name_and_number() -> None:
    ours = budget(model_calls=2)
    for _ in range(2):
        ours.settle(ours.reserve(), usd=0.0)

    with pytest.raises(BudgetExceeded) as caught:
        ours.reserve()

    assert caught.value.problem == "the run's model calls are used up: 2 of 2"
    assert caught.value.remedy == "raise 'model_calls' under 'budget' in config/policies.yaml, or ask for less"
    assert ours.spent().model_calls == 2


def test_a_call_under_way_counts_already() -> None:
    ours = budget(model_calls=1)
    ours.reserve()

    with pytest.raises(BudgetExceeded):
        ours.reserve()


def test_tool_calls_have_a_limit_of_their_own() -> None:
    ours = budget(tool_calls=1)
    ours.use_tool()

    with pytest.raises(BudgetExceeded, match="the run's tool calls are used up: 1 of 1"):
        ours.use_tool()
    assert ours.spent().tool_calls == 1


def test_a_call_that_might_cost_more_than_is_left_is_refused_before_it_is_made() -> None:
    ours = budget(usd=0.5)
    ours.settle(ours.reserve(usd=0.3), usd=0.3)

    with pytest.raises(BudgetExceeded) as caught:
        ours.reserve(usd=0.205)

    assert "$0.30 of $0.50 are used, and the call may cost up to $0.20" in caught.value.problem
    assert "'usd'" in caught.value.remedy
    assert ours.spent() == Spent(1, 0, 0.3, 0)


def test_small_amounts_are_told_with_all_their_decimals() -> None:
    with pytest.raises(BudgetExceeded, match=r"\$0\.00 of \$0\.0005 are used, and the call may cost up to \$0\.00075"):
        budget(usd=0.0005).reserve(usd=0.00075)


def test_time_ends_model_calls_and_tool_calls() -> None:
    watch = Watch()
    ours = budget(minutes=10, clock=watch)
    watch.at += timedelta(minutes=10, seconds=30)

    with pytest.raises(BudgetExceeded, match=r"the run's time is used up: 10\.5 of 10 minutes"):
        ours.reserve()
    with pytest.raises(BudgetExceeded, match="'minutes' under 'budget'"):
        ours.use_tool()
    assert ours.spent() == Spent(0, 0, 0, 10.5)


def test_a_call_waits_for_money_that_another_call_only_holds() -> None:
    ours = budget(usd=1.0)
    first = ours.reserve(usd=0.8)
    entered = threading.Event()

    def second() -> None:
        entered.set()
        ours.settle(ours.reserve(usd=0.8), usd=0.1)

    waiting = threading.Thread(target=second)
    waiting.start()
    assert entered.wait(5)
    waiting.join(0.05)
    assert waiting.is_alive()

    ours.settle(first, usd=0.05)
    waiting.join(5)

    assert not waiting.is_alive()
    assert ours.spent().usd == pytest.approx(0.15)


def test_a_call_that_waited_in_vain_is_refused() -> None:
    ours = budget(usd=1.0)
    first = ours.reserve(usd=0.8)
    refused: list[str] = []

    def second() -> None:
        try:
            ours.reserve(usd=0.8)
        except BudgetExceeded as error:
            refused.append(error.problem)

    waiting = threading.Thread(target=second)
    waiting.start()
    waiting.join(0.05)
    assert refused == []

    ours.settle(first, usd=0.7)
    waiting.join(5)

    assert len(refused) == 1
    assert "$0.70 of $1.00 are used" in refused[0]


def test_many_threads_never_get_more_calls_than_there_are() -> None:
    ours = budget(model_calls=40, usd=1000)
    made: list[int] = []

    def work() -> None:
        for _ in range(10):
            try:
                ours.settle(ours.reserve(usd=1), usd=0.5)
            except BudgetExceeded:
                return
            made.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(made) == 40
    assert ours.spent().usd == 20


@given(st.lists(st.tuples(st.floats(0, 0.4), st.floats(0, 1)), max_size=30))
def test_what_is_spent_never_passes_the_limit_if_no_call_costs_more_than_was_held(
    calls: list[tuple[float, float]],
) -> None:
    ours = budget(model_calls=1000)
    for most, share in calls:
        try:
            held = ours.reserve(usd=most)
        except BudgetExceeded:
            continue
        ours.settle(held, usd=most * share)

    assert ours.spent().usd <= 1.0 + 1e-6


def test_tokens_are_held_and_counted_like_money() -> None:
    budget = Budget(9, 9, 9.0, 9, Watch(), tokens=100)
    held = budget.reserve(tokens=80)
    budget.settle(held, usd=0, tokens=30)

    budget.settle(budget.reserve(tokens=70), usd=0, tokens=1)
    with pytest.raises(BudgetExceeded, match="31 of 100 are used, and the call may take up to 70"):
        budget.reserve(tokens=70)
    assert budget.spent().tokens == 31


def test_tokens_used_before_a_run_was_carried_on_count() -> None:
    budget = Budget(9, 9, 9.0, 9, Watch(), tokens=100)
    budget.carry_over(model_calls=1, tool_calls=0, usd=0, tokens=95)

    with pytest.raises(BudgetExceeded, match="tokens"):
        budget.reserve(tokens=6)
