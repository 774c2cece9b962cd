"""`deputy run`: let the crew carry out a goal, and say what goes on."""

from functools import partial
from pathlib import Path

import click

from cli.session import Start, doors, end_process, principal, session, switches
from cli.watch import WAITING, Watch


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
@click.option("--dry-run", is_flag=True, help="Show the plan and stop.")
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
) -> int:
    """Let the crew carry out GOAL, in your words, or a scenario by its name.

    \b
    deputy run -s recruiting
    deputy run -s recruiting -i resumes=./cvs -i job=./job.yaml
    deputy run "Schedule a 1-hour sync with the design team this week"
    """
    if not goal and not scenario:
        raise click.UsageError("give a GOAL in quotes, or a scenario with -s NAME")
    from crews.wish import Wish

    now = session()
    wish = Wish(goal, scenario, crew, _paths(inputs), principal(), world, model, usd, minutes=minutes)
    start, project = doors().start or _crew(), now.project()
    watch = Watch(now)
    if review or dry_run:
        from cli.review import Review

        look = Review(watch.console, ask=review and not dry_run)
        return watch.through(lambda **hooks: start(project, wish, on_plan=look, **hooks))
    code = watch.through(lambda **hooks: start(project, wish, **hooks))
    if code == WAITING:
        from cli.inline import answered_here

        return answered_here(now, code, watch.run)
    return code


def _crew() -> Start:
    from crews.runner import start

    return partial(start, end=end_process)


def _paths(inputs: tuple[str, ...]) -> dict[str, Path]:
    paths: dict[str, Path] = {}
    for given in inputs:
        name, equals, path = given.partition("=")
        if not (name and equals and path):
            raise click.BadParameter(f"'{given}' is not NAME=PATH", param_hint="'--input'")
        if name in paths:
            raise click.BadParameter(f"'{name}' is given twice", param_hint="'--input'")
        if not Path(path).exists():
            raise click.BadParameter(f"'{name}': there is no file or folder '{path}'", param_hint="'--input'")
        paths[name] = Path(path).resolve()
    return paths
