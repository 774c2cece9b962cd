"""An application goes along the allowed stages, and nowhere else."""

from itertools import pairwise

import pytest

from runtime.errors import CannotWork
from tools.stages import NEXT, STAGES, Stage, is_open, known, moves

FORWARD: tuple[Stage, ...] = ("applied", "screened", "shortlisted", "interview", "offered", "hired")


@pytest.mark.parametrize(("current", "to"), list(pairwise(FORWARD)))
def test_an_application_moves_one_stage_forward(current: Stage, to: Stage) -> None:
    assert moves("c1", current, to)


@pytest.mark.parametrize("current", [stage for stage in STAGES if NEXT[stage]])
@pytest.mark.parametrize("end", ["rejected", "withdrawn"])
def test_every_open_application_can_end(current: Stage, end: Stage) -> None:
    assert is_open(current)
    assert moves("c1", current, end)


def test_a_cancelled_interview_leads_back_to_the_shortlist() -> None:
    assert moves("c1", "interview", "shortlisted")


@pytest.mark.parametrize("stage", STAGES)
def test_moving_to_the_same_stage_changes_nothing(stage: Stage) -> None:
    assert not moves("c1", stage, stage)


@pytest.mark.parametrize(("current", "to"), [("applied", "interview"), ("offered", "screened"), ("screened", "hired")])
@pytest.mark.statement("recruiting", 9)
def test_a_jump_is_refused_and_the_allowed_stages_are_named(current: Stage, to: Stage) -> None:
    with pytest.raises(CannotWork) as refused:
        moves("c1", current, to)

    assert f"'c1' cannot go from '{current}' to '{to}'" in refused.value.problem
    assert all(stage in refused.value.remedy for stage in NEXT[current])


@pytest.mark.parametrize("closed", ["hired", "rejected", "withdrawn"])
def test_nothing_leads_out_of_a_closed_application(closed: Stage) -> None:
    assert not is_open(closed)
    for to in STAGES:
        if to != closed:
            with pytest.raises(CannotWork, match="is final"):
                moves("c1", closed, to)


def test_a_word_that_is_no_stage_is_refused_with_the_list_of_stages() -> None:
    with pytest.raises(CannotWork, match="use one of applied, screened"):
        known("promoted")
