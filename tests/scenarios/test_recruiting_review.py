"""A plan can be looked at, narrowed or put aside before anything is done."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crews.wish import Outcome, Wish
from guard.plan import Plan
from guard.warrant import Warrant
from testkit.projects import home_in, records_of
from tests.scenarios.recruiting import POSITION, shipped, world_of


def planned(project: Path, on_plan: Callable[[Warrant], Plan | None]) -> Outcome:
    from crews.runner import start

    with home_in(project):
        return start(project, Wish(scenario="recruiting", model="playbook", principal="user:ana"), on_plan=on_plan)


def test_a_plan_that_is_put_aside_changes_nothing(tmp_path: Path) -> None:
    project, seen = shipped(tmp_path / "project"), list[Warrant]()

    outcome = planned(project, lambda warrant: seen.append(warrant))

    assert (outcome.state, outcome.exit_code) == ("cancelled", 0)
    assert [step.id for step in seen[0].order] == ["screen", "shortlist", "schedule", "decline", "invite"]
    world = world_of(project)
    assert (world.ats.candidates(POSITION), world.agenda.events(), world.mailbox.drafts()) == ([], [], [])
    world.close()
    assert not any(record.kind.startswith(("step.", "tool.")) for record in records_of(project, outcome.run))


def test_a_narrowed_plan_is_what_the_run_goes_by(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")

    outcome = planned(project, lambda warrant: Plan(steps=warrant.plan.steps[:2]))

    assert outcome.state == "done"
    records = records_of(project, outcome.run)
    assert [record.body["step"] for record in records if record.kind == "step.done"] == ["screen", "shortlist"]
    [accepted] = [record.body for record in records if record.kind == "plan.accepted"]
    assert accepted["by"] == "user:ana"


def test_a_plan_cannot_be_edited_beyond_the_roles(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")

    def wider(warrant: Warrant) -> Plan:
        step = warrant.plan.steps[0]
        grants = tuple(grant.model_copy(update={"tool": "send_invitation"}) for grant in step.grants[:1])
        return Plan(steps=(step.model_copy(update={"grants": grants}),))

    outcome = planned(project, wider)

    assert (outcome.state, outcome.exit_code) == ("failed", 5)
    assert "role 'researcher' does not have tool 'send_invitation'" in outcome.summary


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")
