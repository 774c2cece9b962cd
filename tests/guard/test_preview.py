"""What a person is told that a call would do, whatever its tool makes of the question."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from guard.preview import LONGEST, previewed
from runtime.errors import CannotWork
from tests.tools.hiring import house
from tools.tool import Tool
from tools.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return house(tmp_path)


def called(preview: Callable[..., str] | None, world: World) -> str:
    from crews.catalogue import catalogue

    tool: Tool = replace(catalogue()["list_positions"], preview=preview)
    return previewed(tool, {"what": "the ship"}, world)


def test_a_tool_is_given_the_arguments_and_the_world_of_the_call(world: World) -> None:
    assert called(lambda what, *, world: f"{what} in {world.name}", world) == f"the ship in {world.name}"


def test_a_tool_that_cannot_say_is_not_asked(world: World) -> None:
    assert called(None, world) == ""


def test_a_call_that_would_fail_now_is_said_to(world: World) -> None:
    def failing(**_given: object) -> str:
        raise CannotWork("the ship has left", remedy="take another one")

    assert called(failing, world) == "As things are now, nothing would happen: the ship has left."


def test_a_tool_that_breaks_does_not_keep_a_person_from_being_asked(world: World) -> None:
    def breaking(**_given: object) -> str:
        raise ZeroDivisionError("secret of the inside")

    assert called(breaking, world) == "What it would do cannot be told: ZeroDivisionError."


def test_a_preview_is_no_longer_than_a_record_should_be(world: World) -> None:
    told = called(lambda **_given: "x" * (LONGEST + 1), world)

    assert told == "x" * LONGEST + f"\n… ({LONGEST + 1:,} characters)"
