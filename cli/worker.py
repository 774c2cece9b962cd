"""`deputy worker`: carry on what is queued, due, answered, or left behind by a process that died."""

import json
import os
import signal
import sys
from datetime import UTC, datetime
from functools import partial

import click

from cli.session import session, switches


@click.command()
@click.option("-n", "hands", type=click.IntRange(1, 256), default=2, show_default=True, help="Runs at once.")
@click.option("--recycle", type=click.IntRange(min=1), default=200, show_default=True, help="Segments per process.")
@click.option("--memory", type=click.IntRange(min=256), default=1024, show_default=True, help="Megabytes per process.")
@click.option("--grace", type=click.FloatRange(min=0), default=25.0, show_default=True, help="Seconds to drain in.")
@click.option("--until-idle", is_flag=True, help="End when nothing is due.")
@click.option("--celery", is_flag=True, help="Be rung by the broker that DEPUTY_BROKER names.")
@switches
def worker(hands: int, recycle: int, memory: int, grace: float, until_idle: bool, celery: bool) -> None:
    """Carry runs on, until SIGTERM or Ctrl-C: those under way stop at their next call, and go on elsewhere."""
    from crews.schedules import Schedules
    from crews.workers.hand import Terms
    from crews.workers.pool import Pool
    from runtime.claims import lease_of
    from runtime.database import where

    now = session()
    project, home = now.project(), now.home()
    say = partial(_say, as_json=now.as_json, quiet=now.quiet)
    schedules = Schedules(project, say=say)
    terms = Terms(
        project,
        lease=lease_of(),
        segments=recycle,
        megabytes=memory,
        until_idle=until_idle,
        limits=schedules.limits,
    )
    say("ready", hands=hands, ledger=where(home.ledger_url))
    if celery:
        from crews.workers.celery import serve

        serve(terms, hands, say, schedules.tick, grace)
    else:
        pool = Pool(terms, hands, say, schedules.tick)
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda _signal, _frame: pool.stop())
        pool.run(grace)
    say("stopped")


def _say(event: str, *, as_json: bool, quiet: bool, **more: object) -> None:
    """One line for each event: ids, not prose."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if as_json:
        line = json.dumps({"at": at, "event": event, "pid": os.getpid(), **more}, ensure_ascii=False)
    elif quiet:
        return
    else:
        told = " ".join(f"{name}={_word(value)}" for name, value in more.items())
        line = f"{at}  {event:<10}  {told}"
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _word(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text
