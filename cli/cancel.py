"""`deputy cancel`: stop a run, wherever it is carried on."""

import time

import click

from cli.session import principal, session, switches


@click.command()
@click.argument("run")
@click.option("--wait", type=click.FloatRange(min=0), default=10.0, show_default=True, help="Seconds to wait for it.")
@switches
def cancel(run: str, wait: float) -> int:
    """Stop RUN. It begins no further call; an effect that is under way is let finish, anything else is cut off."""
    from crews.queueing import cancel as stop
    from crews.segment import ledger_of

    project = session().project()
    head, ended = stop(project, run, by=principal())
    until = time.monotonic() + wait
    ledger = ledger_of(project)
    try:
        while not ended and time.monotonic() < until:
            time.sleep(0.1)
            ended = ledger.find(head.run).state not in ("queued", "running", "waiting")
        state = ledger.find(head.run).state
    finally:
        ledger.close()
    click.echo(f"{head.run} is {state}" if ended else f"{head.run} was told to stop, and is {state} still")
    return 0 if ended else 1
