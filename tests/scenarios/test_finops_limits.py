"""What holds FinOps back: whoever may say yes, the change window, days that are not final, bills that are too short."""

from datetime import date
from pathlib import Path

import pytest

from crews.answers import answer, pending
from runtime.errors import CannotWork, Denied
from testkit.projects import home_in
from tests.scenarios.finops import edit, more_days, play, shipped, state_of, world_of
from tools.alerts import send_alert
from tools.cloud import stop_machine
from tools.spend import find_anomalies

STOPPED = "i-0a11ce0000000001"


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


@pytest.mark.statement("finops", 9)
def test_nobody_but_a_machines_owner_or_a_named_deputy_says_yes_to_its_change(tmp_path: Path) -> None:
    project = play(shipped(tmp_path / "project")).project
    with home_in(project):
        stop, resize, delete = (one.asked for one in pending(project))
        assert "would be saved" in stop.preview
        assert "is resized from m7i.4xlarge to m7i.2xlarge" in resize.preview
        assert "is copied and then deleted" in delete.preview
        for stranger in ("user:root", "esther@meridian.example", resize.approvers[0]):
            with pytest.raises(Denied, match="may not answer"):
                answer(project, stop.approval, "approved", by=stranger)
        policies = project / "config" / "policies.yaml"
        known = 'approvers: {away: ["user:chiara <chiara@meridian.example>"]}'
        policies.write_text(policies.read_text().replace("approvers: {}", known))
        answer(project, stop.approval, "approved", by="user:chiara", scope="tool")

        assert [one.asked.approval for one in pending(project)] == [resize.approval, delete.approval]
    named = [("stop_machine", "chiara"), ("resize_machine", "bruno"), ("delete_volume", "chiara")]
    assert [(one.tool, one.approvers) for one in (stop, resize, delete)] == [
        (tool, (f"{who}@meridian.example",)) for tool, who in named
    ]
    assert {one[2] for one in state_of(project)["machines"]} == {"running"}


def test_a_named_deputy_answers_for_owners_who_are_away(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    policies = project / "config" / "policies.yaml"
    text = policies.read_text().replace("approvers: {}", 'approvers: {away: ["user:esther"]}')
    policies.write_text(text.replace("approver_in: owner", "approver_in: owner\n    approvers: [away]"))

    play(project)
    with home_in(project):
        for one in pending(project):
            answer(project, one.asked.approval, "approved", by="user:esther")

        assert pending(project) == []


@pytest.mark.statement("finops", 9)
def test_outside_the_change_window_nothing_is_changed(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    edit(project, "rules.yaml", lambda rules: rules["machines"]["window"].update(days=["sat"]))
    world = world_of(project)

    with pytest.raises(CannotWork, match="changes are made sat 08:00-16:00"):
        stop_machine(STOPPED, "chiara@meridian.example", world=world)
    world.close()
    state = state_of(project)
    assert ({one[2] for one in state["machines"]}, state["changes"]) == ({"running"}, [])


@pytest.mark.statement("finops", 5)
def test_what_only_provisional_days_show_is_marked_and_told_to_nobody_yet(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    for day in range(5, 8):
        more_days(project, date(2027, 3, day), {STOPPED: 900.0})
    world = world_of(project)

    [new] = [one for one in find_anomalies(world=world)["causes"] if one["resource"].endswith(STOPPED)]
    with pytest.raises(CannotWork, match="only provisional days show it"):
        send_alert(new["cause"], new["owner"], world=world)

    assert (new["provisional"], new["tell"], world.mailbox.sent()) == (True, [], [])
    world.close()


@pytest.mark.statement("finops", 4)
def test_with_bills_of_few_days_there_is_not_enough_history_and_nobody_is_told_anything(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    for bill in (project / "scenarios/finops/world/bill").glob("*"):
        if "2027-03" not in bill.name:
            bill.unlink()
    world = world_of(project)

    found = find_anomalies(world=world)

    assert (found["note"].partition(":")[0], found["causes"]) == ("not enough history", [])
    world.close()
