"""Runs of the small trades (stock, lunch, report, research, CRM) for the tests here: played, answered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from crews.answering import Answering
from crews.wish import Outcome, Wish
from testkit.projects import home_in, records_of
from testkit.states import purchases
from tests.scenarios.recruiting import Played, shipped, world_of

__all__ = ["Played", "dying", "edit", "go_on", "play", "shipped", "state_of", "undone", "world_of"]


def play(project: Path, scenario: str, goal: str | None = None, answering: Answering | None = None) -> Played:
    """Run the scenario, with its playbook unless `answering` says otherwise."""
    from crews.runner import start

    wish = Wish(scenario=scenario, goal=goal, model="playbook") if goal else Wish(scenario=scenario, model="playbook")
    with home_in(project):
        outcome = start(project, wish, answering=answering)
    return Played(project, outcome, records_of(project, outcome.run))


def go_on(
    project: Path, verdict: Literal["approved", "denied"] = "approved", answering: Answering | None = None
) -> Played:
    """Answer everything that waits, and carry the newest run on, until nothing waits."""
    from crews.answers import answer, pending
    from crews.runner import resume

    with home_in(project):
        outcome: Outcome | None = None
        while waiting := pending(project):
            for one in waiting:
                answer(project, one.asked.approval, verdict, by="user:tired")
            outcome = resume(project, None, by="user:tired", answering=answering)
        assert outcome is not None, "nothing waited"
    return Played(project, outcome, records_of(project, outcome.run))


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def dying(owner: type, name: str, *, after: bool, nth: int = 1) -> Iterator[None]:
    """Within the block, the program ends before or after the nth call of a method; the block ends with that."""
    act, count = getattr(owner, name), {"n": 0}

    def dies(self: Any, *args: Any, **given: Any) -> Any:
        count["n"] += 1
        if count["n"] == nth and not after:
            raise Killed
        result = act(self, *args, **given)
        if count["n"] == nth:
            raise Killed
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, dies)
        with pytest.raises(Killed):
            yield


def undone(project: Path, scenario: str, played: Played) -> Played:
    """Take back what a run did, as 'deputy undo' does."""
    from crews.runner import start

    run = played.outcome.run
    crew = str(played.only("run.started")[0]["crew"])
    with home_in(project):
        outcome = start(project, Wish(f"undo run {run}", scenario, crew, undoes=run))
    return Played(project, outcome, records_of(project, outcome.run))


def edit(project: Path, scenario: str, name: str, change: Callable[[str], str]) -> None:
    """Change a file of the scenario's world: `change` gets its text."""
    path = project / "scenarios" / scenario / "world" / name
    before = path.read_text()
    assert change(before) != before
    path.write_text(change(before))


def state_of(project: Path, scenario: str) -> dict[str, Any]:
    """What runs left behind: orders and mails."""
    world = world_of(project, scenario=scenario)
    try:
        return purchases(world)
    finally:
        world.close()
