"""What is recorded of a call whose system is not there, does not answer, or whose tool says no."""

from pathlib import Path
from typing import Any

import pytest

from guard.breaker import Breaker
from guard.carrying import Outcome
from guard.doubt import look
from runtime.errors import CannotWork, ConfigError, TryAgain, TryLater, Unanswered
from tests.guard.carried import Room
from tests.guard.test_carrying_ends import blind
from tools.world import World

SILENT = Unanswered("the shelf does not answer", remedy="open it")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def marks(room: Room, error: Exception, effect: Any = "read", **more: Any) -> dict[str, Any]:
    """What the record of a call says that always meets this error."""
    room.trouble = [error] * 9
    room.call(room.gate(room.tool(effect, **more)))
    [failed] = room.bodies("tool.failed")
    return {name: failed.get(name) for name in ("error", "remedy", "again", "refused", "away")}


def test_a_tool_that_says_no_has_done_nothing_and_its_system_is_there(room: Room) -> None:
    said = {"error": "no room", "remedy": "", "again": False, "refused": True, "away": None}
    assert marks(room, CannotWork("no room")) == said


def test_a_tool_that_wants_other_words_may_be_called_again(room: Room) -> None:
    said = {"error": "which chair", "remedy": "say", "again": True, "refused": True, "away": None}
    assert marks(room, TryAgain("which chair", remedy="say")) == said


def test_a_system_that_is_busy_is_away(room: Room) -> None:
    said = {"error": "locked", "remedy": "wait", "again": True, "refused": True, "away": True}
    assert marks(room, TryLater("locked", remedy="wait")) == said


def test_a_read_that_is_not_answered_is_away_with_what_to_do(room: Room) -> None:
    said = {"error": SILENT.problem, "remedy": "open it", "again": True, "refused": None, "away": True}
    assert marks(room, SILENT) == said


def test_an_effect_that_is_not_answered_and_not_there_was_not_made(room: Room) -> None:
    said = {
        "error": SILENT.problem,
        "remedy": "nothing was done; open it",
        "again": True,
        "refused": None,
        "away": True,
    }
    assert marks(room, SILENT, "write", probe=lambda **_: None) == said


def test_a_system_that_cannot_be_used_as_configured_is_away_and_not_tried_again(room: Room) -> None:
    said = {"error": "no login", "remedy": "correct it", "again": False, "refused": None, "away": True}
    assert marks(room, ConfigError("no login", remedy="correct it")) == said
    assert room.calls == 1


def test_a_breaker_keeps_why_it_opened_and_what_to_do() -> None:
    breaker = Breaker()
    assert (breaker.why, breaker.remedy) == ("", "")
    breaker.broke("silence", "open it")
    assert (breaker.why, breaker.remedy) == ("silence", "open it")
    breaker.broke()
    assert (breaker.why, breaker.remedy) == ("", "")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SILENT, "the shelf does not answer (open it; then resume)"),
        (CannotWork("no shelf", remedy="build one"), "no shelf"),
    ],
)
def test_a_look_that_is_not_answered_says_what_to_do_before_the_run_goes_on(
    room: Room, error: Exception, reason: str
) -> None:
    world: Any = World.__new__(World)
    seen = look(room.tool("write", probe=blind(error)), {"what": "chair"}, world)
    assert (seen.standing, seen.reason) == ("unknown", reason)


def test_an_outcome_is_no_refusal_unless_it_says_so() -> None:
    assert not Outcome("x", done=False).refused
