"""`deputy policy`: what the house's rules say to calls that a table lists, and to those that a run made."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.console import Console, print_json
from cli.layout import Line, Mark
from cli.session import session, switches
from runtime.errors import UsageError

if TYPE_CHECKING:
    from cli.explaining import Explained
    from crews.policy_tables import Tried


@click.group()
@switches
def policy() -> None:
    """Test the policy's rules, and explain what the gate decided."""


@policy.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@switches
def test(file: Path) -> None:
    """Try the calls that FILE lists against the policy.

    Exits with 1 if one of them is not decided as the file expects. Nothing is called.

    \b
    deputy policy test config/policy-tests.yaml
    """
    from crews.config import load_config
    from crews.policy_tables import all_tried

    now = session()
    results = all_tried(file, load_config(now.project()))
    if now.as_json:
        for one in results:
            print_json(_as_json(one))
    else:
        _table(Console(sys.stdout, color=now.color), results, quiet=now.quiet)
    if not all(one.right for one in results):
        click.get_current_context().exit(1)


@policy.command(short_help="Say which rule decided each call of a run.")
@click.argument("run", required=False)
@click.argument("step", required=False)
@switches
def explain(run: str | None, step: str | None) -> None:
    """Say of each call in RUN which rule decided, why, and what would have been allowed.

    RUN is the newest without one; the beginning of an id is enough. STEP is one step of its plan. Read from the
    records: nothing is decided again.
    """
    from cli.explaining import explained, lines_of

    now = session()
    ledger = now.ledger_with_runs()
    head = ledger.find(run)
    calls = _of_step(explained(ledger.records(head.run)), step, head.run)
    if now.as_json:
        for one in calls:
            print_json(vars(one))
        return
    console = Console(sys.stdout, color=now.color)
    shown = [one for one in calls if one.verdict != "allow"] if now.quiet else calls
    for line in lines_of(head.run, shown, all_calls=calls):
        console.say(line)


def _of_step(calls: "list[Explained]", step: str | None, run: str) -> "list[Explained]":
    found = [one for one in calls if step is None or one.step == step]
    if step is not None and not found:
        steps = ", ".join(dict.fromkeys(one.step for one in calls if one.step))
        there = f"calls were made in {steps}" if steps else "the run made no call"
        raise UsageError(f"run {run} made no call in a step '{step}'", remedy=there)
    return found


def _as_json(one: "Tried") -> dict[str, object]:
    said = {"verdict": one.verdict, "rule": one.rule, "reason": one.reason}
    return {"right": one.right, "expected": one.case.expect, **said, "case": one.case.model_dump(mode="json")}


def _table(console: Console, results: "list[Tried]", *, quiet: bool) -> None:
    from crews.report.figures import many
    from crews.report.phrases import called

    for one in results:
        case = one.case
        if one.right and quiet:
            continue
        mark: Mark = "done" if one.right else "failed"
        console.say(Line(one.verdict, mark, called(case.tool, case.args), aside=one.rule, cut=True))
        if not one.right:
            expected = case.expect + (f" by {case.rule}" if case.rule else "")
            console.say(Line("", "blank", f"expected {expected}; {one.reason or 'no rule speaks against it'}"))
    wrong = sum(not one.right for one in results)
    end = f"{wrong} of them not as expected" if wrong else "all decided as expected"
    console.say(Line("", "none", f"{many(len(results), 'call')}, {end}. Nothing was called."))
