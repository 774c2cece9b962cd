"""Runs that workers carry on: put into the queue, rung, cancelled, or made anew from where an earlier one stood."""

from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from crews.holding import resting
from crews.opening import open_run
from crews.segment import ledger_of
from crews.wish import Wish
from runtime.bell import ring_out
from runtime.claims import claim, worker_name
from runtime.errors import RunStopped, UsageError
from runtime.records import ENDED, RunHead
from runtime.work import AlreadyStarted, Ticket, ask_to_cancel, run_of_key


@dataclass(frozen=True)
class Queued:
    """A run in the queue. `new` is False for one that was there under the same key."""

    run: str
    new: bool


def enqueue(project: Path, wish: Wish, *, key: str | None = None, priority: int = 0) -> Queued:
    """Begin a run for `wish` and leave it to the workers. With a `key`, as often as it is asked: one run.

    Everything is checked before, as it is for a run in the foreground: raises ConfigError or UsageError.
    """
    if key:
        with closing(ledger_of(project)) as ledger:
            known = run_of_key(ledger.engine, key)
        if known:
            return Queued(known, new=False)
    ticket = Ticket(priority=priority, key=key)
    try:
        with closing(open_run(project, wish, ticket=ticket, queued=True)) as opened:
            queued = Queued(opened.run, new=True)
    except AlreadyStarted as other:
        return Queued(other.run, new=False)
    ring_out()
    return queued


def cancel(project: Path, prefix: str, *, by: str) -> tuple[RunHead, bool]:
    """Stop a run. Returns where it stood, and whether it is cancelled by now.

    If somebody carries it on, they hear of it within a quarter of a second, and record it. Raises UsageError if it has
    ended.
    """
    with closing(ledger_of(project)) as ledger:
        head = ledger.find(prefix)
        if head.state in ENDED:
            raise UsageError(f"run {head.run} is {head.state}", remedy=f"see 'deputy show {head.run}'")
        if ask_to_cancel(ledger.engine, head.run, by):
            return head, False
        held = claim(ledger.engine, head.run, worker_name())
        if isinstance(held, str):  # claimed in this very moment
            return head, not ask_to_cancel(ledger.engine, head.run, by)
        ledger.hold(head.run, held.fence)
        with suppress(RunStopped):
            body = {"reason": f"cancelled by {by}"}
            ledger.append(head.run, "run.cancelled", body, within=resting(head.run, "run.cancelled", None))
        return head, True
