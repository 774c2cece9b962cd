"""A run that may begin or go on: what it was asked, what it works with, and how it is put down again."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.chat import OnText
from agents.gateway import Gateway
from crews.answering import Answering
from crews.config import Config
from crews.foreign.pinning import Pinned
from crews.holding import resting
from crews.pacing import paced
from crews.scene import Scene
from crews.stop import Stop
from crews.wish import Wish
from guard.budget import Budget
from guard.current import current_step
from guard.gate import Gate
from guard.warrant import Authority
from runtime.claims import Claim, Heartbeat, free
from runtime.database import DATABASE_ERRORS
from runtime.errors import Cancelled, RunStopped, TakenOver
from runtime.home import Home
from runtime.journal import Journal
from runtime.ledger import Ledger
from runtime.records import Record
from tasks.templates import fill
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
            cause = Cancelled(f"cancelled by {by}")
            self.stop.set(RunStopped(cause))
            self.stop.on_cancelled(cause)
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
