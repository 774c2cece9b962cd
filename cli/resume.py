"""`deputy resume`: carry a run on where its records end."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from cli.session import Session, end_process, principal, session, switches
from cli.watch import Watch

if TYPE_CHECKING:
    from crews.wish import Outcome
    from runtime.records import Record


@click.command()
@click.argument("run", required=False)
@click.option(
    "--accept-drift",
    is_flag=True,
    help="Go on although the configuration has changed since the run began, or the run would go another way now.",
)
@click.option("--budget", "usd", type=click.FloatRange(min=0), metavar="USD", help="What the run may cost in all now.")
@switches
def resume(run: str | None, accept_drift: bool, usd: float | None) -> int:
    """Carry RUN on (the newest, if it is left out): what is recorded is neither asked nor done again."""
    return carried_on(session(), run, accept_drift=accept_drift, usd=usd)


def carried_on(now: Session, run: str | None, *, accept_drift: bool = False, usd: float | None = None) -> int:
    """Carry the run on, shown as it goes, and return its exit code."""
    from crews.runner import resume as go_on

    project, ledger = now.project(), now.ledger_with_runs()
    head = ledger.find(run)
    earlier = ledger.records(head.run)
    ledger.close()

    def begin(*, on_record: "Callable[[Record], None]", on_banner: Callable[[str], None]) -> "Outcome":
        how: dict[str, Any] = {"accept_drift": accept_drift, "usd": usd, "end": end_process}
        return go_on(project, head.run, by=principal(), **how, on_record=on_record, on_banner=on_banner)

    return Watch(now, earlier).through(begin)
