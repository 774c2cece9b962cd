"""A run that stopped is carried on over its journal: nothing is asked twice, nothing is done twice."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from crews.wish import Outcome
from runtime.errors import ConfigError, UsageError
from runtime.records import Record
from testkit.projects import home_in, records_of
from testkit.snapshot import snapshot
from tests.scenarios.recruiting import POSITION, play, shipped, world_of


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


def with_budget(project: Path, model_calls: int, *, rest: str = "") -> None:
    budget = f"budget: {{model_calls: {model_calls}, tool_calls: 500, usd: 5, minutes: 60}}\n"
    (project / "config" / "policies.yaml").write_text(budget + rest)


def carried_on(project: Path, *, accept_drift: bool = False) -> Outcome:
    from crews.runner import resume

    with home_in(project):
        return resume(project, None, by="user:ana", accept_drift=accept_drift)


@pytest.mark.parametrize("stops_after", [0, 1, 4, 9, 15, 20])
@pytest.mark.statement("recruiting", 9)
def test_a_run_stopped_by_its_budget_goes_on_to_the_same_world(tmp_path: Path, stops_after: int) -> None:
    whole = play(shipped(tmp_path / "whole"))
    project = shipped(tmp_path / "stopped")
    with_budget(project, max(1, stops_after))
    stopped = play(project)
    with_budget(project, 300)

    outcome = carried_on(project)

    records = records_of(project, outcome.run)
    assert (stopped.outcome.exit_code, outcome.exit_code, outcome.run) == (6, 0, stopped.outcome.run)
    assert stopped.outcome.state == "waiting"
    assert snapshot(world_of(project), POSITION) == snapshot(world_of(whole.project), POSITION)
    for kind in ("model.called", "tool.done", "tool.intended"):
        assert keys(records, kind) == keys(whole.records, kind)


def keys(records: Sequence[Record], kind: str) -> list[tuple[str, str, str, int]]:
    """The keys of all records of a kind; one that stands there twice was asked or done twice."""
    bodies = [record.body for record in records if record.kind == kind]
    return sorted((one["step"], str(one.get("tool")), one["key"]["hash"], one["key"]["nth"]) for one in bodies)


def test_a_changed_configuration_is_not_gone_on_with_unasked(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    with_budget(project, 4)
    play(project)
    with_budget(project, 300, rest="deny: [propose_merge]\n")

    with pytest.raises(ConfigError, match="began with another configuration"):
        carried_on(project)


def test_a_run_that_is_done_stays_done(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    play(project)

    with pytest.raises(UsageError, match="is done"):
        carried_on(project)
