"""What makes a plan wider than another, and what only narrows it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.changes import compare
from guard.plan import Grant, Plan, Step
from tests.guard.worlds import TOOLS


def a_grant(tool: str = "note", times: int = 3, **values: Any) -> Grant:
    return Grant(tool=tool, times=times, values=values)


def a_plan(*grants: Grant, step: str = "work", role: str = "clerk", after: tuple[str, ...] = ("first",)) -> Plan:
    first = Step(id="first", role="clerk", task="begin", expected="begun")
    return Plan(steps=(first, Step(id=step, role=role, task="do", expected="done", grants=grants, after=after)))


OLD = a_plan(a_grant("note", what=("a", "b")), a_grant("look"))


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (a_plan(a_grant("note", 4, what=("a", "b"))), "step 'work': note 4 times, not 3"),
        (a_plan(a_grant("note")), "step 'work': 'what' of note may be anything, not only 'a' or 'b'"),
        (a_plan(a_grant("note", what=("a", "c"))), "'what' of note may be 'a' or 'c', not only 'a' or 'b'"),
        (a_plan(a_grant("mail")), "step 'work': mail, up to 3 times, is new"),
        (a_plan(a_grant("note", what=("a",)), role="thief"), "step 'work': done by thief, not clerk"),
        (a_plan(a_grant("note", what=("a",)), after=()), "step 'work': does not wait for step 'first'"),
        (
            a_plan(a_grant("note", what=("a",)), step="more"),
            "step 'more': note, up to 3 times, is new, with 'what' 'a'",
        ),
    ],
)
def test_what_lets_more_happen_is_wider(new: Plan, said: str) -> None:
    [wider] = compare(OLD, new, TOOLS).wider

    assert said in wider


@pytest.mark.parametrize(
    "new",
    [
        a_plan(a_grant("note", 2, what=("a", "b")), a_grant("look")),
        a_plan(a_grant("note", what=("a",)), a_grant("look")),
        a_plan(a_grant("note", what=("a", "b"), copies=(1,)), a_grant("look")),
        a_plan(a_grant("look", 50)),
        a_plan(),
    ],
)
def test_what_lets_less_happen_or_reads_more_is_not(new: Plan) -> None:
    changes = compare(OLD, new, TOOLS)

    assert (changes.wider, changes.any) == ((), True)


def test_true_is_another_value_than_one() -> None:
    old, new = a_plan(a_grant("note", copies=(1,))), a_plan(a_grant("note", copies=(True,)))
    assert compare(old, new, TOOLS).wider


PLANS = st.lists(
    st.builds(a_grant, st.sampled_from(sorted(TOOLS)), st.integers(1, 5)), unique_by=lambda one: one.tool, max_size=3
).map(lambda grants: a_plan(*grants))


@given(PLANS, PLANS)
def test_a_plan_is_never_wider_than_itself_and_one_of_two_ways_is_wider(first: Plan, second: Plan) -> None:
    assert not compare(first, first, TOOLS).any
    there, back = compare(first, second, TOOLS), compare(second, first, TOOLS)
    assert there.any == back.any
    effects = [
        {(one.tool, one.times) for one in plan.step("work").grants if one.tool != "look"} for plan in (first, second)
    ]
    assert bool(there.wider or back.wider) == (effects[0] != effects[1])


@pytest.mark.parametrize(
    ("new", "narrower"),
    [
        (a_plan(a_grant("note", 2, what=("a", "b")), a_grant("look")), ["step 'work': note 2 times, not 3"]),
        (a_plan(a_grant("note", what=("a", "b"))), ["step 'work': no look any more"]),
        (
            a_plan(a_grant("note", what=("a",)), a_grant("look")),
            ["step 'work': 'what' of note may only be 'a'"],
        ),
        (
            a_plan(a_grant("note", what=("a", "b")), a_grant("look", 50)),
            ["step 'work': look 50 times, not 3 (reads only)"],
        ),
        (
            a_plan(a_grant("look"), role="reader", after=()),
            [
                "step 'work': no note any more",
                "step 'work': done by reader, not clerk",
                "step 'work': does not wait for step 'first'",
            ],
        ),
        (a_plan(step="rest"), ["step 'work' is gone"]),
    ],
)
def test_what_is_narrower_is_said_and_nothing_is_wider(new: Plan, narrower: list[str]) -> None:
    changes = compare(OLD, new, TOOLS)
    assert ([*changes.narrower], changes.wider) == (narrower, ())


def test_a_new_tool_is_told_with_the_values_that_it_is_pinned_to() -> None:
    [wider] = compare(a_plan(), a_plan(a_grant("note", 3, what=("a", "b"), copies=(1,))), TOOLS).wider
    assert wider == "step 'work': note, up to 3 times, is new, with 'what' 'a' or 'b', with 'copies' '1'"
