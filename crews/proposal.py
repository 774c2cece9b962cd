"""A proposal: what the assistant hands over, to a crew or to a person. It does nothing until a person accepts it.

The goal is the person's own words. Whether there is a proposal, and for which crew, follows from these words and the
scenarios alone: neither a document nor a model has a say in it.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from crews.config import Config
from crews.goals import only_asks, understood
from crews.wish import Wish
from runtime.database import Connection, open_database
from runtime.errors import UsageError
from runtime.home import Home
from runtime.ledger import Ledger

_POLITE = re.compile(r"(?:please|kindly|(?:can|could|would|will)\s+you)[\s,]+", re.IGNORECASE)
_EARLIER = 200


@dataclass(frozen=True)
class Proposal:
    """What is handed over. `to` says whether a crew or somebody of the house goes on.

    `effects` are the tools that change something, each with its effect; `usd` is what the run may cost at most, and
    `last_usd` what the last run of its scenario did cost, if there was one.
    """

    to: Literal["crew", "person"]
    goal: str
    why: str
    scenario: str = ""
    crew: str = ""
    effects: Mapping[str, str] = field(default_factory=dict)
    usd: float | None = None
    last_usd: float | None = None
    transcript: Sequence[Mapping[str, str]] = ()


def for_a_crew(config: Config, question: str, ledger: Ledger) -> Proposal | None:
    """The run that a person's words ask for, if they ask for one of the scenarios to act; None for a question."""
    goal = question.strip()
    while polite := _POLITE.match(goal):
        goal = goal[polite.end() :]
    if only_asks(goal.rstrip("?")) or (goal.endswith("?") and goal == question.strip()):
        return None
    acting = {name: spec.goals for name, spec in config.scenarios.items() if not config.crews[spec.crew].read_only}
    found = understood(goal.rstrip("?"), acting)
    if found.kind != "scenario":
        return None
    name = found.scenarios[0]
    crew = config.scenarios[name].crew
    effects = _effects(config, crew)
    why = f"it is a goal like '{config.scenarios[name].goals[0].say}', and the assistant only reads"
    last = _last_cost(ledger, name)
    return Proposal("crew", question, why, name, crew, effects, config.policies.budget.usd, last)


def for_a_person(question: str, why: str, read: Sequence[str]) -> Proposal:
    """A question that the documents do not answer, with what was asked and read."""
    said = [{"who": "person", "said": question}]
    said += [{"who": "assistant", "said": f"read {one}"} for one in read]
    return Proposal("person", question, why, transcript=said)


def accepted(project: Path, prefix: str, *, by: str) -> tuple[str, Proposal]:
    """Record that a person accepts the proposal of the question `prefix`; the question's run and the proposal.

    Raises UsageError if there is none or it was accepted before, LedgerError if its records were tampered with.
    """
    home = Home.here(project)
    if not home.has_ledger:
        raise UsageError("nothing was proposed here", remedy="ask first: deputy ask QUESTION")
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())) as ledger:
        run = ledger.find(prefix).run
        ledger.verify(run)
        records = ledger.records(run)
        made = [one.body for one in records if one.kind == "proposal.made"]
        if not made:
            raise UsageError(f"run {run} proposes nothing", remedy=f"see 'deputy show {run}'")
        proposal = Proposal(**{**made[-1], "goal": records[0].body["wish"]["goal"]})
        ledger.append(run, "proposal.accepted", {"by": by}, within=partial(_only_once, ledger, run))
    return run, proposal


def _only_once(ledger: Ledger, run: str, connection: Connection) -> None:
    """Raise UsageError, and keep no record, if somebody has accepted before: of two at once one is first."""
    if sum(one.kind == "proposal.accepted" for one in ledger.records(run, connection)) > 1:
        raise UsageError(f"the proposal of {run} was accepted before", remedy="ask again")


def wish_of(proposal: Proposal, principal: str) -> Wish:
    """The run that an accepted proposal becomes: the person's words, and the scenario that understands them."""
    return Wish(goal=proposal.goal, scenario=proposal.scenario, principal=principal)


def _effects(config: Config, crew: str) -> dict[str, str]:
    tasks = [config.tasks[name] for name in config.crews[crew].tasks]
    tools = sorted({tool for task in tasks for tool in task.tools})
    return {name: config.tools[name].effect for name in tools if config.tools[name].effect != "read"}


def _last_cost(ledger: Ledger, scenario: str) -> float | None:
    """What the newest finished run of the scenario did cost, in US dollars."""
    for head in ledger.runs(_EARLIER, state="done"):
        if head.scenario == scenario:
            paid = ledger.latest(head.run, "model.called", "model.failed")
            return float(paid.body["spent"]["usd"]) if paid else 0.0
    return None
