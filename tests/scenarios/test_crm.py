"""CRM updates, by what they leave behind: the fields that the goal names, what they were before, and nothing else."""

from pathlib import Path

import pytest

from guard.preview import previewed
from runtime.errors import TryAgain
from testkit.projects import home_in
from tests.scenarios.trades import dying, play, shipped, undone, world_of
from tools.backends.crm import CRM
from tools.backends.crm_sql import CrmBook
from tools.crm import update_account
from tools.tool import declared

GOAL = "Update the CRM: Acme Robotics' contact is now Dana Fox <dana@acme.example>"
CHANGED = [("contact", "Paul Weiland", "Dana Fox"), ("mail", "paul@acme.example", "dana@acme.example")]
TOOL = next(one for one in declared() if one.name == "update_account")


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


def changes(project: Path) -> dict[str, list[tuple[str, str, str]]]:
    """Every change that was made, by account."""
    world = world_of(project, scenario="crm")
    try:
        book = world.service(CRM)
        found = {one["account"]: book.history(one["account"]) for one in book.accounts()}
        return {account: made for account, made in found.items() if made}
    finally:
        world.close()


def test_the_fields_of_the_goal_change_once_with_what_they_were_and_undo_sets_them_back(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    first, again = play(project, "crm", GOAL), play(project, "crm", GOAL)

    assert (first.outcome.exit_code, again.outcome.exit_code) == (0, 0)
    assert changes(project) == {"acme": CHANGED}
    assert "Paul Weiland" in (first.outcome.folder / "report.md").read_text()
    assert undone(project, "crm", first).outcome.exit_code == 0
    assert changes(project)["acme"][2:] == [(field, after, before) for field, before, after in reversed(CHANGED)]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mail", "dana at acme", "no mail address"),
        ("phone", "call me", "no phone number"),
        ("status", "best friend", "no status"),
        ("contact", "Dana\nFox", "one line"),
        ("contact", "dana@acme.example", "no name"),
    ],
)
def test_a_value_that_a_field_cannot_have_is_not_kept(tmp_path: Path, field: str, value: str, said: str) -> None:
    project = shipped(tmp_path / "project")
    world = world_of(project, scenario="crm")
    try:
        with pytest.raises(TryAgain, match=said):
            update_account("acme", field, value, world=world)
        assert said in previewed(TOOL, {"account": "acme", "field": field, "value": value}, world)
    finally:
        world.close()

    assert changes(project) == {}


def test_whoever_is_asked_about_a_change_sees_what_the_field_is_and_would_be(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    world = world_of(project, scenario="crm")
    try:
        told = previewed(TOOL, {"account": "acme", "field": "contact", "value": "Dana Fox"}, world)
    finally:
        world.close()

    assert told == "Acme Robotics: contact is 'Paul Weiland', and would be 'Dana Fox'"
    assert changes(project) == {}


@pytest.mark.parametrize("after", [False, True])
def test_a_run_killed_at_a_change_goes_on_and_changes_once(tmp_path: Path, after: bool) -> None:
    from crews.runner import resume

    project = shipped(tmp_path / "project")
    with dying(CrmBook, "change", after=after):
        play(project, "crm", GOAL)
    with home_in(project):
        assert resume(project, None, by="user:ana").exit_code == 0

    assert {account: sorted(made) for account, made in changes(project).items()} == {"acme": CHANGED}
