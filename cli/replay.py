"""`deputy replay`: a new run that goes by an old one's records up to a step."""

import click

from cli.session import principal, session, switches
from cli.watch import Watch


@click.command()
@click.argument("run")
@click.option("--from", "step", required=True, metavar="STEP", help="The first step to do anew; see 'deputy show'.")
@switches
def replay(run: str, step: str) -> int:
    """Run the goal of RUN again in a new run. What was recorded before STEP holds; STEP and what needs it is done anew.

    The world is as it is now: effects that happened are found, and not done twice.
    """
    from crews.replay import prepare_replay
    from crews.runner import resume

    now = session()
    project = now.project()
    held = prepare_replay(project, run, step, by=principal())
    ledger = now.ledger_with_runs()
    earlier = ledger.records(held.run)
    ledger.close()
    return Watch(now, earlier).through(lambda **hooks: resume(project, held.run, by=principal(), held=held, **hooks))
