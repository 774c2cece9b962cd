"""Everything a run needs before its first step: configuration, scenario, model, world, ledger, budget.

All of it is checked here, in this order, before anything is recorded; what is wrong raises ConfigError or UsageError.
"""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agents.chat import OnText
from crews.answering import Answering, nobody
from crews.config import Config
from crews.equipping import authority_of, budget_of, foreign_of, place_of, purse_of, wish_and_config
from crews.holding import entering
from crews.opened import Opened
from crews.people import People
from crews.routing import ASSISTANT, answered_by, meaning
from crews.scene import Scene, load_scene
from crews.sealing import Sealing
from crews.wish import Wish
from crews.worlds import Place, open_world
from runtime.canonical import plain
from runtime.claims import Claim, lease_of, worker_name
from runtime.database import open_database
from runtime.errors import UsageError
from runtime.home import Home
from runtime.journal import Journal
from runtime.ledger import Ledger, Listener
from runtime.problems import did_you_mean
from runtime.records import Record
from runtime.subjects import Vault
from runtime.work import Ticket
from tools.documents import left_out
from tools.world import World


@dataclass(frozen=True)
class Hooks:
    """Who listens, who answers, and in which environment."""

    on_record: Listener | None
    on_banner: Callable[[str], None] | None
    on_text: OnText | None
    answering: Answering | None
    environ: Mapping[str, str]


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


@dataclass(frozen=True)
class _Cast:
    """Who plays what, before the world is opened: what is wished for, by which rules, and who answers."""

    wish: Wish
    config: Config
    place: Place
    scene: Scene
    crew: str
    goal: str
    answering: Answering


def open_held(project: Path, wish: Wish, held: Claim, records: Sequence[Record], hooks: Hooks) -> Opened:
    """A run that is claimed already, with everything around it; nothing is recorded yet."""
    cast = _cast(project, wish, hooks)
    if hooks.on_banner:
        hooks.on_banner(cast.answering.banner)
    home = Home.here(project)
    world = open_world(home, cast.config.settings, cast.place, cast.scene, cast.wish, hooks.environ)
    try:
        opened = _in_world(cast, world, home, held, records, hooks)
    except BaseException:
        world.close()
        raise
    if opened.budget.purse:
        opened.budget.purse.check = opened.stop.check
    return opened


def _cast(project: Path, wish: Wish, hooks: Hooks) -> _Cast:
    wish, config = wish_and_config(project, wish)
    place = place_of(config, wish)
    scene = load_scene(place.spec.playbook, project)
    crew = wish.crew or place.spec.crew
    if crew not in config.crews:
        raise UsageError(f"there is no crew '{crew}'", remedy=did_you_mean(crew, config.crews))
    goal = wish.goal or place.spec.goal
    answering = nobody() if wish.undoes else hooks.answering
    if answering is None:
        knows = scene.playbook if wish.scenario or crew == ASSISTANT else None
        answering = answered_by(config, wish, knows, goal, hooks.environ)
    return _Cast(wish, config, place, scene, crew, goal, answering)


def _in_world(cast: _Cast, world: World, home: Home, held: Claim, records: Sequence[Record], hooks: Hooks) -> Opened:
    wish, config, scene = cast.wish, cast.config, cast.scene
    foreign, pinned = foreign_of(config, cast.crew, world)
    scene.prepare(world)
    facts = _as_begun(scene.facts(world), records)
    worded = wish.scenario and not wish.undoes
    meant = meaning(scene, cast.goal, world, records, cast.answering) if worded else {}
    vault = home.vault()
    sealing = Sealing(vault, config.tools, People(world, meant), records, wish.scenario or "")
    ledger = _ledger(home, held, vault, sealing, hooks)
    budget = budget_of(config, wish)
    budget.purse = purse_of(config, wish, held.run, ledger)
    return Opened(
        run=held.run,
        wish=wish,
        crew=cast.crew,
        title=cast.place.spec.title,
        config=config,
        scene=scene,
        answering=cast.answering,
        world=world,
        home=home,
        ledger=ledger,
        budget=budget,
        authority=authority_of(config, cast.crew, wish, foreign),
        facts={**facts, **meant},
        meant=meant,
        template=cast.goal,
        claim=held,
        records=records,
        on_text=hooks.on_text,
        pinned=pinned,
        journal=Journal(records),
        environ=hooks.environ,
    )


def _as_begun(facts: Mapping[str, Any], records: Sequence[Record]) -> Mapping[str, Any]:
    """The facts as they were when the run began: what it has changed since, such as how many pull requests are open,
    would make the manager's prompt another one than is recorded."""
    begun = records[0].body.get("facts", {}) if records else {}
    return {name: begun[name] if begun.get(name, plain(it)) != plain(it) else it for name, it in facts.items()}


def _ledger(home: Home, held: Claim, vault: Vault, sealing: Sealing, hooks: Hooks) -> Ledger:
    ledger = Ledger(open_database(home.ledger_url), home.ledger_key(), vault=vault, sealer=sealing)
    ledger.hold(held.run, held.fence)
    if hooks.on_record:
        ledger.listen(hooks.on_record)
    return ledger


def record_pins(opened: Opened) -> None:
    """Record which foreign tools were seen first."""
    for one in opened.pinned:
        opened.record("tool.pinned", **one.body())


def record_start(opened: Opened, ticket: Ticket | None) -> None:
    """Record that the run begins, and note in the same transaction who carries it on: this process, or any worker."""
    if ticket:
        ticket = replace(ticket, tenant=opened.wish.of_tenant, crew=opened.crew)
    within = entering(opened.claim, ticket) if ticket else None
    opened.ledger.append(opened.run, "run.started", _start(opened), within=within)


def _start(opened: Opened) -> dict[str, Any]:
    inputs = {name: str(path) for name, path in opened.world.inputs.items()}
    return {
        "goal": opened.goal,
        "scenario": opened.wish.scenario or "",
        "crew": opened.crew,
        "process": opened.config.crews[opened.crew].process,
        "principal": opened.wish.principal,
        "tenant": opened.wish.of_tenant,
        "inputs": inputs,
        "world": str(opened.world.folder),
        "left_out": left_out(opened.world),
        "mode": opened.answering.mode,
        "models": {tier: list(names) for tier, names in opened.answering.names.items()},
        "meant": dict(opened.meant),
        "facts": {name: it for name, it in opened.facts.items() if name not in opened.meant},
        "config": opened.config.digest,
        "budget": opened.budget.limits,
        "wish": {**vars(opened.wish), "inputs": {name: str(path) for name, path in opened.wish.inputs.items()}},
    }


def new_id() -> str:
    """A run's id: its local date and time, which sort, and eight characters, which make it its own.

    Fewer are not enough: an assistant that is kept open begins dozens of runs in a second.
    """
    return f"{datetime.now().astimezone():%y%m%d-%H%M%S}-{secrets.token_hex(4)}"
