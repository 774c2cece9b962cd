"""A scheduling run that stopped is carried on over its journal: nothing is asked twice, nothing is done twice."""

from pathlib import Path

import pytest

from crews.wish import Outcome
from testkit.projects import home_in, records_of
from testkit.states import meetings
from tests.scenarios.recruiting import Played, shipped
from tests.scenarios.scheduling import play, world_of
from tests.scenarios.test_recruiting_resume import keys, with_budget

GOAL = "Schedule a 1-hour sync with the design team today, cancel the roadmap workshop and plan my week"


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(shipped(tmp_path_factory.mktemp("whole") / "project"), GOAL)


def carried_on(project: Path) -> Outcome:
    from crews.runner import resume

    with home_in(project):
        return resume(project, None, by="user:ana", accept_drift=True)


@pytest.mark.parametrize("stops_after", [1, 4, 8, 11])
def test_a_run_stopped_by_its_budget_goes_on_to_the_same_world(tmp_path: Path, whole: Played, stops_after: int) -> None:
    project = shipped(tmp_path / "stopped")
    with_budget(project, stops_after)
    stopped = play(project, GOAL)
    with_budget(project, 300)

    outcome = carried_on(project)

    records = records_of(project, outcome.run)
    assert (stopped.outcome.exit_code, outcome.exit_code, outcome.run) == (6, 0, stopped.outcome.run)
    assert meetings(world_of(project)) == meetings(world_of(whole.project))
    for kind in ("model.called", "tool.done", "tool.intended"):
        assert keys(records, kind) == keys(whole.records, kind)


def test_what_a_goal_meant_when_it_began_is_what_it_means_when_it_is_carried_on(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    with_budget(project, 4)
    stopped = play(project, GOAL)
    with_budget(project, 300)
    spec = project / "scenarios" / "scheduling" / "scenario.yaml"
    spec.write_text(spec.read_text().replace("2027-03-08T09:00:00", "2027-03-08T09:30:00"))

    outcome = carried_on(project)

    [began] = [one for one in records_of(project, outcome.run) if one.kind == "run.started"]
    assert (outcome.exit_code, outcome.run) == (0, stopped.outcome.run)
    assert [one["do"] for one in began.body["meant"]["orders"]] == ["meet", "cancel", "week"]
