"""`deputy audit`: is the ledger what was written? And the proofs of it that are kept elsewhere."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.audit_people import selection_rates, subject
from cli.audit_show import show
from cli.console import Console, print_json
from cli.layout import Line
from cli.session import session, switches
from crews.report.figures import many
from runtime.errors import ConfigError, LedgerError, UsageError

if TYPE_CHECKING:
    from runtime.chain import Findings
    from runtime.checkpoints import Checkpoint
    from runtime.ledger import Ledger

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
@switches
def audit() -> None:
    """Prove what happened: verify the ledger, sign checkpoints of it, export it."""


for _one in (show, selection_rates, subject):
    audit.add_command(_one)


@audit.command(short_help="Check every record, and the signed checkpoints.")
@click.argument("run", required=False)
@click.option("--checkpoint", type=_FILE, metavar="FILE", help="Checkpoints to hold it against, if not the usual file.")
@click.option("--public", type=_FILE, metavar="FILE", help="The public key they are signed with, if not our own.")
@click.option("--export", "exported", type=_FILE, metavar="FILE", help="Check this export instead of the ledger.")
@switches
def verify(run: str | None, checkpoint: Path | None, public: Path | None, exported: Path | None) -> None:
    """Check every record of RUN, or of all runs, and hold them against the checkpoints. Nothing is asked of a network.

    Without the ledger's keys, as on another machine, the checkpoints alone decide. Ends with exit code 1 if something
    is wrong, and tells the first record of each kind of flaw. With --json, one object with all of it.
    """
    seen, key = _checkpoints(checkpoint, public)
    if exported:
        if run:
            raise UsageError("an export is checked as a whole", remedy="leave out RUN")
        from runtime.export import verify_export

        found, against = verify_export(exported, key or _public(None), seen), "its signature"
    else:
        found, against = _verified(run, seen)
    against += f" and checkpoint {seen[-1].number} of {seen[-1].at}" if seen else "; there are no checkpoints"
    _tell(found, against)


@audit.command(short_help="Write records as JSON lines, signed.")
@click.argument("run", required=False)
@click.option(
    "-o", "--output", type=_FILE, required=True, metavar="FILE", help="Where to write; the signature is FILE.sig."
)
@switches
def export(run: str | None, output: Path) -> None:
    """Write the records of RUN, or of all runs, as JSON lines with a detached signature.

    Whoever has the file, FILE.sig and our public key can check it without the ledger: deputy audit verify --export FILE
    """
    now, ledger = session(), session().ledger_with_runs()
    from runtime.export import export as exported

    made = exported(ledger, now.home().signer(), output, ledger.find(run).run if run else None)
    told = {"path": made.path, "signature": made.signature, "runs": made.runs, "records": made.records}
    _say(f"{_counted(made.records, made.runs)} in {made.path}, signed in {made.signature}", told)


@audit.command(short_help="Sign how far every run has come.")
@switches
def checkpoint() -> None:
    """Sign how far every run has come, and append it to the file of checkpoints (DEPUTY_CHECKPOINTS names another)."""
    now = session()
    made, told = _signed(now.ledger_with_runs())
    _say(f"checkpoint {made.number}, of {many(made.total, 'run')}, is in {now.home().checkpoints}", told)


@audit.command(short_help="Write with a new key from now on.")
@switches
def rotate() -> None:
    """Write with a new key from now on. Records stay as they are, and verify with the key they were written with."""
    ledger = session().ledger_with_runs()
    _signed(ledger)
    number = ledger.rotate()
    made, told = _signed(ledger)
    _say(f"key {number} is in use from checkpoint {made.number} on", told | {"key": number})


def _verified(run: str | None, seen: "list[Checkpoint]") -> "tuple[Findings, str]":
    """What the ledger's records come to, and what they were held against."""
    from runtime.audit import verify as verified

    now, ledger = session(), session().ledger()
    if ledger is None and not seen:
        raise ConfigError("nothing was ever run here", remedy="start with 'deputy run -s recruiting'")
    if ledger is None:
        raise LedgerError(
            f"there is no ledger, and checkpoint {seen[-1].number} of {seen[-1].at} saw {many(seen[-1].total, 'run')}",
            remedy="restore the newest copy of the ledger",
        )
    wanted = run
    if run and run not in {mark.run for one in seen for mark in one.runs}:
        wanted = ledger.find(run).run
    keyed = any(now.home().keys.glob("ledger-*.key"))
    if not keyed and not seen:
        raise ConfigError(
            "neither the ledger's keys nor checkpoints are here", remedy="name the checkpoints with --checkpoint FILE"
        )
    return verified(ledger.engine, ledger.keys if keyed else None, wanted, seen), "their keys" if keyed else "no key"


def _checkpoints(named: Path | None, public: Path | None) -> "tuple[list[Checkpoint], str | None]":
    """The checkpoints to hold against, and the key that they are signed with if there is one."""
    from runtime.checkpoints import read_checkpoints

    path = named or session().home().checkpoints
    if named and not named.exists():
        raise UsageError(f"there is no file '{named}'", remedy="name a file of checkpoints")
    if not path.exists() and public is None:
        return [], None
    key = _public(public)
    return read_checkpoints(path, key), key


def _public(named: Path | None) -> str:
    from runtime.keys import public_key

    return public_key(named or session().home().keys / "checkpoint.pub")


def _signed(ledger: "Ledger") -> "tuple[Checkpoint, dict[str, Any]]":
    from runtime.checkpoints import checkpoint as made

    home = session().home()
    one = made(ledger, home)
    return one, {"checkpoint": one.number, "at": one.at, "runs": one.total, "path": home.checkpoints}


def _tell(found: "Findings", against: str) -> None:
    now = session()
    flaws = [{**vars(flaw), "times": found.counts[flaw.kind]} for flaw in found.flaws]
    if now.as_json:
        print_json({"ok": not flaws, "runs": found.runs, "records": found.records, "against": against, "flaws": flaws})
    console = Console(sys.stderr if now.as_json else sys.stdout, color=now.color)
    for flaw in found.flaws:
        more = found.counts[flaw.kind] - 1
        where = f"run {flaw.run}: " if flaw.run else ""
        console.say(Line(flaw.kind, "denied", f"{where}{flaw.text}" + (f" (and {more} more)" if more else ""), "red"))
    if flaws:
        raise LedgerError(
            f"the records are not what was written ({_counted(found.records, found.runs)})",
            remedy="keep this file as evidence, and restore the newest copy; docs/audit.md says what each flaw means",
        )
    if not now.as_json and not now.quiet:
        console.say(Line("verified", "done", f"{_counted(found.records, found.runs)}, against {against}"))


def _counted(records: int, runs: int) -> str:
    return f"{many(records, 'record')} of {many(runs, 'run')}"


def _say(text: str, told: dict[str, Any]) -> None:
    now = session()
    if now.as_json:
        print_json({name: str(value) if isinstance(value, Path) else value for name, value in told.items()})
    elif not now.quiet:
        Console(sys.stdout, color=now.color).say(Line(text=text))
