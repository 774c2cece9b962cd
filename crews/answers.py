"""People's answers to what runs wait for: what is pending, and how an answer gets into the ledger."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crews.catalogue import catalogue
from crews.foreign.tools import read_foreign
from crews.sealing import Sealing
from guard.approvals import Approvals, Asked, Given, Scope
from runtime.bell import ring_out
from runtime.clock import Clock, SystemClock
from runtime.database import open_database
from runtime.errors import UsageError
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.records import Record
from runtime.work import ring
from tools.tool import Tool

if TYPE_CHECKING:
    from runtime.database import Connection

_MOST = 10_000
_REQUESTS = ("approval.requested",)


@dataclass(frozen=True)
class Waiting:
    """One request with the run that waits for it: who asked for the run, and what for."""

    run: str
    principal: str
    goal: str
    asked: Asked


def pending(project: Path, clock: Clock | None = None) -> list[Waiting]:
    """Every request that waits for an answer, oldest run first."""
    home = Home.here(project)
    if not home.has_ledger:
        return []
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())) as ledger:
        runs = [head.run for head in ledger.runs(_MOST) if head.state == "waiting"]
        return [one for run in reversed(runs) for one in _of_run(ledger.records(run), clock or SystemClock())]


def answer(
    project: Path,
    prefix: str,
    verdict: Given,
    *,
    by: str,
    reason: str = "",
    args: Mapping[str, Any] | None = None,
    scope: Scope = "call",
    clock: Clock | None = None,
) -> tuple[Waiting, bool]:
    """Record a person's answer to the request whose id starts with `prefix`.

    Returns the request, and whether its run waits for nothing more. Raises UsageError for an answer that cannot be
    taken, Denied for a person who may not give it.
    """
    clock, home = clock or SystemClock(), Home.here(project)
    found = _pending_with(home, prefix, clock) if home.has_ledger else []
    if len(found) != 1:
        problem = f"no pending approval starts with '{prefix}'" if not found else f"several start with '{prefix}'"
        raise UsageError(problem, remedy="see 'deputy approvals'")
    [waiting] = found
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=(vault := home.vault()))) as ledger:
        records = ledger.records(waiting.run)
        ledger.sealer = Sealing(vault, catalogue(), records=[one for one in records if one.kind in _REQUESTS])
        approvals = Approvals(records)
        approvals.checked(
            waiting.asked,
            by=by,
            principal=waiting.principal,
            now=clock.now(),
            tool=_tool(project, waiting.asked.tool),
            args=args,
        )
        body = {"approval": waiting.asked.approval, "verdict": verdict, "by": by, "reason": reason, "scope": scope}
        ring_it = partial(_ring_if_ready, ledger=ledger, run=waiting.run, clock=clock)
        given = {**body, "args": dict(args) if args is not None else None}
        ledger.append(waiting.run, "approval.answered", given, within=ring_it)
        ready = not _of_run(ledger.records(waiting.run), clock)
    if ready:
        ring_out()
    return waiting, ready


def _pending_with(home: Home, prefix: str, clock: Clock) -> list[Waiting]:
    """The pending requests whose id starts with `prefix`, without reading the runs that have none."""
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())) as ledger:
        runs = ledger.runs_with("approval.requested", f'"approval":"{prefix}')
        live = [run for run in runs if ledger.find(run).state in ("queued", "running", "waiting")]
        waiting = [one for run in live for one in _of_run(ledger.records(run), clock)]
    return [one for one in waiting if one.asked.approval.startswith(prefix)]


def _ring_if_ready(connection: "Connection", *, ledger: Ledger, run: str, clock: Clock) -> None:
    """Have workers look at the run if this was the last answer it waits for; of two at once, one is the last."""
    if not _of_run(ledger.records(run, connection), clock):
        ring(connection, run)


def _tool(project: Path, name: str) -> Tool | None:
    own = catalogue().get(name)
    foreign = None if own else read_foreign(project).get(name)
    return foreign.declared.tool if foreign else own


def _of_run(records: list[Record], clock: Clock) -> list[Waiting]:
    if not records:
        return []
    began = records[0]
    asked = Approvals(records).pending(clock.now())
    return [Waiting(began.run, began.body["principal"], began.body["goal"], one) for one in asked]
