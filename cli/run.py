"""`deputy run`: let the crew carry out a goal, and say what goes on."""

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from cli.console import Console, print_json
from cli.inputs import paths
from cli.layout import Line
from cli.session import Session, Start, doors, end_process, principal, session, switches
from cli.watch import WAITING, Watch

if TYPE_CHECKING:
    from crews.wish import Wish


@click.command()
@click.argument("goal", required=False)
@click.option("-s", "--scenario", metavar="NAME", help="A scenario of scenarios/, with its inputs and playbook.")
@click.option(
    "-i", "--input", "inputs", multiple=True, metavar="NAME=PATH", help="Your own file or folder; repeatable."
)
@click.option("--crew", metavar="NAME", help="A crew of config/crews.yaml, if not the scenario's own.")
@click.option("--world", metavar="NAME", help="The state to act on; the same name meets the same calendars again.")
@click.option("--model", metavar="NAME", help="One model of config/models.yaml for all roles.")
@click.option("--budget", "usd", type=click.FloatRange(min=0), metavar="USD", help="Stop before the run costs more.")
@click.option("--minutes", type=click.IntRange(min=1), metavar="N", help="Stop after that time, also what hangs.")
@click.option("--review", is_flag=True, help="Show the plan, and go on only with your leave; you may edit it.")
@click.option("--dry-run", is_flag=True, help="Show the plan, and what it would do; do nothing.")
@click.option("--detach", is_flag=True, help="Leave the run to the workers, and return at once.")
@click.option("--key", metavar="KEY", help="Start one run under this key, however often it is asked; with --detach.")
@click.option("--priority", type=int, default=0, help="More urgent runs of a tenant go first; with --detach.")
@click.option("--tenant", metavar="NAME", default="house", help="On whose account it runs.")
@switches
def run(
    goal: str | None,
    scenario: str | None,
    inputs: tuple[str, ...],
    crew: str | None,
    world: str | None,
    model: str | None,
    usd: float | None,
    minutes: int | None,
    review: bool,
    dry_run: bool,
    detach: bool,
    key: str | None,
    priority: int,
    tenant: str,
) -> int:
    """Let the crew carry out GOAL, in your words, or a scenario by its name.

    \b
    deputy run -s recruiting
    deputy run -s recruiting -i resumes=./cvs -i job=./job.yaml
    deputy run "Schedule a 1-hour sync with the design team this week"
    """
    if not goal and not scenario:
        raise click.UsageError("give a GOAL in quotes, or a scenario with -s NAME")
    if (key or priority) and not detach:
        raise click.UsageError("--key and --priority are for the queue: add --detach")
    if detach and (review or dry_run):
        raise click.UsageError("--review and --dry-run show the plan here, and --detach leaves: take one of them")
    from crews.wish import Wish

    now = session()
    wish = Wish(goal, scenario, crew, paths(inputs), principal(), world, model, usd, minutes=minutes, tenant=tenant)
    if detach:
        return _queued(now, wish, key, priority)
    start, project = doors().start or the_crew(), now.project()
    if dry_run:
        from cli.rehearsal import dry_run as shown

        return shown(now, wish, start)
    watch = Watch(now)
    if review:
        from cli.review import Review, cost_of

        look = Review(watch.console, partial(cost_of, now, watch), ask=True)
        return watch.through(lambda **hooks: start(project, wish, on_plan=look, **hooks))
    code = watch.through(lambda **hooks: start(project, wish, **hooks))
    if code == WAITING:
        from cli.inline import answered_here

        return answered_here(now, code, watch.run)
    return code


def _queued(now: Session, wish: "Wish", key: str | None, priority: int) -> int:
    from crews.queueing import enqueue

    queued = enqueue(now.project(), wish, key=key, priority=priority)
    if now.as_json:
        print_json(vars(queued))
        return 0
    console = Console(sys.stdout, color=now.color)
    console.say(Line("queued" if queued.new else "known", text=queued.run))
    console.say(Line("next", text=f"deputy show {queued.run}; a worker carries it out: deputy worker"))
    return 0


def the_crew() -> Start:
    """The crew itself, which ends the process when its time is over."""
    from crews.runner import start

    return partial(start, end=end_process)
