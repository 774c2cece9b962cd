"""`deputy show`: what happened in a run, told from its records."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.console import Console, print_json
from cli.layout import fitted
from cli.session import session, switches
from runtime.errors import UsageError

if TYPE_CHECKING:
    from runtime.records import Record

_FIRST = ("step", "tool", "verdict", "rule", "model", "error", "output", "goal")
_LEFT_OUT = ("config", "key", "request", "call", "role", "effect")


@click.command()
@click.argument("run", required=False)
@click.option("--records", "raw", is_flag=True, help="Every record, one row each, instead of the timeline.")
@click.option("--step", metavar="STEP", help="Only one step, with the rule and reason of each decision.")
@click.option("--why", "wanted", metavar="STEP", help="Why a step (or one call, as invite-2) did what it did.")
@switches
def show(run: str | None, raw: bool, step: str | None, wanted: str | None) -> None:
    """Tell what happened in RUN (the newest run without one; the beginning of an id is enough).

    --why leads from the goal over plan, policy and approval to the effect and its cost. With --json, its records, one
    object each; with --why, the chain as one object.
    """
    now = session()
    ledger = now.ledger_with_runs()
    head = ledger.find(run)
    everything = ledger.records(head.run)
    if wanted:
        _why(everything, wanted)
        return
    records = _of_step(everything, step) if step else everything
    if now.as_json:
        for record in records:
            print_json(vars(record))
        return
    console = Console(sys.stdout, color=now.color)
    if raw:
        _rows(console, records)
        return
    from cli.closing import closing, heading, places_of
    from cli.timeline import Timeline
    from crews.report.names import names_in
    from crews.report.reading import read_run

    told = read_run(everything)
    console.name_by(names_in(now.home(), told.world).told)
    if not step:
        for line in heading(told):
            console.say(line)
    timeline = Timeline(console.say, reasons=bool(step))
    for record in () if now.quiet else records:
        timeline.take(record)
    if not step:
        home = now.home()
        for line in closing(told, places_of(home.root / "runs" / head.run, home, told.world), Path.cwd(), shown=True):
            console.say(line)


def _why(records: "Sequence[Record]", wanted: str) -> None:
    from cli.why import rows, why

    chain = why(records, wanted)
    if session().as_json:
        print_json(chain.as_json())
        return
    console = Console(sys.stdout, color=session().color)
    for row in rows(chain, console.width):
        console.row(row)


def _of_step(records: "Sequence[Record]", step: str) -> "list[Record]":
    found = [record for record in records if record.body.get("step") == step]
    if not found:
        steps = dict.fromkeys(str(one.body["step"]) for one in records if one.body.get("step"))
        there = f"its steps are {', '.join(steps)}" if steps else "it has no steps"
        raise UsageError(f"run {records[0].run} has no step '{step}'", remedy=there)
    return found


def _gist(body: dict[str, Any]) -> str:
    """The body in one row: what a person looks for first, without digests and requests."""
    first = [_shown(body[name]) for name in _FIRST if body.get(name) not in (None, "")]
    rest = [f"{name}: {_shown(value)}" for name, value in body.items() if name not in (*_FIRST, *_LEFT_OUT)]
    return " · ".join([*first, *rest])


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rows(console: Console, records: "Sequence[Record]") -> None:
    from crews.report.figures import moment, one_line

    width = len(str(records[-1].seq))
    for record in records:
        at = f"{moment(record.at).astimezone():%H:%M:%S}"
        body = one_line(_gist(record.body))
        head = f"{record.seq:>{width}}  {at}  "
        room = max(16, console.width - len(head) - 17)
        console.row([(head, "dim"), (f"{record.kind:<15}  ", "bold"), (fitted(body, room), "")])
