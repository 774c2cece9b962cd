"""Everything a run needs before its first step: configuration, scenario, model, world, ledger, budget.

All of it is checked here, in this order, before anything is recorded; what is wrong raises ConfigError or UsageError.
"""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agents.chat import OnText
from agents.gateway import Gateway
from crews.answering import Answering, nobody
from crews.config import Config
from crews.equipping import (
    authority_of,
    budget_of,
    foreign_of,
    place_of,
    purse_of,
    raised_before,
    wish_and_config,
)
from crews.foreign.pinning import Pinned
from crews.holding import claimed, entering, resting, wish_of
from crews.pacing import paced
from crews.people import People
from crews.routing import ASSISTANT, answered_by, meaning
from crews.scene import Scene, load_scene
from crews.sealing import Sealing
from crews.stop import Stop
from crews.wish import Wish
from crews.worlds import open_world
from guard.budget import Budget
from guard.current import current_step
from guard.gate import Gate
from guard.warrant import Authority
from runtime.claims import Claim, Heartbeat, free, lease_of, worker_name
from runtime.database import DATABASE_ERRORS, open_database
from runtime.errors import Cancelled, ConfigError, RunStopped, TakenOver, UsageError
from runtime.home import Home
from runtime.journal import Journal
from runtime.ledger import Ledger, Listener
from runtime.problems import did_you_mean
from runtime.records import Record
from runtime.sealed import is_erased
from runtime.work import Ticket
from tasks.templates import fill
from tools.documents import left_out
from tools.world import World


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
    claim: Claim
    meant: Mapping[str, Any] = field(default_factory=dict)
    records: Sequence[Record] = ()
    on_text: OnText | None = None
    pinned: Sequence[Pinned] = ()
    journal: Journal = field(default_factory=Journal)
    stop: Stop = field(default_factory=Stop)
    gateways: dict[str, Gateway] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    heartbeats: list[Heartbeat] = field(default_factory=list)

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
        """Let go of the run, and of the world's and the ledger's connections."""
        for beat in self.heartbeats:
            beat.stop()
        with suppress(*DATABASE_ERRORS):  # if it cannot be given back, its lease ends
            free(self.ledger.engine, self.claim)
        self.world.close()
        self.ledger.close()

    def record(self, kind: Any, *, due: float | None = None, **body: Any) -> None:
        """Append one record to this run. One that ends its segment puts the run down, due again at that time if any."""
        within = resting(self.run, kind, due)
        self.ledger.append(self.run, kind, body, within=within)

    def keep(self) -> None:
        """Renew the claim from now on; bring the run to a stop when it is lost, or somebody cancels it."""
        self.heartbeats.append(Heartbeat(self.ledger.engine, self.claim, self._ended))

    def _ended(self, how: str, by: str) -> None:
        if how == "cancelled":
            self.stop.set(RunStopped(Cancelled(f"cancelled by {by}")))
        else:
            self.stop.set(RunStopped(TakenOver(f"run {self.run} was taken over by another worker")))

    def gateway(self, role: str) -> Gateway:
        """The gateway of a role; the same one for all its agents, so that its occurrences count on."""
        if role not in self.gateways:
            self.gateways[role] = Gateway(
                paced(
                    self.answering.models(self.config.roles[role].model),
                    self.config,
                    self.ledger.engine,
                    self.stop.check_step,
                ),
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
    ticket: Ticket | None = None,
    queued: bool = False,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    on_text: OnText | None = None,
    answering: Answering | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Opened:
    """Open a run for `wish` in the project folder. `answering` replaces the configured models, as the test kit does.

    With a `ticket` workers know of it: they carry it on if whoever opened it goes away, or at once if it is `queued`.
    Raises AlreadyStarted if the ticket's key is taken.
    """
    hooks = Hooks(on_record, on_banner, on_text, answering, environ)
    held = Claim(new_id(), worker_name(), 1, lease_of(environ))
    opened = open_held(project, wish, held, (), hooks)
    try:
        record_start(opened, ticket)
        record_pins(opened)
        if ticket and queued:
            opened.record("run.queued", tenant=opened.wish.of_tenant, priority=ticket.priority)
    except BaseException:
        opened.close()
        raise
    if ticket and not queued:
        opened.keep()
    return opened


def reopen_run(
    project: Path,
    prefix: str | None,
    *,
    by: str,
    held: Claim | None = None,
    accept_drift: bool = False,
    usd: float | None = None,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    answering: Answering | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Opened:
    """Open a run again that has not ended well, over the records it has. `held` is the claim on it, if there is one.

    Raises UsageError for one that is done, TakenOver for one that somebody else carries on, and ConfigError if the
    configuration is another one than it began with, unless `accept_drift`. `usd` is its new cap.
    """
    home = Home.here(project)
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())) as ledger:
        held = held or claimed(ledger, prefix, lease_of(environ))
        try:
            records = ledger.records(held.run)
            refuse_erased(held.run, records)
            opened = open_held(
                project, wish_of(records), held, records, Hooks(on_record, on_banner, None, answering, environ)
            )
        except BaseException:
            with suppress(*DATABASE_ERRORS):
                free(ledger.engine, held)
            raise
    try:
        _carried_over(opened, accept_drift=accept_drift, usd=usd)
        opened.record("run.resumed", by=by, **({} if usd is None else {"usd": usd}))
        record_pins(opened)
    except BaseException:
        opened.close()
        raise
    opened.keep()
    return opened


def _carried_over(opened: Opened, *, accept_drift: bool, usd: float | None) -> None:
    if opened.config.digest != opened.records[0].body["config"] and not accept_drift:
        remedy = "undo the change, or say --accept-drift"
        raise ConfigError(f"run {opened.run} began with another configuration", remedy=remedy)
    journal = opened.journal
    journal.accept_drift = accept_drift
    opened.budget.carry_over(
        model_calls=journal.model_calls, tool_calls=journal.tool_calls, usd=journal.usd, tokens=journal.tokens
    )
    if opened.budget.purse:
        opened.budget.purse.reclaim()
    opened.budget.raise_to(usd if usd is not None else raised_before(opened.records))


@dataclass(frozen=True)
class Hooks:
    """Who listens, who answers, and in which environment."""

    on_record: Listener | None
    on_banner: Callable[[str], None] | None
    on_text: OnText | None
    answering: Answering | None
    environ: Mapping[str, str]


def open_held(project: Path, wish: Wish, held: Claim, records: Sequence[Record], hooks: Hooks) -> Opened:
    """A run that is claimed already, with everything around it; nothing is recorded yet."""
    wish, config = wish_and_config(project, wish)
    place = place_of(config, wish)
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
        foreign, pinned = foreign_of(config, crew, world)
        scene.prepare(world)
        facts = scene.facts(world)
        meant = meaning(scene, goal, world, records, answering) if wish.scenario and not wish.undoes else {}
    except BaseException:
        world.close()
        raise
    vault = home.vault()
    sealing = Sealing(vault, config.tools, People(world), records, wish.scenario or "")
    ledger = Ledger(open_database(home.ledger_url), home.ledger_key(), vault=vault, sealer=sealing)
    ledger.hold(held.run, held.fence)
    if hooks.on_record:
        ledger.listen(hooks.on_record)
    budget = budget_of(config, wish)
    budget.purse = purse_of(config, wish, held.run, ledger)
    opened = Opened(
        run=held.run,
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
        authority=authority_of(config, crew, wish, foreign),
        facts={**facts, **meant},
        meant=meant,
        template=goal,
        claim=held,
        records=records,
        on_text=hooks.on_text,
        pinned=pinned,
        journal=Journal(records),
        environ=hooks.environ,
    )
    if budget.purse:
        budget.purse.check = opened.stop.check
    return opened


def record_pins(opened: Opened) -> None:
    """Record which foreign tools were seen first."""
    for one in opened.pinned:
        opened.record("tool.pinned", **one.body())


def record_start(opened: Opened, ticket: Ticket | None) -> None:
    """Record that the run begins, and note in the same transaction who carries it on: this process, or any worker."""
    body = {
        "goal": opened.goal,
        "scenario": opened.wish.scenario or "",
        "crew": opened.crew,
        "process": opened.config.crews[opened.crew].process,
        "principal": opened.wish.principal,
        "tenant": opened.wish.of_tenant,
        "inputs": {name: str(path) for name, path in opened.world.inputs.items()},
        "world": str(opened.world.folder),
        "left_out": left_out(opened.world),
        "mode": opened.answering.mode,
        "models": {tier: list(names) for tier, names in opened.answering.names.items()},
        "meant": dict(opened.meant),
        "config": opened.config.digest,
        "budget": opened.budget.limits,
        "wish": {**vars(opened.wish), "inputs": {name: str(path) for name, path in opened.wish.inputs.items()}},
    }
    if ticket:
        ticket = replace(ticket, tenant=opened.wish.of_tenant, crew=opened.crew)
    opened.ledger.append(opened.run, "run.started", body, within=entering(opened.claim, ticket) if ticket else None)


def refuse_erased(run: str, records: Sequence[Record]) -> None:
    """Raise UsageError for a run whose records miss something: it cannot go by them."""
    if any(is_erased(record.body) for record in records):
        problem = f"run {run} holds data of somebody who was erased, and cannot go on"
        raise UsageError(problem, remedy="start another run")


def new_id() -> str:
    """A run's id: its local date and time, which sort, and four characters, which make it its own."""
    return f"{datetime.now().astimezone():%y%m%d-%H%M%S}-{secrets.token_hex(2)}"
