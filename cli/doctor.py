"""`deputy doctor`: is everything here that a run needs?"""

import sys
from typing import TYPE_CHECKING

import click

from cli.console import Console, print_json
from cli.layout import Line, Mark
from cli.session import session, switches

if TYPE_CHECKING:
    from cli.checks import Check, Health

_MARKS: "dict[Health, tuple[Mark, str]]" = {"ok": ("done", ""), "warn": ("wait", "yellow"), "fail": ("denied", "red")}
MISCONFIGURED = 4


@click.command()
@switches
def doctor() -> int:
    """Check Python, packages, configuration, model, world, ledger and disk; keys are never shown.

    Ends with exit code 0, or 4 if something failed. With --json, one object per check.
    """
    from cli.checks import all_checks

    now = session()
    console = Console(sys.stdout, color=now.color)
    found: list[Check] = []
    for check in all_checks(now.project()):
        found.append(check)
        if now.as_json:
            print_json(vars(check))
        elif not now.quiet or check.health != "ok":
            _say(console, check)
    counts = {health: sum(1 for check in found if check.health == health) for health in _MARKS}
    if not now.as_json:
        told = f"{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} failed"
        console.say(Line(text=told, style="red" if counts["fail"] else "dim"))
    return MISCONFIGURED if counts["fail"] else 0


def _say(console: Console, check: "Check") -> None:
    mark, style = _MARKS[check.health]
    word = "" if check.health == "ok" else f"{check.health}: "
    console.say(Line(check.name, mark, f"{word}{check.found}", style=style))
    if check.remedy:
        console.say(Line(mark="blank", text=f"Fix: {check.remedy}"))
