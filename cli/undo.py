"""`deputy undo`: take back what a run did, as far as the world allows."""

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.console import Console
from cli.layout import Line
from cli.session import Session, principal, session, switches
from cli.watch import Watch
from runtime.errors import UsageError

if TYPE_CHECKING:
    from crews.undoing import Undoing
    from crews.wish import Wish
    from guard.plan import Plan
    from guard.warrant import Warrant


_LONGEST = 40


@click.command()
@click.argument("run")
@click.argument("step", required=False)
@click.option("--yes", "sure", is_flag=True, help="Do it without asking.")
@click.option("--dry-run", is_flag=True, help="Show what would be taken back, and stop.")
@switches
def undo(run: str, step: str | None, sure: bool, dry_run: bool) -> int:
    """Take back what RUN did, or its STEP and what was built on it: newest first, from its receipts.

    What is taken back is shown before anything is done; without a terminal nothing is, unless you say --yes.
    """
    now = session()
    wish, found = _wish(now, run, step or "")
    ask = sys.stdin.isatty() and not sure
    console = Console(sys.stderr if now.as_json else sys.stdout, color=now.color)
    _show(console, wish, found)
    if not found.calls:
        console.say(Line(text="Nothing can be taken back."))
        return 0
    if dry_run or (not sure and not ask):
        console.say(Line("next", text=f"deputy undo {wish.undoes}{f' {step}' if step else ''} --yes"))
        return 0
    if ask and not click.confirm("Take this back?"):
        return 0
    from crews.runner import start

    project = now.project()
    return Watch(now).through(lambda **hooks: start(project, wish, on_plan=_as_shown, **hooks))


def _as_shown(warrant: "Warrant") -> "Plan":
    return warrant.plan


def _wish(now: Session, run: str, step: str) -> "tuple[Wish, Undoing]":
    """The wish for a run that takes `run` back, and what it comes to."""
    from crews.catalogue import catalogue
    from crews.undoing import undoing_of
    from crews.wish import Wish

    with closing(now.ledger_with_runs()) as ledger:
        head = ledger.find(run)
        if head.state == "running":
            raise UsageError(f"run {head.run} is under way", remedy="let it end, or cancel it, and undo it then")
        began = ledger.first(head.run).body
        found = undoing_of(ledger, head.run, step, catalogue())
    given = began["wish"]
    what = f"undo run {head.run}" + (f" from step '{step}' on" if step else "")
    paths = {name: Path(path) for name, path in (given.get("inputs") or {}).items()}
    wish = Wish(what, given.get("scenario"), began["crew"], paths, principal(), given.get("world"))
    return replace(wish, tenant=given.get("tenant", "house"), undoes=head.run, undo_step=step), found


def _show(console: Console, wish: "Wish", found: "Undoing") -> None:
    console.say(Line("goal", text=wish.goal or ""))
    for one in found.calls:
        args = ", ".join(f"{name} {_short(str(value))}" for name, value in one.reverse.args.items())
        console.say(Line("undo", text=f"{one.reverse.tool}: {args} (for {one.call})", mark="deed"))
    for kept in found.kept:
        console.say(Line("stays", text=f"{kept.call}: {kept.reason}"))
    console.say(Line())


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
