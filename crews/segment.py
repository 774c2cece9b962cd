"""Segments: the pieces in which workers carry a run on, each until the run ends or must wait.

    claim -> reopen over the journal -> go on -> end, or put down
      |          |
      |          +- the configuration does not fit any more: the run fails, and says why
      +- the ledger, or a system of the world, cannot be reached: the run is due again a little later

Whatever happens to the process in between, the lease ends, and another worker takes the run over from its records.
"""

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from crews.answering import Answering
from crews.holding import resting
from crews.runner import resume
from crews.wish import Outcome
from runtime.claims import Claim, free
from runtime.database import DATABASE_ERRORS, open_database
from runtime.errors import DeputyError, LedgerError, RunStopped, Unanswered
from runtime.home import Home
from runtime.ledger import Ledger, Listener

MOST_LOST = 5
"""How many workers in a row a run may take down with it before it fails."""


def segment(
    project: Path,
    held: Claim,
    *,
    on_record: Listener | None = None,
    answering: Answering | None = None,
    end: Callable[[int], object] | None = None,
    alone: bool = False,
) -> Outcome | None:
    """Carry a claimed run on until it ends or must wait. None if it cannot be: it is due again, or it has failed.

    `end` ends this process if the run hangs and its time is over; if nobody looks after the process (`alone`), also if
    the run is cancelled.
    """
    if held.lost >= MOST_LOST:
        _fail(project, held, DeputyError(f"the run took down {held.lost} workers in a row", remedy="see their logs"))
        return None
    by = f"worker:{held.worker}"
    try:
        hooks: dict[str, Any] = {"on_record": on_record, "answering": answering, "end": end, "alone": alone}
        return resume(project, held.run, by=by, held=held, **hooks)
    except LedgerError:
        _put_off(project, held)
    except Unanswered as error:
        if held.lost + 1 < MOST_LOST:
            _put_off(project, held)
        else:
            _fail(project, held, error)
    except DeputyError as error:
        _fail(project, held, error)
    except DATABASE_ERRORS:
        _put_off(project, held)
    return None


def _fail(project: Path, held: Claim, error: DeputyError) -> None:
    """Record that the run cannot be carried on, in the name of whoever holds it."""
    body: dict[str, Any] = {"error": error.problem, "remedy": error.remedy, "exit_code": error.exit_code}
    with closing(ledger_of(project)) as ledger, suppress(RunStopped):
        ledger.hold(held.run, held.fence)
        ledger.append(held.run, "run.failed", body, within=resting(held.run, "run.failed", None))


def _put_off(project: Path, held: Claim) -> None:
    """Give the run back, due again after a wait that doubles; if even that cannot be written, its lease ends."""
    with suppress(LedgerError, *DATABASE_ERRORS), closing(ledger_of(project)) as ledger:
        free(ledger.engine, held, later=min(60.0, 0.5 * 2**held.lost), lost=True)


def ledger_of(project: Path) -> Ledger:
    """The project's ledger, to be closed by whoever asked."""
    home = Home.here(project)
    return Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())
