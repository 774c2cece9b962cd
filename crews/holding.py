"""How a run is held while it is carried on: claimed, noted when it begins, put down when its segment ends."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crews.wish import Wish
from runtime.claims import Claim, claim, worker_name
from runtime.errors import TakenOver, UsageError
from runtime.ledger import Ledger
from runtime.records import STATE_AFTER, Kind, Record
from runtime.work import Ticket, enter, moment, rest

if TYPE_CHECKING:
    from runtime.database import Connection

Within = Callable[["Connection"], None]
"""What takes part in the transaction that appends a record."""


def claimed(ledger: Ledger, prefix: str | None, lease: float) -> Claim:
    """The claim on the run whose id starts with `prefix`. Raises UsageError if it is done, TakenOver if it is held."""
    head = ledger.find(prefix)
    if head.state == "done":
        raise UsageError(f"run {head.run} is done", remedy=f"see 'deputy show {head.run}'")
    made = claim(ledger.engine, head.run, worker_name(), lease)
    if isinstance(made, str):
        problem = f"run {head.run} is being carried on by {made}"
        raise TakenOver(problem, remedy=f"see 'deputy show {head.run}', or stop it with 'deputy cancel {head.run}'")
    return made


def entering(held: Claim, ticket: Ticket) -> Within:
    """Notes the run for workers with its first record; whoever made it has it for the length of a lease."""

    def enter_it(connection: "Connection") -> None:
        enter(connection, held.run, ticket, due=moment(connection) + held.lease, worker=held.worker)

    return enter_it


def resting(run: str, kind: Kind, until: float | None) -> Within | None:
    """Puts the run down with a record that ends its segment: until it is rung, or `until` that time."""
    state = STATE_AFTER.get(kind, "running")
    if state == "running":
        return None

    def rest_it(connection: "Connection") -> None:
        rest(connection, run, until=moment(connection) if state == "queued" else until)

    return rest_it


def wish_of(records: Sequence[Record]) -> Wish:
    """What was asked for, as the run's first record has it."""
    given = dict(records[0].body["wish"])
    return Wish(**{**given, "inputs": {name: Path(path) for name, path in given["inputs"].items()}})
