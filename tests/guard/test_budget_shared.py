"""What a run holds and spends of the money that it shares with others."""

from collections.abc import Callable, Iterator

import pytest

from guard.budget import Budget, Spent
from runtime.database import open_database
from runtime.errors import BudgetExceeded
from runtime.reservations import Caps, Purse
from tests.guard.test_budget import budget, refusals_of


@pytest.fixture
def shared() -> Iterator[Callable[[], Budget]]:
    """Budgets of runs that share half a dollar a day."""
    engine = open_database("sqlite://")

    def make() -> Budget:
        ours = budget()
        ours.purse = Purse(engine, "r1", "user:ana", "", Caps(day=0.5), patience=0, sleep=lambda _seconds: None)
        return ours

    yield make
    engine.dispose()


def test_what_a_run_holds_and_spends_is_missing_in_the_purse_of_the_others(shared: Callable[[], Budget]) -> None:
    ours, theirs = shared(), shared()
    held = ours.reserve(usd=0.4)
    with pytest.raises(BudgetExceeded, match=r"\$0\.40 are held by calls under way"):
        theirs.reserve(usd=0.2)
    ours.settle(held, usd=0.3)

    theirs.settle(theirs.reserve(usd=0.2), usd=0.2)
    with pytest.raises(BudgetExceeded, match=r"\$0\.50 of \$0\.50 are used"):
        ours.reserve(usd=0.1)


def test_a_call_that_the_purse_refuses_uses_up_nothing(shared: Callable[[], Budget]) -> None:
    ours = shared()
    with pytest.raises(BudgetExceeded, match="the day's money"):
        ours.reserve(usd=0.6)

    assert ours.spent() == Spent(0, 0, 0.0, 0, 0)
    assert refusals_of(lambda: ours.reserve(usd=0.5)) == []


def test_an_empty_purse_keeps_nobody_from_what_is_free(shared: Callable[[], Budget]) -> None:
    ours = shared()
    ours.settle(ours.reserve(usd=0.5), usd=0.6)

    ours.settle(ours.reserve(), usd=0.0)
    assert ours.spent() == Spent(2, 0, 0.6, 0)
