"""Answers at the terminal where a run was started: what waits is shown, and yes, no, an edit, or leave it for later."""

import json
import sys
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from cli.approvals import show
from cli.console import Console
from cli.layout import Line
from cli.resume import carried_on
from cli.session import Session, principal
from cli.watch import WAITING
from runtime.errors import DeputyError

if TYPE_CHECKING:
    from crews.answers import Waiting
    from runtime.records import Record

_CHOICES = click.Choice(["yes", "no", "edit", "leave"])


def answered_here(now: Session, code: int, run: str) -> int:
    """The exit code of a run, after what it waits for was asked at this terminal; unchanged if nobody sits there."""
    while code == WAITING and run and not now.as_json and not now.quiet and _somebody_is_there():
        if not _asked(now, run):
            break
        code = carried_on(now, run)
    return code


def _asked(now: Session, run: str) -> bool:
    """Ask about everything that waits in the run; whether all of it was answered. Equal asks are one question."""
    from crews.answers import pending

    console = Console(sys.stdout, color=now.color)
    waiting = [one for one in pending(now.project()) if one.run == run]
    key = lambda one: (one.asked.tool, one.asked.rule, one.asked.approvers)  # noqa: E731  used twice
    records = now.ledger_with_runs().records(run)
    answered = [_group(now, console, list(equal), records) for _, equal in groupby(sorted(waiting, key=key), key=key)]
    return all(answered)


def _group(now: Session, console: Console, equal: "list[Waiting]", records: "Sequence[Record]") -> bool:
    show(console, equal, records)
    chosen = click.prompt("Allow?" if len(equal) == 1 else f"Allow all {len(equal)}?", type=_CHOICES, default="leave")
    if chosen == "leave":
        return False
    reason = click.prompt("Why not? (the model reads it)") if chosen == "no" else ""
    answered = [_one(now, console, one, chosen, reason) for one in equal]
    return all(answered)


def _one(now: Session, console: Console, one: "Waiting", chosen: str, reason: str) -> bool:
    """Record one answer. What cannot be taken is said, and left."""
    from crews.answers import answer

    more: dict[str, Any] = {"reason": reason}
    if chosen == "edit":
        written = click.edit(json.dumps(dict(one.asked.args), indent=2, ensure_ascii=False), extension=".json")
        if written is None:
            return False
        try:
            more["args"] = json.loads(written)
        except ValueError as error:
            console.say(Line("not taken", text=f"that is not JSON: {error}"))
            return False
    try:
        answer(now.project(), one.asked.approval, "denied" if chosen == "no" else "approved", by=principal(), **more)
    except DeputyError as error:
        console.say(Line("not taken", text=str(error)))
        return False
    waits = one.asked.people > 1 and chosen != "no"
    return not waits


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
