"""A run as it goes on, on the screen: live lines, the end, and what to do next."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from cli.console import Console, print_error, print_json
from cli.live import Live
from cli.session import Session
from runtime.errors import Cancelled

if TYPE_CHECKING:
    from crews.report.reading import Reading
    from crews.wish import Outcome
    from runtime.records import Record


WAITING = 3
"""The exit code of a run that waits for a person."""


class Begin(Protocol):
    """Something that runs to its end and says what goes on: a start, or a resumption."""

    def __call__(self, *, on_record: "Callable[[Record], None]", on_banner: Callable[[str], None]) -> "Outcome": ...


class Watch:
    """One run from the screen's side. `earlier` are the records it has already, if it is carried on."""

    def __init__(self, now: Session, earlier: "Sequence[Record]" = ()) -> None:
        self._session = now
        self.console = Console(sys.stderr if now.as_json else sys.stdout, color=now.color)
        self._live = Live(self.console.say)
        self._records: list[Record] = [*earlier]
        self._name()
        self._live.recall(earlier)
        self._display_broke = ""

    @property
    def first(self) -> "Record":
        """The record of the run's start."""
        return self._records[0]

    @property
    def run(self) -> str:
        """The id of the run that is watched; empty before it has begun."""
        return self._records[0].run if self._records else ""

    def through(self, begin: "Begin") -> int:
        """Run what `begin` begins and return its exit code."""
        if not self._session.quiet:
            self.console.footer(self._live.footer)
        try:
            outcome = begin(on_record=self._take, on_banner=self._banner)
        except KeyboardInterrupt:
            self.console.close()
            return self._interrupted()
        finally:
            self.console.close()
        self._end(outcome)
        return outcome.exit_code

    def recall(self, record: "Record") -> None:
        """Take in a record without showing it."""
        self._keep(record)
        self._live.recall([record])

    def told(self) -> "Reading":
        """The run as its records tell it."""
        from crews.report.reading import read_run

        return read_run(self._records)

    def _banner(self, text: str) -> None:
        if not self._session.quiet:
            self._live.banner(text)

    def _keep(self, record: "Record") -> None:
        self._records.append(record)
        if len(self._records) == 1:
            self._name()

    def _name(self) -> None:
        """Say candidates by name, once it is known in which world they are."""
        if self._records:
            from crews.report.names import names_in

            world = str(self.first.body.get("world") or "")
            self.console.name_by(names_in(self._session.home(), world).told)

    def _take(self, record: "Record") -> None:
        self._keep(record)
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

        told = self.told()
        for line in closing(told, places_of(outcome.folder, self._session.home(), told.world), Path.cwd()):
            self.console.say(line)

    def _end(self, outcome: "Outcome") -> None:
        if self._records:
            self._shown(lambda: self._closing(outcome))
        if self._display_broke:
            click.echo(f"deputy: the display broke off ({self._display_broke}); the run did not", err=True)
        if outcome.error is not None and outcome.state in ("failed", "done"):
            print_error(outcome.error)

    def _interrupted(self) -> int:
        seen = f"see 'deputy show {self._records[0].run}'" if self._records else "nothing had begun"
        click.echo(f"\ndeputy: cancelled; {seen}", err=True)
        return Cancelled.exit_code
