"""A person's look at the plan before anything is done: what each step may do, and the leave to go on, or not."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from cli.layout import Line
from runtime.errors import DeputyError, UsageError

if TYPE_CHECKING:
    from cli.console import Console
    from cli.session import Session
    from cli.watch import Watch
    from guard.plan import Grant, Plan
    from guard.warrant import Warrant


def lines_of(warrant: "Warrant") -> Iterator[Line]:
    """The plan as a person reads it: per step who does it, after what, with which tools; effects are marked."""
    for number, step in enumerate(warrant.order, start=1):
        after = f", after {', '.join(step.after)}" if step.after else ""
        yield Line(step.id, text=f"{number}. {step.role}{after}: {step.task}")
        for grant in step.grants:
            effect = warrant.authority.tools[grant.tool].effect
            mark: Any = "read" if effect == "read" else "deed"
            yield Line(mark=mark, text=f"{grant.tool}, {_times(grant)}{_pins(grant)} ({effect})")
            if effect != "read":
                yield Line(text=_sentence(warrant.authority.tools[grant.tool].description), style="dim")


class Review:
    """Shows the plan. `ask` wants a yes, an edit or a no from the person at the terminal; otherwise it only shows.

    `cost` says what the run will cost; `warrant` is what was shown last.
    """

    def __init__(self, console: "Console", cost: Callable[[], str], *, ask: bool) -> None:
        self._console = console
        self._cost = cost
        self._ask = ask
        self.warrant: Warrant | None = None
        if ask and not sys.stdin.isatty():
            raise UsageError("--review needs a person at a terminal", remedy="use --dry-run to only see the plan")

    def __call__(self, warrant: "Warrant") -> "Plan | None":
        """The plan to go by, None to do nothing."""
        self._console.close()
        self._shown(warrant)
        while self._ask:
            answer = click.prompt("Go by this plan?", type=click.Choice(["yes", "edit", "no"]), default="yes")
            if answer == "yes":
                return warrant.plan
            if answer == "no":
                return None
            warrant = self._edited(warrant)
            self._shown(warrant)
        return None

    def _shown(self, warrant: "Warrant") -> None:
        self.warrant = warrant
        for line in lines_of(warrant):
            self._console.say(line)
        self._console.say(Line("costs", text=self._cost()))

    def _edited(self, warrant: "Warrant") -> "Warrant":
        from pydantic import ValidationError

        from guard.plan import Plan
        from guard.warrant import accept

        text = json.dumps(warrant.plan.model_dump(mode="json"), indent=2, ensure_ascii=False)
        written = click.edit(text, extension=".json")
        if written is None:
            return warrant
        try:
            return accept(Plan.model_validate_json(written), warrant.authority)
        except (ValidationError, DeputyError) as error:
            self._console.say(Line("refused", text=str(error)))
            return warrant


def cost_of(now: "Session", watch: "Watch") -> str:
    """What the run that is watched will cost, in a few words."""
    from crews.estimate import estimated

    return estimated(now.ledger_with_runs(), watch.first.body)


def _times(grant: "Grant") -> str:
    return "once" if grant.times == 1 else f"up to {grant.times} times"


def _sentence(text: str) -> str:
    """The first sentence of a tool's description: what it does."""
    return f"{text.partition('. ')[0].rstrip('.')}."


def _pins(grant: "Grant") -> str:
    said = {name: " or ".join(str(one) or "left empty" for one in values) for name, values in grant.values.items()}
    pins = (f"{name} {text}" for name, text in said.items())
    return f", only with {', '.join(pins)}" if grant.values else ""
