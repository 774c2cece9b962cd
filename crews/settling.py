"""Settling: what a person found out about an effect that nobody could know of, put into the ledger."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crews.catalogue import catalogue
from crews.sealing import Sealing
from runtime.bell import ring_out
from runtime.database import open_database
from runtime.errors import UsageError
from runtime.home import Home
from runtime.journal import Doubt, Journal
from runtime.ledger import Ledger
from runtime.work import ring

if TYPE_CHECKING:
    from runtime.database import Connection

Verdict = Literal["done", "redo", "skip"]


def doubts(project: Path, run: str | None) -> tuple[str, list[Doubt]]:
    """The run's id, and its effects in doubt in the order they were begun."""
    with closing(_ledger(project)) as ledger:
        name = ledger.find(run).run
        return name, Journal(ledger.records(name)).open_doubts()


def settle(project: Path, run: str, call: str, verdict: Verdict, *, by: str, reason: str) -> tuple[str, bool]:
    """Record what `by` says of a call: it is done, to be done again, or to be left. The gate acts on it on resume.

    Returns the run's id, and whether nothing of it is in doubt any more. Raises UsageError for a call that is not.
    """
    with closing(_ledger(project)) as ledger:
        name = ledger.find(run).run
        records = ledger.records(name)
        assert ledger.vault is not None
        ledger.sealer = Sealing(ledger.vault, catalogue(), records=records)  # what is personal stays sealed
        found = [one for one in Journal(records).open_doubts() if one.body["call"] == call]
        if not found:
            raise UsageError(f"no call '{call}' of run {name} is in doubt", remedy=f"see 'deputy settle {name}'")
        kept: dict[str, Any] = {key: value for key, value in found[0].body.items() if key in _KEPT}

        def ring_if_settled(connection: "Connection") -> None:
            if not Journal(ledger.records(name, connection)).open_doubts():
                ring(connection, name)

        said = kept | {"verdict": verdict, "by": by, "reason": reason}
        ledger.append(name, "tool.settled", said, within=ring_if_settled)
        ring_out()
        return name, not Journal(ledger.records(name)).open_doubts()


_KEPT = ("step", "role", "call", "tool", "effect", "args", "key")


def _ledger(project: Path) -> Ledger:
    home = Home.here(project)
    return Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())
