"""What a run may use: held before it is spent, counted as it really was, refused by name."""

import threading
from collections.abc import Callable
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


def test_a_tool_call_that_was_not_made_after_all_is_given_back() -> None:
    one = budget(tool_calls=2)
    one.use_tool()
    one.use_tool()
    one.give_back_tool()

    assert one.spent().tool_calls == 1


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


def refusals_of(work: Callable[[], object]) -> list[str]:
    """What a call that must not wait is refused with; it is given a few seconds to come back."""
    refused: list[str] = []

    def run() -> None:
        try:
            work()
        except BudgetExceeded as error:
            refused.append(error.problem)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive(), "it waits"
    return refused


def test_the_limits_are_recorded_by_the_names_that_the_policy_has_for_them() -> None:
    limits = {"model_calls": 9, "tool_calls": 8, "usd": 1.0, "minutes": 30}
    assert budget(tool_calls=8).limits == limits
    assert Budget(9, 8, 1.0, 30, Watch(), tokens=100).limits == {**limits, "tokens": 100}


def test_what_was_used_before_a_run_was_carried_on_counts() -> None:
    ours = budget()
    ours.use_tool()
    ours.settle(ours.reserve(), usd=0.1)
    ours.carry_over(model_calls=3, tool_calls=2, usd=0.25)

    assert ours.spent() == Spent(4, 3, 0.35, 0, 0)


def test_a_person_may_raise_the_money_of_a_run() -> None:
    ours = budget(usd=0.5)
    ours.raise_to(None)
    assert ours.limits["usd"] == 0.5
    ours.raise_to(2.0)
    ours.settle(ours.reserve(usd=1.9), usd=1.9)
    assert ours.spent().usd == 1.9


def test_a_call_that_costs_nothing_needs_neither_money_nor_tokens() -> None:
    ours = Budget(9, 9, 0.0, 9, Watch(), tokens=1)
    ours.settle(ours.reserve(tokens=1), usd=0, tokens=1)
    ours.release(ours.reserve())

    assert ours.spent() == Spent(1, 0, 0.0, 0, 1)


def test_two_equal_calls_under_way_are_two() -> None:
    ours = budget()
    first, second = ours.reserve(usd=0.4), ours.reserve(usd=0.4)
    ours.settle(first, usd=0.1)
    ours.settle(second, usd=0.1)

    assert ours.spent() == Spent(2, 0, 0.2, 0)


def test_what_no_end_of_another_call_could_pay_for_does_not_wait_for_it() -> None:
    ours = Budget(9, 9, 1.0, 9, Watch(), tokens=100)
    ours.settle(ours.reserve(usd=0.5, tokens=50), usd=0.5, tokens=50)
    ours.reserve(usd=0.1, tokens=10)

    assert "$0.50 of $1.00 are used" in refusals_of(lambda: ours.reserve(usd=0.6))[0]
    assert "50 of 100 are used" in refusals_of(lambda: ours.reserve(tokens=60))[0]
    assert refusals_of(lambda: ours.reserve(usd=0.4, tokens=40)) == []


def test_the_remedy_names_the_limit_that_was_met() -> None:
    ours, where = Budget(9, 0, 1.0, 9, Watch(), tokens=100), "under 'budget' in config/policies.yaml"
    with pytest.raises(BudgetExceeded) as dear:
        ours.reserve(usd=2)
    with pytest.raises(BudgetExceeded) as long:
        ours.reserve(tokens=101)
    with pytest.raises(BudgetExceeded) as many:
        ours.use_tool()

    assert dear.value.remedy == f"raise 'usd' {where}, or let a cheaper model answer (config/models.yaml)"
    assert long.value.remedy == f"raise 'tokens' {where}"
    assert many.value.remedy == f"raise 'tool_calls' {where}, or ask for less"


def test_rounding_is_no_reason_to_refuse() -> None:
    ours = budget(usd=0.3)
    for _ in range(3):
        ours.settle(ours.reserve(usd=0.1), usd=0.1)
    assert ours.spent().usd > 0.3
    assert refusals_of(lambda: budget(usd=1.0).reserve(usd=1.0 + 1e-9)) == []
    assert refusals_of(lambda: budget(usd=1.0).reserve(usd=1.0 + 1e-8)) != []


def test_a_call_waits_for_tokens_that_another_call_only_holds() -> None:
    ours = Budget(9, 9, 1.0, 9, Watch(), tokens=100)
    first = ours.reserve(tokens=80)
    waiting = threading.Thread(target=lambda: ours.reserve(tokens=30), daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()

    ours.settle(first, usd=0, tokens=70)
    waiting.join(5)
    assert not waiting.is_alive()


def test_a_refusal_says_which_of_money_and_tokens_is_missing_and_how_much() -> None:
    ours = Budget(9, 9, 0.1, 9, Watch(), tokens=100)

    assert refusals_of(lambda: ours.reserve(usd=2, tokens=100)) == [
        "the run's money does not cover the next model call: $0.00 of $0.10 are used, and the call may cost up to $2.00"
    ]
    assert "the run's tokens do not cover" in refusals_of(lambda: ours.reserve(usd=2, tokens=101))[0]
    assert "may cost up to $0.10" in refusals_of(lambda: budget(usd=0).reserve(usd=0.1))[0]
    assert refusals_of(lambda: budget(usd=0).reserve(usd=1e-7))[0].endswith("may cost up to $0")


def test_the_time_that_is_left_is_told_in_seconds() -> None:
    watch = Watch()
    ours = budget(minutes=10, clock=watch)
    watch.at += timedelta(minutes=4)
    assert ours.seconds_left() == 360
    watch.at += timedelta(minutes=7)
    assert ours.seconds_left() == -60


def test_time_is_over_at_the_very_minute() -> None:
    watch = Watch()
    ours = budget(minutes=10, clock=watch)
    watch.at += timedelta(minutes=10)
    with pytest.raises(BudgetExceeded):
        ours.use_tool()
