"""Which scenario runs against which real servers, and what a whole run of it is: its goals, and how its end is seen.

The table in docs/backends.md says the same; its test shows what it has to be.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crews.answers import answer, pending
from crews.wish import Wish
from testkit import states
from testkit.peers import Peer
from testkit.projects import home_in, records_of
from testkit.snapshot import snapshot
from tests.scenarios.recruiting import POSITION, world_of
from tools.world import World


@dataclass(frozen=True)
class Row:
    """A scenario: its peers, what is asked for one after the other (None: its own goal), how its end is seen,
    and whether its first run is taken back in the end."""

    peers: tuple[Peer, ...]
    state: Callable[[World], Any]
    goals: tuple[str | None, ...] = (None, None)
    undo: bool = False


def nothing(_world: World) -> None:
    """A scenario that only reads leaves nothing but its answer."""


ROWS: Mapping[str, Row] = {
    "recruiting": Row(
        ("caldav", "smtp", "postgres", "ledger"),
        lambda world: snapshot(world, POSITION),
        (
            None,
            None,
            "Deal with the answers to our interview invitations",
            "Move the interview of Ananya Krishnamurthy to 18 March",
            "Cancel the interview of Marcus Adeyemi",
        ),
    ),
    "scheduling": Row(
        ("caldav", "smtp", "ledger"),
        states.meetings,
        (
            None,
            None,
            "Schedule a 1-hour sync with the design team tomorrow",
            "Move the sync with the design team to Friday",
            "Cancel the roadmap workshop",
            "When is everyone in the design team free tomorrow?",
        ),
    ),
    "finops": Row(("aws", "smtp", "ledger"), states.cloud, (None,), undo=True),
    "devops": Row(("github", "ledger"), states.forge, (None,)),
    "stock": Row(("smtp", "postgres", "ledger"), states.purchases, undo=True),
    "lunch": Row(("smtp", "postgres", "ledger"), states.purchases, undo=True),
    "crm": Row(("postgres", "ledger"), states.customers, undo=True),
    "report": Row(("smtp", "ledger"), states.reports),
    "research": Row(("ledger",), states.briefs),
    **{
        name: Row(("ledger",), nothing, (None,)) for name in ("support", "copilot", "meetings", "summary", "extraction")
    },
}


@dataclass
class End:
    """Of each run its exit code, what was decided about its calls, what it said, and the world after it."""

    codes: list[int] = field(default_factory=list)
    decided: list[list[tuple[str, str, str]]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    worlds: list[Any] = field(default_factory=list)


def played(project: Path, scenario: str, goals: Sequence[str | None] = ()) -> End:
    """Play each goal, say yes to all that waits, and carry on until nothing does; take back the first if so wanted."""
    row, end = ROWS[scenario], End()
    with home_in(project):
        wanted = goals or row.goals
        first, *_ = [_play(project, Wish(goal, scenario, model="playbook"), end) for goal in wanted]
        if row.undo:
            crew = records_of(project, first)[0].body["crew"]
            _play(project, Wish(f"undo run {first}", scenario, crew, undoes=first), end)
    return end


def _play(project: Path, wish: Wish, end: End) -> str:
    from crews.runner import resume, start

    outcome = start(project, wish)
    while waiting := pending(project):
        for one in waiting:
            answer(project, one.asked.approval, "approved", by=(one.asked.approvers or ("user:ana",))[0])
        outcome = resume(project, outcome.run, by="user:ana")
    bodies = [one.body for one in records_of(project, outcome.run) if one.kind == "call.decided"]
    end.codes.append(outcome.exit_code)
    end.decided.append(sorted((one["tool"], one["verdict"], one["rule"]) for one in bodies))
    end.said.append(re.sub(r"\d{6}-\d{6}-[0-9a-f]{8}", "RUN", outcome.summary))
    end.worlds.append(world_left(project, str(wish.scenario)))
    return outcome.run


def world_left(project: Path, scenario: str) -> Any:
    """What the scenario's world holds now."""
    world = world_of(project, os.environ, scenario)
    try:
        return ROWS[scenario].state(world)
    finally:
        world.close()


HEADS: Mapping[Peer, str] = {
    "caldav": "Radicale",
    "smtp": "aiosmtpd",
    "postgres": "PostgreSQL (records)",
    "ledger": "PostgreSQL (ledger)",
    "aws": "moto",
    "github": "GitHub (Prism)",
}


def table() -> str:
    """The table of docs/backends.md: what each scenario is run whole against."""
    lines = [["scenario", *HEADS.values()], ["---"] * (len(HEADS) + 1)]
    lines += [[name, *("yes" if one in row.peers else "–" for one in HEADS)] for name, row in sorted(ROWS.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
