"""`deputy runs`: the newest runs, one line each."""

import sys
from typing import TYPE_CHECKING

import click

from cli.console import Console, print_json
from cli.layout import cells, fitted
from cli.session import session, switches

if TYPE_CHECKING:
    from runtime.records import RunHead

_STYLES = {"done": "green", "failed": "red", "waiting": "yellow", "cancelled": "yellow"}


@click.command()
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many to list.")
@switches
def runs(limit: int) -> None:
    """List the newest runs, the last one first. With --json, one object per run."""
    now = session()
    ledger = now.ledger()
    heads = ledger.runs(limit) if ledger else []
    if now.as_json:
        for head in heads:
            print_json(vars(head))
        return
    console = Console(sys.stdout, color=now.color)
    if not heads:
        console.row([("Nothing was run here yet. Start with 'deputy run -s recruiting'.", "")])
        return
    _table(console, heads)


def _table(console: Console, heads: "list[RunHead]") -> None:
    from crews.report.figures import between, duration, moment, one_line

    rows = [("RUN", "STATE", "STARTED", "TOOK", "GOAL")]
    for head in heads:
        started = f"{moment(head.started).astimezone():%d %b %H:%M}"
        goal = one_line(f"{head.scenario}: {head.goal}" if head.scenario else head.goal)
        rows.append((head.run, head.state, started, duration(between(head.started, head.updated)), goal))
    widths = [max(cells(row[column]) for row in rows) for column in range(4)]
    room = console.width - sum(widths) - 8
    for row in rows:
        texts = [text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=False)]
        head_style = "dim" if row is rows[0] else ""
        styles = [head_style, head_style or _STYLES.get(row[1], ""), head_style, head_style, head_style]
        texts.append(fitted(row[4], max(8, room)))
        console.row([(f"{text}  ", style) for text, style in zip(texts, styles, strict=True)])
