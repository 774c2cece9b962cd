"""A system that keeps failing is left alone for a while, then tried once."""

import pytest

from guard.breaker import Breaker, Breakers


class Watch:
    """A clock that goes on when a test says so."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def broken(watch: Watch) -> Breaker:
    """One that was opened this moment."""
    breaker = Breaker(now=watch)
    assert [breaker.broke() for _ in range(5)] == [0, 0, 0, 0, 5]
    return breaker


def test_a_system_that_did_nothing_yet_or_failed_four_times_may_be_called(watch: Watch) -> None:
    breaker = Breaker(now=watch)
    assert breaker.closed_for() == 0
    assert [breaker.broke() for _ in range(4)] == [0] * 4
    assert breaker.closed_for() == 0


def test_five_failures_in_a_row_close_the_way_for_half_a_minute(broken: Breaker, watch: Watch) -> None:
    assert broken.closed_for() == 30
    watch.at += 29
    assert broken.closed_for() == 1
    watch.at += 1
    assert broken.closed_for() == 0


def test_an_answer_in_between_begins_the_count_again(watch: Watch) -> None:
    breaker = Breaker(now=watch)
    said = []
    for _ in range(3):
        said += [breaker.broke() for _ in range(4)]
        breaker.worked()
    assert said == [0] * 12
    assert [breaker.broke() for _ in range(5)] == [0, 0, 0, 0, 5]


def test_after_the_pause_one_call_tries_and_the_others_wait_for_it(broken: Breaker, watch: Watch) -> None:
    watch.at += 30
    assert [broken.closed_for() for _ in range(3)] == [0, 30, 30]


def test_the_way_is_open_again_if_the_one_that_tries_gets_an_answer(broken: Breaker, watch: Watch) -> None:
    watch.at += 30
    broken.closed_for()
    broken.worked()
    assert [broken.closed_for() for _ in range(2)] == [0, 0]
    assert [broken.broke() for _ in range(5)] == [0, 0, 0, 0, 5]


def test_if_it_fails_as_well_the_pause_begins_again_and_is_told_once(broken: Breaker, watch: Watch) -> None:
    watch.at += 30
    broken.closed_for()
    watch.at += 10
    assert broken.broke() == 0
    assert broken.closed_for() == 30


def test_each_system_of_each_world_has_its_own(watch: Watch) -> None:
    breakers = Breakers(lambda: Breaker(failures=1, now=watch))
    breakers.of("house", "mail").broke()

    assert breakers.of("house", "mail").closed_for() == 30
    assert breakers.of("house", "agenda").closed_for() == breakers.of("shed", "mail").closed_for() == 0
