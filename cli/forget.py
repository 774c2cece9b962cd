"""`deputy forget`: erase a person, or everybody whose time is up."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import click

from cli.console import Console, print_json
from cli.layout import Line
from cli.session import principal, session, switches
from crews.report.figures import many
from runtime.errors import LedgerError, UsageError

if TYPE_CHECKING:
    from crews.erasing import Eraser, Going
    from crews.persons import Person


@click.command()
@click.argument("subject", nargs=-1)
@click.option("--due", is_flag=True, help="Everybody whose retention is over (retention_days of their scenario).")
@click.option("--dry-run", is_flag=True, help="Only list what would go.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--reason", default="", metavar="TEXT", help="Why, for the record; name nobody in it.")
@click.option("--lift", is_flag=True, help="Allow somebody who was erased to be read in again.")
@switches
def forget(subject: tuple[str, ...], due: bool, dry_run: bool, yes: bool, reason: str, lift: bool) -> None:
    """Erase everything that is held about SUBJECT: a candidate's id, a mail address, or a whole name.

    Several words name one person. What is in the ledger can never be opened again, and still verifies. It cannot be
    undone.
    """
    if bool(subject) == due:
        raise UsageError("say whom to forget", remedy="name a candidate's id, address or name, or say --due")
    if lift:
        _lifted(subject)
        return
    from cli.forgetting import eraser, persons

    with closing(session().ledger_with_runs()) as ledger:
        tool = eraser(session(), ledger)
        found = persons(tool, subject, due=due)
        going = [tool.going(one) for one in found]
        _show(found, going)
        if dry_run or not found:
            return
        _confirm(len(found), yes)
        for person in found:
            _erase(tool, person, reason or ("its retention is over" if due else ""))


def _erase(tool: "Eraser", person: "Person", reason: str) -> None:
    from crews.opening import new_id
    from runtime.checkpoints import checkpoint

    run = new_id()
    left = tool.erase(person, run=run, by=principal(), reason=reason)
    checkpoint(tool.ledger, tool.home)
    if session().as_json:
        print_json({"run": run, "left": [str(path) for path in left]})
    elif not session().quiet:
        _console().say(Line("erased", "done", f"{many(len(person.subjects), 'data subject')}, recorded as run {run}"))
    if left:
        listed = ", ".join(str(path) for path in left)
        raise LedgerError(f"still named in {listed}", remedy="remove it from there; see docs/audit.md")


def _confirm(people: int, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody is here to be asked", remedy="say --yes, or look first with --dry-run")
    click.confirm(f"Erase {many(people, 'person', 'people')}? This cannot be undone", abort=True, err=True)


def _lifted(subject: Sequence[str]) -> None:
    number = sum(session().home().erased().lift(one) for one in subject)
    if not number:
        raise UsageError("nobody who was erased was called so", remedy="name them as they were named before")
    _console().say(Line("lifted", "done", f"{many(number, 'erasure')}: their files are read again"))


def _show(found: "Sequence[Person]", going: "Sequence[Going]") -> None:
    if session().as_json:
        for person, one in zip(found, going, strict=True):
            print_json({"subjects": person.subjects, **one.counted, "left": one.left})
        return
    console = _console()
    if not found:
        console.say(Line("due", "none", "nobody"))
    for person, one in zip(found, going, strict=True):
        for number, text in enumerate(_told(one)):
            console.say(Line("" if number else "person", "none", text if number else ", ".join(person.subjects)))
        for number, text in enumerate(one.left):
            console.say(Line("" if number else "yours", "none", text))


def _told(one: "Going") -> Iterator[str]:
    yield ""
    yield f"{many(one.records, 'record')} of {many(len(one.runs), 'run')} hold something that nobody will open again"
    mails, facts = many(one.mails, "mail"), many(one.memories, "memory", "memories")
    entries = many(one.entries, "calendar entry", "calendar entries")
    yield f"removed from worlds: {many(one.candidates, 'candidate')}, {entries}, {mails}, {facts}"
    if one.accounts or one.rows:
        accounts = many(one.accounts, "entry", "entries")
        yield f"emptied where they name the person: {accounts} of the CRM, {many(one.rows, 'other row')}"
    yield f"removed from the folders of runs: {many(len(one.files), 'file')}; their reports are made anew"


def _console() -> Console:
    return Console(sys.stdout, color=session().color)
