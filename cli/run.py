"""`deputy run`: let the crew carry out a goal, and say what goes on."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.console import Console, print_error, print_json
from cli.live import Live
from cli.session import Session, Start, doors, principal, session, switches

if TYPE_CHECKING:
    from crews.wish import Outcome, Wish
    from runtime.records import Record


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
@switches
def run(
    goal: str | None,
    scenario: str | None,
    inputs: tuple[str, ...],
    crew: str | None,
    world: str | None,
    model: str | None,
    usd: float | None,
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
    wish = Wish(goal, scenario, crew, _paths(inputs), principal(), world, model, usd)
    return _Watch(now).through(now.project(), wish)


def _crew() -> Start:
    from crews.runner import start

    return start


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


class _Watch:
    """One run from the screen's side."""

    def __init__(self, now: Session) -> None:
        self._session = now
        self._console = Console(sys.stderr if now.as_json else sys.stdout, color=now.color)
        self._live = Live(self._console.say)
        self._records: list[Record] = []
        self._display_broke = ""

    def through(self, project: Path, wish: "Wish") -> int:
        """Run the wish and return the exit code."""
        if not self._session.quiet:
            self._console.footer(self._live.footer)
        try:
            outcome = self._started(project, wish)
        except KeyboardInterrupt:
            self._console.close()
            return self._interrupted()
        finally:
            self._console.close()
        self._end(outcome)
        return outcome.exit_code

    def _started(self, project: Path, wish: "Wish") -> "Outcome":
        start = doors().start or _crew()
        return start(project, wish, on_record=self._take, on_banner=self._banner)

    def _banner(self, text: str) -> None:
        if not self._session.quiet:
            self._live.banner(text)

    def _take(self, record: "Record") -> None:
        self._records.append(record)
        if self._session.as_json:
            print_json(vars(record))
        if not self._session.quiet:
            self._shown(lambda: self._live.take(record))

    def _shown(self, show: Callable[[], None]) -> None:
        """Show something; what cannot be shown must not end the run, nor change how it ended."""
        if self._display_broke:
            return
        try:
            show()
        except Exception as error:
            self._display_broke = f"{type(error).__name__}: {error}"

    def _closing(self, outcome: "Outcome") -> None:
        from cli.closing import closing, places_of
        from crews.report.reading import read_run

        told = read_run(self._records)
        for line in closing(told, places_of(outcome.folder, self._session.home(), told.world), Path.cwd()):
            self._console.say(line)

    def _end(self, outcome: "Outcome") -> None:
        if self._records:
            self._shown(lambda: self._closing(outcome))
        if self._display_broke:
            click.echo(f"deputy: the display broke off ({self._display_broke}); the run did not", err=True)
        if outcome.error is not None and outcome.state == "failed":
            print_error(outcome.error)

    def _interrupted(self) -> int:
        seen = f"see 'deputy show {self._records[0].run}'" if self._records else "nothing had begun"
        click.echo(f"\ndeputy: cancelled; {seen}", err=True)
        return 130
