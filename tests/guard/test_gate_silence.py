"""A system that a call concerns does not answer while the gate looks: it is asked again, and what is missed is told."""

from dataclasses import replace
from typing import Any

import pytest

from crews.outages import undone
from guard.content import Finding
from runtime.errors import TryLater, Unanswered
from tests.guard.test_gate_ends import Hall, call


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.mark.parametrize("times", [1, 2])
def test_a_gate_asks_again_if_a_system_that_a_call_concerns_does_not_answer(hall: Hall, times: int) -> None:
    silences = [TryLater("nobody answers", remedy="wait")] * times
    gate = replace(hall.gate(), inspect=lambda *_: _silent(silences))

    call(gate, "put")

    [decided] = hall.bodies("call.decided")
    assert (len(hall.made), silences) == (1, [])
    assert (decided["verdict"], decided.get("away")) == ("allow", None)


def test_a_call_that_a_silent_system_kept_from_being_decided_is_a_change_that_the_run_has_missed(hall: Hall) -> None:
    silences = [Unanswered("nobody answers", remedy="start it")] * 9
    gate = replace(hall.gate(), inspect=lambda *_: _silent(silences))

    assert call(gate, "put") == "Denied (gate.error): the gate failed on 'put': nobody answers."

    missed = undone(hall.ledger.records("r1"))
    assert (hall.made, len(silences)) == ([], 6), "three attempts"
    assert missed is not None
    assert missed.problem == "1 call of put could not be made: nobody answers"
    assert missed.remedy.startswith("start it; ")

    gate = hall.gate()
    call(gate, "put")
    assert undone(hall.ledger.records("r1")) is None, "made in the end"


def _silent(silences: list[Any]) -> tuple[Finding, ...]:
    if silences:
        raise silences.pop()
    return ()
