"""A plan becomes a warrant only within what its roles have."""

import pytest

from guard.plan import Plan
from guard.warrant import PlanRefused, accept
from tests.guard.worlds import a_plan, a_step, an_authority


def refused(plan: Plan, **authority: object) -> list[str]:
    with pytest.raises(PlanRefused) as caught:
        accept(plan, an_authority(**authority))  # type: ignore[arg-type]  # keyword names are the authority's own
    assert caught.value.exit_code == 5
    return caught.value.problems


def test_a_plan_within_its_roles_becomes_a_warrant_in_an_order_that_can_be_followed() -> None:
    plan = a_plan(a_step("tell", "notifier", ("find",), mail=2), a_step("find", look=3))

    warrant = accept(plan, an_authority())

    assert [step.id for step in warrant.order] == ["find", "tell"]
    assert len(warrant.digest) == 64


def test_a_tool_of_another_role_is_refused() -> None:
    assert refused(a_plan(a_step("find", mail=1))) == ["step 'find': role 'researcher' does not have tool 'mail'"]


def test_an_unknown_tool_is_refused_with_the_nearest_name() -> None:
    assert refused(a_plan(a_step("find", looks=1))) == ["step 'find': no tool 'looks'; did you mean 'look'?"]


def test_an_unknown_role_is_refused_with_the_nearest_name() -> None:
    assert refused(a_plan(a_step("find", "reseacher"))) == [
        "step 'find': no role 'reseacher'; did you mean 'researcher'?"
    ]


def test_what_the_policy_denies_is_refused() -> None:
    assert refused(a_plan(a_step("find", note=1)), denied=frozenset({"note"})) == [
        "step 'find': tool 'note' is denied by policy"
    ]


def test_a_reading_crew_gets_no_tool_that_changes_the_world() -> None:
    assert refused(a_plan(a_step("find", note=1)), read_only=True) == [
        "step 'find': tool 'note' changes the world, and this crew only reads"
    ]


def test_steps_that_wait_for_each_other_are_refused() -> None:
    [problem] = refused(a_plan(a_step("one", after=("two",)), a_step("two", after=("one",))))
    assert problem.startswith("steps wait for each other in a circle")


def test_everything_wrong_is_said_at_once() -> None:
    twice = a_step("find", look=1)
    doubled = twice.model_copy(update={"grants": twice.grants * 2})
    assert refused(a_plan(doubled, a_step("find", after=("fnd",)))) == [
        "two steps are named 'find'",
        "step 'find': tool 'look' is granted twice",
        "step 'find': needs step 'fnd', which is not in the plan; did you mean 'find'?",
    ]


def test_a_refusal_says_all_its_reasons_in_one_sentence() -> None:
    with pytest.raises(PlanRefused) as caught:
        accept(a_plan(a_step("find", mail=1), a_step("tell", "notifier", ("tel",))), an_authority())
    assert caught.value.problem == (
        "the plan is refused: step 'find': role 'researcher' does not have tool 'mail'; "
        "step 'tell': needs step 'tel', which is not in the plan; did you mean 'tell'?"
    )


def test_a_circle_is_shown_and_what_resembles_nothing_is_not_guessed() -> None:
    [problem] = refused(a_plan(a_step("one", after=("two",)), a_step("two", after=("one",))))
    assert problem.split(": ")[1].split(" -> ")[0] == problem.split(" -> ")[-1]
    assert len(problem.split(" -> ")) == 3
    assert refused(a_plan(a_step("find", zzzz=1))) == ["step 'find': no tool 'zzzz'"]


def test_a_reading_crew_may_read_and_an_unknown_role_is_told_once() -> None:
    assert accept(a_plan(a_step("find", look=1)), an_authority(read_only=True)).step("find") is not None
    assert refused(a_plan(a_step("find", "nobody", look=1))) == ["step 'find': no role 'nobody'"]
