"""From a goal in a person's own words to who carries it out: a scenario's crew, the assistant, or a question back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.playbook import CONFIGURE_A_MODEL, Playbook
from agents.selection import choose
from crews.answering import Answering, answering_of
from crews.config import Config
from crews.goals import Understood, forbids_all, understood
from crews.scenario import ScenarioSpec
from crews.scene import Scene
from crews.wish import Wish
from runtime.errors import NoModel, Unclear
from runtime.records import Record
from tools.world import World

ASSISTANT = "assistant"

_EXAMPLES = 6


def routed(config: Config, wish: Wish) -> Wish:
    """The wish with the scenario that its goal is for, or for the assistant if it only asks something.

    A wish that names its scenario or crew stays as it is, and so does a goal that nothing here understands.
    Raises Unclear for one that is for several scenarios, or understood in part only.
    """
    if wish.scenario or wish.crew or not wish.goal:
        return wish
    if not wish.goal.strip():
        raise Unclear("the goal is empty: what shall be done?", remedy=examples(config.scenarios))
    found = understood(wish.goal, {name: spec.goals for name, spec in config.scenarios.items()})
    if found.kind in ("several", "either"):
        raise _several(found)
    if found.kind == "partly":
        raise Unclear(
            f"what is meant by '{found.parts[0]}'? The rest is for '{found.scenarios[0]}'",
            remedy="leave it out, or ask for it in a goal of its own",
        )
    if found.kind == "scenario":
        return replace(wish, scenario=found.scenarios[0])
    if found.kind == "question" and ASSISTANT in config.crews and config.settings.assistant_world:
        return replace(wish, crew=ASSISTANT)
    return wish


def not_known(goal: str, scenarios: Mapping[str, ScenarioSpec], remedy: str) -> NoModel:
    """What a person is told of a goal that nobody here can carry out without a model."""
    problem = f"no model is configured, and no playbook knows the goal: {goal}"
    return NoModel(problem, remedy=f"{remedy}\n  {examples(scenarios)}")


def examples(scenarios: Mapping[str, ScenarioSpec]) -> str:
    """Goals that are understood without a model, a few of each scenario."""
    said = [form.say for spec in scenarios.values() for form in spec.goals[:2]]
    shown = "\n".join(f'    deputy run "{one}"' for one in said[:_EXAMPLES])
    return f"Understood without a model are goals such as\n{shown}" if said else "see docs/scenarios.md"


def _several(found: Understood) -> Unclear:
    if found.kind == "either":
        names = " or ".join(f"'{name}'" for name in found.scenarios)
        commands = "\n".join(f"    -s {name}" for name in found.scenarios)
        return Unclear(f"is this for {names}?", remedy=f"say which, by adding one of\n{commands}")
    commands = "\n".join(f'    deputy run "{_capital(part)}"' for part in found.parts)
    problem = f"the goal asks for {len(found.parts)} things that need plans of their own"
    return Unclear(problem, remedy=f"run them one after the other\n{commands}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def meaning(
    scene: Scene, goal: str, world: World, records: Sequence[Record], answering: Answering
) -> Mapping[str, Any]:
    """What the goal's own words come to: as it was understood when the run began, if it is carried on.

    A model gets the words themselves, so that what playbooks do not understand is no question then.
    """
    if records:
        return dict(records[0].body.get("meant", {}))
    try:
        return _understood(scene, goal, world)
    except Unclear:
        if answering.mode != "model":
            raise
        return {}


def _understood(scene: Scene, goal: str, world: World) -> Mapping[str, Any]:
    if forbids_all(goal):
        raise Unclear("the goal says what shall not be done: what shall be?", remedy="say only what shall be done")
    return scene.understands(goal, world)


def answered_by(config: Config, wish: Wish, knows: Playbook | None, goal: str, environ: Mapping[str, str]) -> Answering:
    """Who answers: the configured models, else the playbook that knows the goal. Raises ConfigError for neither."""
    choice = choose(config.models, environ, model=wish.model)
    if choice.mode == "playbook" and knows is None:
        raise not_known(goal, config.scenarios, CONFIGURE_A_MODEL)
    return answering_of(choice, config.models, knows, goal, environ)
