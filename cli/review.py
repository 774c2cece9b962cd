"""A person's look at the plan before anything is done: what each step may do, and the leave to go on, or not."""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cli.layout import Line
from runtime.errors import DeputyError, UsageError

if TYPE_CHECKING:
    from cli.console import Console
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


class Review:
    """Shows the plan. `ask` wants a yes, an edit or a no from the person at the terminal; otherwise it only shows."""

    def __init__(self, console: "Console", *, ask: bool) -> None:
        self._console = console
        self._ask = ask
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
        for line in lines_of(warrant):
            self._console.say(line)

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


def _times(grant: "Grant") -> str:
    return "once" if grant.times == 1 else f"up to {grant.times} times"


def _pins(grant: "Grant") -> str:
    pins = (f"{name} {' or '.join(str(one) for one in values)}" for name, values in grant.values.items())
    return f", only with {', '.join(pins)}" if grant.values else ""
