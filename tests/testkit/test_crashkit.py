"""Killed at a point, out of space or by a wrong clock, recruiting ends as if nothing had happened: a sample here, all
kills in benchmarks/crashes.py."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from testkit.crashkit import Trial, Whole, every_point, random_kills, uninterrupted
from testkit.crashscenes import Recruiting, ServedRecruiting
from testkit.postgres import Postgres
from testkit.shortage import full_disk, wrong_clock

HARD = (
    "after append run.started",
    "within append tool.intended",
    "after effect book_interview",
    "before append tool.done",
    "after model",
    "before rest",
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Recruiting:
    return Recruiting(tmp_path_factory.mktemp("crashes"), resumes=1)


@pytest.fixture(scope="module")
def whole(scene: Recruiting) -> Whole:
    return uninterrupted(scene)


def numbers(whole: Whole, names: tuple[str, ...]) -> list[int]:
    """For each name the point of that name in the middle of its kind."""
    found = [[number for number, point in enumerate(whole.points) if point == name] for name in names]
    return [at[len(at) // 2] for at in found if at]


def test_the_points_are_at_every_record_effect_question_and_claim(whole: Whole) -> None:
    kinds = {" ".join(point.split()[:2]) for point in whole.points}

    assert kinds >= {f"{when} append" for when in ("before", "within", "after")}
    assert kinds >= {"before effect", "after effect", "before model", "after model", "after claim", "before rest"}
    assert len(whole.points) > 150


@pytest.mark.parametrize("name", HARD)
def test_killed_at_a_point_the_run_ends_in_the_same_world(scene: Recruiting, whole: Whole, name: str) -> None:
    [number] = numbers(whole, (name,))
    [trial] = every_point(scene, [number], whole)

    assert (trial.point, trial.kills, trial.state) == (name, 1, "done")
    assert not trial.wrong, trial


def test_killed_at_any_moment_again_and_again_the_run_ends_in_the_same_world(scene: Recruiting, whole: Whole) -> None:
    trials = [*random_kills(scene, 3, whole=whole)]

    assert sum(one.kills for one in trials) == 3
    assert [one for one in trials if one.wrong] == []


@pytest.mark.parametrize("name", ["within append tool.done", "before effect send_invitation"])
def test_on_a_disk_that_fills_the_run_stops_and_goes_on_where_there_is_room_again(
    scene: Recruiting, whole: Whole, name: str
) -> None:
    [trial] = every_point(scene, numbers(whole, (name,)), whole, carry=full_disk)

    assert (trial.state, trial.lost, trial.doubled) == ("done", 0, 0)
    assert not trial.wrong, trial


def test_by_a_clock_that_jumps_a_day_back_and_forth_the_run_ends_in_the_same_world(
    scene: Recruiting, whole: Whole
) -> None:
    [trial] = every_point(scene, numbers(whole, ("before effect book_interview",)), whole, carry=wrong_clock)

    assert not trial.wrong, trial


def test_the_kit_finds_what_is_wrong_and_tells_it(scene: Recruiting, whole: Whole) -> None:
    """A run that left another world, or took something twice, does not pass."""
    other = Whole(whole.points, {}, whole.effects - whole.effects, whole.asked, whole.seconds)
    [trial] = every_point(scene, [len(whole.points) - 3], other)

    assert (trial.equal, trial.doubled, trial.wrong) == (False, whole.effects.total(), True)
    assert {f"received besides: {one}" for one in whole.effects} <= {*trial.told}
    assert any(" run.resumed: " in one for one in trial.told)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[ServedRecruiting]:
    with ExitStack() as opened:
        yield ServedRecruiting(tmp_path_factory.mktemp("served"), opened, resumes=2, database=postgres)


@pytest.fixture(scope="module")
def served_whole(served: ServedRecruiting) -> Whole:
    return uninterrupted(served)


def test_on_postgres_a_calendar_server_and_a_mail_server_nothing_is_lost_or_doubled(
    served: ServedRecruiting, served_whole: Whole
) -> None:
    hard = ("after effect send_invitation", "within append tool.done")
    trials: list[Trial] = [*every_point(served, numbers(served_whole, hard), served_whole)]

    assert served_whole.effects.total() == 10
    assert [one.point for one in trials] == [*hard]
    assert [one for one in trials if one.wrong] == []


def test_a_mail_that_left_before_anybody_noted_it_is_looked_for_by_a_person_and_does_not_leave_again(
    served: ServedRecruiting, served_whole: Whole
) -> None:
    commits = [number for number, point in enumerate(served_whole.points) if point == "within effect send_invitation"]
    [trial] = every_point(served, commits[1:2], served_whole)  # it was sent, and its copy is not kept yet

    assert (trial.looked, trial.wrong) == (1, False), trial
