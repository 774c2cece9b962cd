"""People's answers to what runs wait for: what is pending, and how an answer gets into the ledger."""

from collections.abc import Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crews.catalogue import catalogue
from crews.config import load_config
from crews.foreign.tools import read_foreign
from crews.sealing import Sealing
from guard.approvals import Approvals, Asked, Given, Scope
from guard.approvers import Roster
from guard.tokens import read as read_token
from runtime.bell import ring_out
from runtime.clock import Clock, SystemClock
from runtime.database import open_database
from runtime.errors import Denied, UsageError
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.records import ENDED, Record
from runtime.work import ring
from tools.tool import Tool

BOUND = 20
"""Characters of a digest, 80 bits, by which a token names a request: mails about many of them stay short."""

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
        runs = [head.run for head in ledger.runs(_MOST, state="waiting")]
        return [one for run in reversed(runs) for one in of_run(ledger.records(run), clock or SystemClock())]


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
    clock = clock or SystemClock()
    home = Home.here(project)
    waiting = _one(_pending_with(home, prefix, clock) if home.has_ledger else [], prefix)
    said = _said(verdict, reason, args, scope)
    return waiting, _recorded(project, [waiting], by, said, clock)


def answer_by_token(
    project: Path,
    text: str,
    verdict: Given,
    *,
    prefix: str = "",
    reason: str = "",
    args: Mapping[str, Any] | None = None,
    scope: Scope = "call",
    clock: Clock | None = None,
) -> tuple[list[Waiting], bool]:
    """Record the answer of the person that a token was made for: to all that it is about, or only to what starts with
    `prefix`. The token says who they are, and is used up by it.

    Raises Denied for a token that is not ours, has expired or was used, UsageError if nothing that it is about waits.
    """
    clock, home = clock or SystemClock(), Home.here(project)
    token = read_token(home.ledger_key(), text, clock.now())
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())) as ledger:
        _refuse_used(token.nonce, ledger.records(token.run))
    about = [
        one for one in pending(project, clock) if one.run == token.run and one.asked.digest[:BOUND] in token.digests
    ]
    wanted = [_one(about, prefix)] if prefix else about
    if not wanted:
        raise UsageError("nothing that the token is about waits any more", remedy="see 'deputy approvals'")
    said = _said(verdict, reason, args, scope) | {"token": token.nonce}
    return wanted, _recorded(project, wanted, token.by, said, clock)


def _said(verdict: Given, reason: str, args: Mapping[str, Any] | None, scope: Scope) -> dict[str, Any]:
    return {"verdict": verdict, "reason": reason, "scope": scope, "args": dict(args) if args is not None else None}


def _recorded(project: Path, waiting: Sequence[Waiting], by: str, said: Mapping[str, Any], clock: Clock) -> bool:
    """Check the answer against each request as it stands in the ledger, then record it for all of them.

    Of two people who answer at the same moment the first one counts: each record is written only if its request still
    waits. Of two who use one token at the same moment the first one answers to all of it, and the other to nothing.
    Raises UsageError if none waits any more, Denied if the token was used meanwhile.
    """
    home, run = Home.here(project), waiting[0].run
    roster = Roster.of(load_config(project).policies)
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=(vault := home.vault()))) as ledger:
        records = ledger.records(run)
        ledger.sealer = Sealing(vault, catalogue(), records=[one for one in records if one.kind in _REQUESTS])
        checks = [_Check(one, by, _tool(project, one.asked.tool), roster, said["args"], clock) for one in waiting]
        bodies = [{"by": roster.name(by), "role": one.role(records), **said} for one in checks]
        late: list[UsageError] = []
        mine: set[int] = set()
        for check, body in zip(checks, bodies, strict=True):
            body["approval"] = check.waiting.asked.approval
            try:
                within = partial(check.still_waits, ledger, said.get("token"), mine)
                mine.add(ledger.append(run, "approval.answered", body, within=within).seq)
            except UsageError as error:
                late.append(error)
        if len(late) == len(waiting):
            raise late[0]
        ready = not of_run(ledger.records(run), clock)
    if ready:
        ring_out()
    return ready


@dataclass(frozen=True)
class _Check:
    """Whether one person's answer to one request can be taken."""

    waiting: Waiting
    by: str
    tool: Tool | None
    roster: Roster
    args: Mapping[str, Any] | None
    clock: Clock

    def role(self, records: Sequence[Record]) -> str:
        """The role in which they answer, by the run's records. Raises UsageError or Denied."""
        return Approvals(records).checked(
            self.waiting.asked,
            by=self.by,
            principal=self.waiting.principal,
            now=self.clock.now(),
            tool=self.tool,
            roster=self.roster,
            args=self.args,
        )

    def still_waits(self, ledger: Ledger, token: str | None, mine: Set[int], connection: "Connection") -> None:
        """In the transaction that records the answer: take it back if it is late; have workers look if it is the last.

        `mine` are the numbers of the records that this same use of the token has written. Raises UsageError for one
        whose request was answered, or whose run has ended, since it was checked; Denied for a token used by another.
        """
        run = self.waiting.run
        records = ledger.records(run, connection)
        _refuse_used(token, records[:-1], mine)
        state = ledger.state(run, connection)
        if state in ENDED:
            raise UsageError(f"run {run} is {state}, and waits for nobody", remedy=f"see 'deputy show {run}'")
        self.role(records[:-1])
        if not of_run(records, self.clock):
            ring(connection, run)


def _refuse_used(token: str | None, records: Sequence[Record], mine: Set[int] = frozenset()) -> None:
    answers = [one for one in records if one.kind == "approval.answered" and one.seq not in mine]
    if token and any(one.body.get("token") == token for one in answers):
        raise Denied("the token was used before", remedy="see 'deputy approvals', and answer by the id of the approval")


def _one(waiting: Sequence[Waiting], prefix: str) -> Waiting:
    found = [one for one in waiting if one.asked.approval.startswith(prefix)]
    if len(found) != 1:
        problem = f"no pending approval starts with '{prefix}'" if not found else f"several start with '{prefix}'"
        raise UsageError(problem, remedy="see 'deputy approvals'")
    return found[0]


def _pending_with(home: Home, prefix: str, clock: Clock) -> list[Waiting]:
    """The pending requests whose id starts with `prefix`, without reading the runs that have none."""
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())) as ledger:
        runs = ledger.live_runs_with("approval.requested", f'"approval":"{prefix}')
        waiting = [one for run in runs for one in of_run(ledger.records(run), clock)]
    return [one for one in waiting if one.asked.approval.startswith(prefix)]


def _tool(project: Path, name: str) -> Tool | None:
    own = catalogue().get(name)
    foreign = None if own else read_foreign(project).get(name)
    return foreign.declared.tool if foreign else own


def of_run(records: Sequence[Record], clock: Clock) -> list[Waiting]:
    """What waits for a person in the run with these records."""
    if not records:
        return []
    began = records[0]
    asked = Approvals(records).pending(clock.now())
    return [Waiting(began.run, began.body["principal"], began.body["goal"], one) for one in asked]
