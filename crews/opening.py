"""Everything a run needs before its first step: configuration, scenario, model, world, ledger, budget.

All of it is checked here, in this order, before anything is recorded; what is wrong raises ConfigError or UsageError.
"""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from agents.chat import OnText
from agents.gateway import Gateway
from crews.answering import Answering, nobody
from crews.config import Config, load_config
from crews.foreign.pinning import Pinned, pin_first
from crews.foreign.tools import ForeignTools
from crews.people import People
from crews.routing import ASSISTANT, answered_by, meaning, routed
from crews.scenario import ScenarioSpec
from crews.scene import Scene, load_scene
from crews.sealing import Sealing
from crews.stop import Stop
from crews.wish import Wish
from crews.worlds import Place, open_world
from guard.budget import Budget
from guard.current import current_step
from guard.gate import Gate
from guard.warrant import Authority
from runtime.clock import SystemClock
from runtime.database import open_database
from runtime.errors import ConfigError, UsageError
from runtime.home import Home
from runtime.journal import Journal
from runtime.ledger import Ledger, Listener
from runtime.problems import did_you_mean
from runtime.records import Record
from runtime.reservations import Caps, Purse
from runtime.sealed import is_erased
from tasks.templates import fill
from tools.documents import left_out
from tools.world import World

DEFAULT_CREW = "deputy"
UNDO = "undo"
"""The role in which a run takes back what another one did. No model has it."""


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
    meant: Mapping[str, Any] = field(default_factory=dict)
    records: Sequence[Record] = ()
    on_text: OnText | None = None
    pinned: Sequence[Pinned] = ()
    journal: Journal = field(default_factory=Journal)
    stop: Stop = field(default_factory=Stop)
    gateways: dict[str, Gateway] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

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
                check=self.stop.check_step,
                journal=self.journal,
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
    hooks = Hooks(on_record, on_banner, on_text, answering, environ)
    opened = _open(project, wish, new_id(), (), hooks)
    _record_start(opened)
    _record_pins(opened)
    return opened


def reopen_run(
    project: Path,
    prefix: str | None,
    *,
    by: str,
    accept_drift: bool = False,
    usd: float | None = None,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    answering: Answering | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Opened:
    """Open a run again that has not ended well, over the records it has. Raises UsageError for one that is done, and
    ConfigError if the configuration is another one than it began with, unless `accept_drift`. `usd` is its new cap."""
    home = Home.here(project)
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())) as ledger:
        head = ledger.find(prefix)
        records = ledger.records(head.run)
    if any(is_erased(record.body) for record in records):
        raise UsageError(
            f"run {head.run} holds data of somebody who was erased, and cannot go on", remedy="start another run"
        )
    if head.state == "done":
        raise UsageError(f"run {head.run} is done", remedy=f"see 'deputy show {head.run}'")
    given = dict(records[0].body["wish"])
    wish = Wish(**{**given, "inputs": {name: Path(path) for name, path in given["inputs"].items()}})
    opened = _open(project, wish, head.run, records, Hooks(on_record, on_banner, None, answering, environ))
    if opened.config.digest != records[0].body["config"] and not accept_drift:
        opened.close()
        remedy = "undo the change, or say --accept-drift"
        raise ConfigError(f"run {head.run} began with another configuration", remedy=remedy)
    journal = opened.journal
    journal.accept_drift = accept_drift
    opened.budget.carry_over(
        model_calls=journal.model_calls, tool_calls=journal.tool_calls, usd=journal.usd, tokens=journal.tokens
    )
    if opened.budget.purse:
        opened.budget.purse.reclaim()
    opened.budget.raise_to(usd if usd is not None else raised_before(records))
    opened.record("run.resumed", by=by, **({} if usd is None else {"usd": usd}))
    _record_pins(opened)
    return opened


@dataclass(frozen=True)
class Hooks:
    """Who listens, who answers, and in which environment."""

    on_record: Listener | None
    on_banner: Callable[[str], None] | None
    on_text: OnText | None
    answering: Answering | None
    environ: Mapping[str, str]


def _open(project: Path, wish: Wish, run: str, records: Sequence[Record], hooks: Hooks) -> Opened:
    wish, config = _routed(project, wish)
    place = _place(config, wish)
    scene = load_scene(place.spec.playbook)
    crew = wish.crew or place.spec.crew
    if crew not in config.crews:
        raise UsageError(f"there is no crew '{crew}'", remedy=did_you_mean(crew, config.crews))
    goal = wish.goal or place.spec.goal
    answering = nobody() if wish.undoes else hooks.answering
    if answering is None:
        knows = scene.playbook if wish.scenario or crew == ASSISTANT else None
        answering = answered_by(config, wish, knows, goal, hooks.environ)
    if hooks.on_banner:
        hooks.on_banner(answering.banner)
    home = Home.here(project)
    world = open_world(home, config.settings, place, scene, wish, hooks.environ)
    try:
        foreign, pinned = _foreign(config, crew, world)
        scene.prepare(world)
        facts = scene.facts(world)
        meant = meaning(scene, goal, world, records, answering) if wish.scenario else {}
    except BaseException:
        world.close()
        raise
    vault = home.vault()
    sealing = Sealing(vault, config.tools, People(world), records, wish.scenario or "")
    ledger = Ledger(open_database(home.ledger_url), home.ledger_key(), vault=vault, sealer=sealing)
    if hooks.on_record:
        ledger.listen(hooks.on_record)
    budget = _budget(config, wish)
    budget.purse = _purse(config, wish, run, ledger)
    opened = Opened(
        run=run,
        wish=wish,
        crew=crew,
        title=place.spec.title,
        config=config,
        scene=scene,
        answering=answering,
        world=world,
        home=home,
        ledger=ledger,
        budget=budget,
        authority=_authority(config, crew, wish, foreign),
        facts={**facts, **meant},
        meant=meant,
        template=goal,
        records=records,
        on_text=hooks.on_text,
        pinned=pinned,
        journal=Journal(records),
        environ=hooks.environ,
    )
    if budget.purse:
        budget.purse.check = opened.stop.check
    return opened


def _place(config: Config, wish: Wish) -> Place:
    """The scenario that a wish names, else the house's own world, in which free goals and questions are met."""
    name = wish.scenario or config.settings.assistant_world
    if name is None:
        goal = wish.goal or ""
        return Place("house", config.project, ScenarioSpec(title="Goal", goal=goal, crew=wish.crew or DEFAULT_CREW))
    return Place(name, config.scenario_folder(name), config.scenarios[name])


def _routed(project: Path, wish: Wish) -> tuple[Wish, Config]:
    """The wish with the scenario or crew that its goal is for, and the configuration for it."""
    config = load_config(project, wish.scenario)
    meant = routed(config, wish)
    return meant, config if meant.scenario == wish.scenario else load_config(project, meant.scenario)


def _budget(config: Config, wish: Wish) -> Budget:
    limits = config.policies.budget
    return Budget(
        model_calls=limits.model_calls,
        tool_calls=limits.tool_calls,
        usd=min(limits.usd, wish.usd) if wish.usd is not None else limits.usd,
        minutes=min(limits.minutes, wish.minutes or limits.minutes),
        clock=SystemClock(),
        tokens=limits.tokens,
    )


def _foreign(config: Config, crew: str, world: World) -> tuple[ForeignTools, list[Pinned]]:
    """The foreign tools, once all that the crew may use were seen; their sources are asked only at the first use."""
    try:
        names = {tool for role in config.crews[crew].agents for tool in config.roles[role].tools}
        return pin_first(config, names, world)
    except BaseException:
        world.close()
        raise


def _record_pins(opened: Opened) -> None:
    for one in opened.pinned:
        opened.record("tool.pinned", **one.body())


def _purse(config: Config, wish: Wish, run: str, ledger: Ledger) -> Purse | None:
    """The money that the run shares with others, if there is a limit to it."""
    limits = config.policies.budget
    caps = Caps(limits.per_principal_day, limits.per_tenant_day, limits.day)
    return Purse(ledger.engine, run, wish.principal, wish.of_tenant, caps) if caps.any() else None


def raised_before(records: Sequence[Record]) -> float | None:
    """The cap in US dollars that a person gave a run when it was last carried on with another one."""
    given = [one.body["usd"] for one in records if one.kind == "run.resumed" and "usd" in one.body]
    return float(given[-1]) if given else None


def _authority(config: Config, crew: str, wish: Wish, foreign: ForeignTools) -> Authority:
    spec = config.crews[crew]
    roles = {role: frozenset(config.roles[role].tools) for role in spec.agents}
    policies = config.policies
    return Authority(
        tools={**config.tools, **{name: one.tool for name, one in foreign.declared.items()}},
        roles={UNDO: frozenset(config.tools)} if wish.undoes else roles,
        denied=frozenset(policies.deny),
        read_only=spec.read_only,
        rules=(*policies.rules, *(rule for one in foreign.declared.values() for rule in one.caps)),
        declared=foreign.declared,
        scenario=wish.scenario or "",
        untrusted_target=policies.untrusted_target,
        denied_content=policies.content.denied,
        outside_plan=policies.outside_plan,
    )


def _record_start(opened: Opened) -> None:
    opened.record(
        "run.started",
        goal=opened.goal,
        scenario=opened.wish.scenario or "",
        crew=opened.crew,
        process=opened.config.crews[opened.crew].process,
        principal=opened.wish.principal,
        tenant=opened.wish.of_tenant,
        inputs={name: str(path) for name, path in opened.world.inputs.items()},
        world=str(opened.world.folder),
        left_out=left_out(opened.world),
        mode=opened.answering.mode,
        models={tier: list(names) for tier, names in opened.answering.names.items()},
        meant=dict(opened.meant),
        config=opened.config.digest,
        budget=opened.budget.limits,
        wish={**vars(opened.wish), "inputs": {name: str(path) for name, path in opened.wish.inputs.items()}},
    )


def new_id() -> str:
    """A fresh run's id: its local date and time, which sort, and four characters, which make it its own."""
    return f"{datetime.now().astimezone():%y%m%d-%H%M%S}-{secrets.token_hex(2)}"
