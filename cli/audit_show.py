"""`deputy audit show`: what proves a run, and its records as they are stored."""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from cli.console import Console, print_json
from cli.layout import Line, wrapped
from cli.session import session, switches
from crews.report.figures import many

if TYPE_CHECKING:
    from runtime.chain import Row
    from runtime.ledger import Ledger


@click.command(short_help="Show the records of a run in full.")
@click.argument("run", required=False)
@click.option("--open", "opening", is_flag=True, help="Open what is sealed.")
@switches
def show(run: str | None, opening: bool) -> None:
    """Show the records of RUN (the newest run without one) as they are stored; what is sealed stays sealed.

    First what proves them: the last digest, the keys, the checkpoint that saw it; with --quiet, only that. With --json,
    one object for the proof, and one for each record.
    """
    now, ledger = session(), session().ledger_with_runs()
    head = ledger.find(run)
    told = _proof(ledger, head.run)
    console = Console(sys.stdout, color=now.color)
    if now.as_json:
        print_json(told)
    else:
        for label, value in told.items():
            console.say(Line(label, text=str(value)))
    if now.quiet:
        return
    from runtime.tables import rows, snapshot

    with snapshot(ledger.engine) as connection:
        for row in rows(connection, head.run):
            _tell(row, _body(row, ledger if opening else None), console)


def _proof(ledger: "Ledger", run: str) -> dict[str, Any]:
    from runtime.checkpoints import read_checkpoints
    from runtime.tables import proof_of

    proof = proof_of(ledger.engine, run)
    seen = read_checkpoints(session().home().checkpoints)
    signed = [(one, mark) for one in seen for mark in one.runs if mark.run == proof.run]
    told: dict[str, Any] = {"run": proof.run, "records": proof.seq, "digest": proof.digest, "mac": proof.mac}
    told["keys"] = ", ".join(map(str, proof.keys))
    told["checkpoint"] = "none"
    if signed:
        one, mark = signed[-1]
        told["checkpoint"] = f"{one.number} of {one.at}, up to record {mark.seq}"
    return told


def _body(row: "Row", ledger: "Ledger | None") -> Any:
    from runtime.sealed import opened

    body = json.loads(row.body)
    return opened(body, ledger.vault) if ledger else body


def _tell(row: "Row", body: Any, console: Console) -> None:
    if session().as_json:
        print_json({**row._asdict(), "body": body})
        return
    console.row([("", "")])
    console.row([(f"#{row.seq}  {row.kind}", "bold"), (f"  {row.at}  key {row.key}  mac {row.mac[:16]}", "dim")])
    for name, value in body.items():
        text = value if isinstance(value, str) else json.dumps(_marked(value), ensure_ascii=False)
        for at, line in enumerate(wrapped(text, max(16, console.width - 14))):
            console.row([(f"  {'' if at else name:<12}"[:14].ljust(14), "dim"), (line, "")])


def _marked(value: Any) -> Any:
    """`value` with each sealed value told in a few words."""
    from runtime.sealed import references_of

    if isinstance(value, list):
        return [_marked(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    references = references_of(value)
    if references:
        size = len(str(value["text"]))
        whom = references[0] if len(references) == 1 else many(len(references), "subject")
        return f"<sealed for {whom}, {size} letters>"
    return {name: _marked(one) for name, one in value.items()}
