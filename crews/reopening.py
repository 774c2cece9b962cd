"""Carrying on a run that began before: over the records it has, under the configuration it began with."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from crews.answering import Answering
from crews.equipping import raised_before
from crews.holding import claimed, wish_of
from crews.opened import Opened
from crews.opening import Hooks, open_held, record_pins
from runtime.claims import Claim, free, lease_of
from runtime.database import DATABASE_ERRORS, open_database
from runtime.errors import ConfigError, UsageError
from runtime.home import Home
from runtime.ledger import Ledger, Listener
from runtime.records import Record
from runtime.sealed import is_erased


def reopen_run(
    project: Path,
    prefix: str | None,
    *,
    by: str,
    held: Claim | None = None,
    accept_drift: bool = False,
    usd: float | None = None,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    answering: Answering | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Opened:
    """Open a run again that has not ended well, over the records it has. `held` is the claim on it, if there is one.

    Raises UsageError for one that is done, TakenOver for one that somebody else carries on, and ConfigError if the
    configuration is another one than it began with, unless `accept_drift`. `usd` is its new cap.
    """
    home = Home.here(project)
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())) as ledger:
        held = held or claimed(ledger, prefix, lease_of(environ))
        try:
            records = ledger.records(held.run)
            refuse_erased(held.run, records)
            opened = open_held(
                project, wish_of(records), held, records, Hooks(on_record, on_banner, None, answering, environ)
            )
        except BaseException:
            with suppress(*DATABASE_ERRORS):
                free(ledger.engine, held)
            raise
    try:
        _carried_over(opened, accept_drift=accept_drift, usd=usd)
        opened.record("run.resumed", by=by, **({} if usd is None else {"usd": usd}))
        record_pins(opened)
    except BaseException:
        opened.close()
        raise
    opened.keep()
    return opened


def _carried_over(opened: Opened, *, accept_drift: bool, usd: float | None) -> None:
    if opened.config.digest != opened.records[0].body["config"] and not accept_drift:
        remedy = "undo the change, or say --accept-drift"
        raise ConfigError(f"run {opened.run} began with another configuration", remedy=remedy)
    journal = opened.journal
    journal.accept_drift = accept_drift
    opened.budget.carry_over(
        model_calls=journal.model_calls, tool_calls=journal.tool_calls, usd=journal.usd, tokens=journal.tokens
    )
    if opened.budget.purse:
        opened.budget.purse.reclaim()
    opened.budget.raise_to(usd if usd is not None else raised_before(opened.records))


def refuse_erased(run: str, records: Sequence[Record]) -> None:
    """Raise UsageError for a run whose records miss something: it cannot go by them."""
    if any(is_erased(record.body) for record in records):
        problem = f"run {run} holds data of somebody who was erased, and cannot go on"
        raise UsageError(problem, remedy="start another run")
