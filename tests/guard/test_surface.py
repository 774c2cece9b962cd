"""What those who have no project of ours take from `guard`."""

import pytest

import guard
from guard import decision, labels, plan, standalone


def test_the_package_hands_out_the_things_themselves() -> None:
    assert (guard.Grant, guard.Plan, guard.Step) == (plan.Grant, plan.Plan, plan.Step)
    assert (guard.Decision, guard.Label) == (decision.Decision, labels.Label)
    assert (guard.Checked, guard.Labelled, guard.Run) == (standalone.Checked, standalone.Labelled, standalone.Run)
    assert guard.open_run is standalone.open_run


def test_what_the_package_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'guard' has no attribute 'fly'"):
        guard.fly  # noqa: B018  # that it does not exist is what is tested
