"""A FinOps run that stops anywhere is carried on to the same world: nobody hears twice, nothing is changed twice."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from crews.answers import answer, pending
from crews.catalogue import catalogue
from guard.preview import previewed
from testkit.projects import home_in
from tests.scenarios.finops import approved, play, shipped, state_of, world_of
from tools.alerts import send_alert
from tools.backends.alerts_sql import AlertOutbox
from tools.backends.changes_sql import ChangeLog
from tools.backends.cloud_embedded import EmbeddedCloud
from tools.cloud import delete_volume, mark_volume, resize_machine, review_machines, stop_machine
from tools.spend import find_anomalies

CHIARA, BRUNO = "chiara@meridian.example", "bruno@meridian.example"


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The world after a run that nothing interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", "playbook")
        project = shipped(tmp_path_factory.mktemp("whole") / "project")
        play(project)
        approved(project)
        return state_of(project)


class Killed(BaseException):
    """The process ends here."""


def _dies_at(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, *, after: bool, nth: int) -> None:
    """Let the program end before or after the nth call of a method, once."""
    act, count = getattr(owner, name), {"n": 0}

    def dying(self: Any, *args: Any, **given: Any) -> Any:
        count["n"] += 1
        if count["n"] == nth and not after:
            raise Killed
        result = act(self, *args, **given)
        if count["n"] == nth:
            raise Killed
        return result

    monkeypatch.setattr(owner, name, dying)


def _budget(project: Path, model_calls: int) -> None:
    path = project / "config" / "policies.yaml"
    text = path.read_text()
    start = text.index("  model_calls:")
    path.write_text(text.replace(text[start : text.index("\n", start)], f"  model_calls: {model_calls}"))


def test_a_run_stopped_by_its_budget_goes_on_to_the_same_world(tmp_path: Path, whole: dict[str, Any]) -> None:
    from crews.runner import resume

    project = shipped(tmp_path / "project")
    _budget(project, 9)
    assert play(project).outcome.exit_code == 6
    _budget(project, 300)
    with home_in(project):
        assert resume(project, None, by="user:ana", accept_drift=True).exit_code == 3
        for one in pending(project):
            answer(project, one.asked.approval, "approved", by=one.asked.approvers[0])
        assert resume(project, None, by="user:chiara", accept_drift=True).exit_code == 0

    assert state_of(project) == whole


STOP = (stop_machine, {"machine": "i-0a11ce0000000001", "owner": CHIARA})
RESIZE = (resize_machine, {"machine": "i-0a11ce0000000002", "size": "m7i.2xlarge", "owner": BRUNO})
MARK = (mark_volume, {"volume": "vol-0a11ce0000000091", "owner": CHIARA})
DELETE = (delete_volume, {"volume": "vol-0a11ce0000000093", "owner": CHIARA})


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose bills are loaded and in which nothing has been done."""
    project = shipped(tmp_path_factory.mktemp("fresh") / "project")
    state_of(project)
    return project


@pytest.mark.parametrize(
    ("act", "owner", "name", "after"),
    [
        (STOP, EmbeddedCloud, "snapshot", True),
        (STOP, EmbeddedCloud, "stop", True),
        (STOP, ChangeLog, "settle", False),
        (RESIZE, EmbeddedCloud, "resize", False),
        (RESIZE, EmbeddedCloud, "resize", True),
        (RESIZE, EmbeddedCloud, "start", True),
        (DELETE, EmbeddedCloud, "snapshot", True),
        (DELETE, EmbeddedCloud, "delete", True),
    ],
    ids=lambda one: getattr(one, "__name__", None) or (one[0].__name__ if isinstance(one, tuple) else str(one)),
)
def test_a_change_that_is_cut_off_anywhere_is_gone_on_with_and_done_once(
    tmp_path: Path, fresh: Path, act: tuple[Any, dict[str, str]], owner: type, name: str, after: bool
) -> None:
    tool, args = act
    cut, plain = (shutil.copytree(fresh, tmp_path / one) for one in ("cut", "plain"))
    _call(plain, tool, args)

    with pytest.MonkeyPatch.context() as patch:
        _dies_at(patch, owner, name, after=after, nth=1)
        with pytest.raises(Killed):
            _call(cut, tool, args)
    _call(cut, tool, args)

    assert state_of(cut) == state_of(plain)
    assert {one[4] for one in state_of(cut)["changes"]} == {"done"}


def test_a_resize_that_was_cut_off_is_what_the_next_review_says(tmp_path: Path, fresh: Path) -> None:
    tool, args = RESIZE
    project = shutil.copytree(fresh, tmp_path / "project")
    with pytest.MonkeyPatch.context() as patch:
        _dies_at(patch, EmbeddedCloud, "resize", after=False, nth=1)
        with pytest.raises(Killed):
            _call(project, tool, args)

    world = world_of(project)
    reviewed = {one["machine"]: one for one in review_machines(world=world)["machines"]}
    world.close()

    assert (reviewed[args["machine"]]["action"], reviewed[args["machine"]]["size"]) == ("resize", args["size"])
    assert "was cut off" in reviewed[args["machine"]]["why"]


def test_whoever_is_asked_to_take_a_resize_back_is_told_that_it_goes_back(tmp_path: Path, fresh: Path) -> None:
    tool, args = RESIZE
    project = shutil.copytree(fresh, tmp_path / "project")
    asked = catalogue()["resize_machine"]
    world = world_of(project)
    there = previewed(asked, args, world)
    tool(**args, world=world)
    back = previewed(asked, {**args, "size": "m7i.4xlarge"}, world)
    world.close()

    assert "is resized from m7i.4xlarge to m7i.2xlarge" in there
    assert "is resized back from m7i.2xlarge to m7i.4xlarge" in back


def test_a_mail_that_left_before_it_was_noted_does_not_leave_again(tmp_path: Path, fresh: Path) -> None:
    project = shutil.copytree(fresh, tmp_path / "project")
    args = {"cause": _causes(project)[0], "to": "amara@meridian.example"}
    with pytest.MonkeyPatch.context() as patch:
        _dies_at(patch, AlertOutbox, "settle", after=False, nth=1)
        with pytest.raises(Killed):
            _call(project, send_alert, args)
    _call(project, send_alert, args)

    state = state_of(project)
    assert (len(state["sent"]), [one[2] for one in state["alerts"]]) == (1, ["sent"])


@pytest.mark.parametrize("act", [STOP, RESIZE, DELETE, MARK], ids=lambda one: one[0].__name__)
def test_what_was_done_is_seen_by_its_probe_and_taken_back_by_its_undo(
    tmp_path: Path, fresh: Path, act: tuple[Any, dict[str, str]]
) -> None:
    function, args = act
    project = shutil.copytree(fresh, tmp_path / "project")
    before = state_of(project)
    tool = catalogue()[function.__name__]
    assert tool.probe is not None
    assert tool.undo is not None

    assert _call(project, tool.probe, args) is None
    result = _call(project, function, args)
    assert _call(project, tool.probe, args)["already"] is True
    reverse = tool.undo(args, result)
    assert reverse is not None
    _call(project, catalogue()[reverse.tool].run, dict(reverse.args))

    after = state_of(project)
    assert (after["machines"], after["disks"]) == (before["machines"], before["disks"])


def _causes(project: Path) -> list[str]:
    world = world_of(project)
    try:
        return [str(one["cause"]) for one in find_anomalies(world=world)["causes"]]
    finally:
        world.close()


def _call(project: Path, tool: Any, args: dict[str, Any]) -> Any:
    world = world_of(project)
    try:
        return tool(**args, world=world)
    finally:
        world.close()
