"""What a scenario adds in code to what its YAML says. Each part may be left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from agents.playbook import Playbook
from crews.craft import Craft
from crews.report.sections import Section
from runtime.errors import ConfigError
from runtime.facts import Fact
from runtime.records import Record
from tasks.steps import Pins
from tools.world import World


def _no_facts(_world: World) -> Mapping[str, Any]:
    return {}


def _no_pins(_facts: Mapping[str, Any]) -> Pins:
    return {}


def _nothing(_world: World) -> None:
    return None


def _no_house(_inputs: Mapping[str, Path]) -> tuple[str, str] | None:
    return None


def _no_sections(_records: Sequence[Record], _world: World) -> Sequence[Section]:
    return ()


def _no_lessons(_records: Sequence[Record], _world: World) -> Sequence[Fact]:
    return ()


def _no_meaning(_goal: str, _world: World) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Scene:
    """A scenario's own code.

    house        names who writes and organises, with their mail address, if the inputs say it
    prepare      puts the inputs into the world
    facts        what the manager may know before planning, from trusted inputs only
    understands  the facts that a person's own words give, in this world; raises Unclear with a question
    pins         what a plan fixes that no manager makes, from those facts: values by tool and argument
    playbook     answers without a model
    sections     the scenario's tables in the report
    grounded     the crew answers from passages: its playbook's first look-ups are made before a model is asked, and
                 each claim of the answer is checked against the passages that it cites
    hands_over   a question that the passages do not answer is handed over to a person
    craft        what code does around the model's answer: parts, repairs, checks
    learn        what later runs may know of a run that is done, from its receipts: facts that code vouches for
    """

    playbook: Playbook | None = None
    house: Callable[[Mapping[str, Path]], tuple[str, str] | None] = _no_house
    prepare: Callable[[World], None] = _nothing
    facts: Callable[[World], Mapping[str, Any]] = _no_facts
    understands: Callable[[str, World], Mapping[str, Any]] = _no_meaning
    pins: Callable[[Mapping[str, Any]], Pins] = _no_pins
    sections: Callable[[Sequence[Record], World], Sequence[Section]] = _no_sections
    learn: Callable[[Sequence[Record], World], Sequence[Fact]] = _no_lessons
    grounded: bool = False
    hands_over: bool = False
    craft: Craft | None = None


def load_scene(module: str | None, project: Path | None = None) -> Scene:
    """The `SCENE` of the scenario's module; an empty one if it has none. Raises ConfigError if it cannot be loaded.

    The scenarios of a project that is not this checkout are found after those that are shipped.
    """
    if module is None:
        return Scene()
    if project is not None:
        shipped, own = import_module("scenarios").__path__, str((project / "scenarios").resolve())
        if own not in shipped:
            shipped.append(own)
    try:
        scene = import_module(module).SCENE
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the scenario's module '{module}' has no SCENE: {error}", remedy="see docs/scenarios.md"
        ) from error
    if not isinstance(scene, Scene):
        raise ConfigError(f"'{module}.SCENE' is not a crews.scene.Scene", remedy="see docs/scenarios.md")
    return scene
