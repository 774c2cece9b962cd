"""People's answers to what runs wait for: what is pending, and how an answer gets into the ledger."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crews.catalogue import catalogue
from crews.foreign.tools import read_foreign
from crews.sealing import Sealing
from guard.approvals import Approvals, Asked, Given, Scope
from runtime.clock import Clock, SystemClock
from runtime.database import open_database
from runtime.errors import UsageError
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.records import Record
from tools.tool import Tool

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
    if not (home.root / "ledger.sqlite").exists():
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
    found = [one for one in pending(project, clock) if one.asked.approval.startswith(prefix)]
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
        ledger.append(waiting.run, "approval.answered", {**body, "args": dict(args) if args is not None else None})
        return waiting, not _of_run(ledger.records(waiting.run), clock)


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
