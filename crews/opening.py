"""Everything a run needs before its first step: configuration, scenario, model, world, ledger, budget.

All of it is checked here, in this order, before anything is recorded; what is wrong raises ConfigError or UsageError.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from agents.chat import OnText
from agents.gateway import Gateway
from agents.selection import choose
from crews.answering import Answering, answering_of
from crews.catalogue import catalogue
from crews.config import Config, load_config
from crews.scenario import ScenarioSpec
from crews.scene import Scene, load_scene
from crews.wish import Wish
from crews.worlds import Place, open_world
from guard.budget import Budget
from guard.current import current_step
from guard.warrant import Authority
from runtime.clock import SystemClock
from runtime.database import open_database
from runtime.errors import RunStopped, UsageError
from runtime.home import Home
from runtime.ledger import Ledger, Listener
from runtime.problems import did_you_mean
from tasks.templates import fill
from tools.world import World

ASSISTANT = "assistant"
DEFAULT_CREW = "deputy"


class Stop:
    """The run's stop sign: once raised, every next model call and tool call unwinds with the first reason."""

    def __init__(self) -> None:
        self._stopped: RunStopped | None = None

    def set(self, stopped: RunStopped) -> None:
        """Raise the sign; a later reason does not replace the first."""
        self._stopped = self._stopped or stopped

    def check(self) -> None:
        """Raise the reason if the sign is up."""
        if self._stopped is not None:
            raise RunStopped(self._stopped.cause)


@dataclass(frozen=True)
class Opened:
    """A run that may begin."""

    run: str
    wish: Wish
    crew: str
    title: str
    config: Config
    scene: Scene
    answering: Answering
    world: World
    home: Home
    ledger: Ledger
    budget: Budget
    authority: Authority
    facts: Mapping[str, Any]
    template: str
    on_text: OnText | None = None
    stop: Stop = field(default_factory=Stop)
    gateways: dict[str, Gateway] = field(default_factory=dict)

    @property
    def goal(self) -> str:
        """The goal with its placeholders filled; a person's own words stay as they are."""
        return self.wish.goal or fill(self.template, self.words)

    @property
    def words(self) -> dict[str, str]:
        """What placeholders in goals and tasks stand for: the facts, and the inputs' names."""
        given = {name: path.name for name, path in self.world.inputs.items()}
        return given | {name: str(value) for name, value in self.facts.items()}

    @property
    def folder(self) -> Path:
        """Where the report and the run's files go."""
        return self.home.run(self.run)

    def close(self) -> None:
        """Let go of the world's and the ledger's connections."""
        self.world.close()
        self.ledger.close()

    def record(self, kind: Any, **body: Any) -> None:
        """Append one record to this run."""
        self.ledger.append(self.run, kind, body)

    def gateway(self, role: str) -> Gateway:
        """The gateway of a role; the same one for all its agents, so that its occurrences count on."""
        if role not in self.gateways:
            self.gateways[role] = Gateway(
                self.answering.models(self.config.roles[role].model),
                ledger=self.ledger,
                run=self.run,
                role=role,
                budget=self.budget,
                step=current_step,
                prices=self.answering.price,
                check=self.stop.check,
                on_text=self.on_text,
            )
        return self.gateways[role]


def open_run(
    project: Path,
    wish: Wish,
    *,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    on_text: OnText | None = None,
    answering: Answering | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Opened:
    """Open a run for `wish` in the project folder. `answering` replaces the configured models, as the test kit does."""
    config = load_config(project, wish.scenario)
    place = _place(config, wish)
    scene = load_scene(place.spec.playbook)
    crew = wish.crew or place.spec.crew
    if crew not in config.crews:
        raise UsageError(f"there is no crew '{crew}'", remedy=did_you_mean(crew, config.crews))
    if answering is None:
        knows = scene.playbook if wish.scenario or crew == ASSISTANT else None
        choice = choose(config.models, environ, model=wish.model)
        answering = answering_of(choice, config.models, knows, wish.goal or place.spec.goal, environ)
    if on_banner:
        on_banner(answering.banner)
    home = Home.here(project)
    world = open_world(home, config.settings, place, scene, wish, environ)
    scene.prepare(world)
    ledger = Ledger(open_database(home.ledger_url), home.ledger_key())
    if on_record:
        ledger.listen(on_record)
    opened = Opened(
        run=_new_id(),
        wish=wish,
        crew=crew,
        title=place.spec.title,
        config=config,
        scene=scene,
        answering=answering,
        world=world,
        home=home,
        ledger=ledger,
        budget=_budget(config, wish),
        authority=_authority(config, crew),
        facts=scene.facts(world),
        template=wish.goal or place.spec.goal,
        on_text=on_text,
    )
    _record_start(opened)
    return opened


def _place(config: Config, wish: Wish) -> Place:
    """The scenario that a wish names, else the house's own world, in which free goals and questions are met."""
    name = wish.scenario or config.settings.assistant_world
    if name is None:
        goal = wish.goal or ""
        return Place("house", config.project, ScenarioSpec(title="Goal", goal=goal, crew=wish.crew or DEFAULT_CREW))
    return Place(name, config.scenario_folder(name), config.scenarios[name])


def _budget(config: Config, wish: Wish) -> Budget:
    limits = config.policies.budget
    return Budget(
        model_calls=limits.model_calls,
        tool_calls=limits.tool_calls,
        usd=min(limits.usd, wish.usd) if wish.usd is not None else limits.usd,
        minutes=limits.minutes,
        clock=SystemClock(),
    )


def _authority(config: Config, crew: str) -> Authority:
    spec = config.crews[crew]
    roles = {role: frozenset(config.roles[role].tools) for role in spec.agents}
    return Authority(catalogue(), roles, frozenset(config.policies.deny), read_only=spec.read_only)


def _record_start(opened: Opened) -> None:
    opened.record(
        "run.started",
        goal=opened.goal,
        scenario=opened.wish.scenario or "",
        crew=opened.crew,
        process=opened.config.crews[opened.crew].process,
        principal=opened.wish.principal,
        inputs={name: str(path) for name, path in opened.world.inputs.items()},
        world=str(opened.world.folder),
        mode=opened.answering.mode,
        models={tier: list(names) for tier, names in opened.answering.names.items()},
        config=opened.config.digest,
    )


def _new_id() -> str:
    """A run's id: its local date and time, which sort, and four characters, which make it its own."""
    return f"{datetime.now().astimezone():%y%m%d-%H%M%S}-{secrets.token_hex(2)}"
