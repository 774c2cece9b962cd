"""`deputy audit selection-rates` and `deputy audit subject`: what the law lets people ask about applicants."""

import json
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.console import Console, print_json
from cli.layout import Line, fitted
from cli.session import session, switches
from crews.report.figures import many

if TYPE_CHECKING:
    from crews.disclosure import Disclosure
    from crews.fairness import Rate, Table
    from runtime.ledger import Ledger

_FILE = click.Path(path_type=Path, dir_okay=False)
_HEAD = ("category", "people", "chosen", "rate", "ratio", "scored", "above", "rate", "ratio")
_CELL = 7


@click.command("selection-rates", short_help="Tell selection rates, or write the log.")
@click.option("-s", "--scenario", default="recruiting", show_default=True, help="Whose candidates.")
@click.option(
    "--demographics", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE", help="CSV with "
    "candidate, sex and race_ethnicity, as people said of themselves."
)  # fmt: skip
@click.option("--selected", default="shortlisted", show_default=True, metavar="STAGE", help="Who counts as selected.")
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Where the log of decisions goes, if not to stdout.")
@switches
def selection_rates(scenario: str, demographics: Path | None, selected: str, output: Path | None) -> None:
    """Write the log of decisions on candidates, which names nobody, for an auditor to join.

    With --demographics, tell selection rates, scoring rates and impact ratios by sex, by race/ethnicity and by both,
    as New York City's Local Law 144 asks for. Candidates in that file are named by id or by the log's reference.
    """
    from crews.fairness import read_demographics, tables, write_log

    with closing(session().ledger_with_runs()) as ledger:
        source = _disclosure(ledger)
        people = source.assessed(scenario, selected)
        references = source.references()
    if output:
        with output.open("w", encoding="utf-8") as file:
            write_log(people, file)
        _say(f"{many(len(people), 'candidate')} in {output}")
    if demographics is None:
        if not output:
            write_log(people, sys.stdout)
        return
    said = {references.get(name, name): row for name, row in read_demographics(demographics).items()}
    found = tables(people, said)
    if session().as_json:
        for table in found:
            print_json(asdict(table))
        return
    for table in found:
        _tell(table)


@click.command(short_help="Export what is held about a person.")
@click.argument("subject", nargs=-1, required=True)
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Where to write, if not to stdout.")
@switches
def subject(subject: tuple[str, ...], output: Path | None) -> None:
    """Export what is held about SUBJECT, as JSON: a candidate's id, a mail address, or a whole name.

    What also holds data of others is listed by its place and not shown.
    """
    from crews.persons import find_person

    with closing(session().ledger_with_runs()) as ledger:
        source = _disclosure(ledger)
        assert ledger.vault is not None
        held = source.of(find_person(ledger.vault, subject))
    text = json.dumps(held, ensure_ascii=False, indent=2, default=str) + "\n"
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text, encoding="utf-8")
    _say(f"what is held is in {output}: {many(len(held['ledger']), 'value')} of the ledger, {_counted(held)}")


def _counted(held: dict[str, Any]) -> str:
    return f"{many(len(held['records']), 'record')} of an applicant, {many(len(held['mails']), 'mail')}"


def _disclosure(ledger: "Ledger") -> "Disclosure":
    from crews.config import load_config
    from crews.disclosure import Disclosure
    from crews.persons import meet

    home = session().home()
    vault = ledger.vault or home.vault()
    config = load_config(session().project())
    meet(home, vault, config.settings)
    return Disclosure(home, ledger, vault, config)


def _tell(table: "Table") -> None:
    console = Console(sys.stdout, color=session().color)
    rows = [_HEAD, *map(_row, table.rates)]
    width = min(max(len(row[0]) for row in rows), console.width - _CELL * (len(_HEAD) - 1))
    console.row([(f"by {' and '.join(table.by)}", "bold")])
    for number, row in enumerate(rows):
        cells = f"{fitted(row[0], width):<{width}}" + "".join(f"{cell:>{_CELL}}" for cell in row[1:])
        console.row([(cells, "" if number else "dim")])
    console.row([(f"{'unknown':<{width}}{table.unknown:>{_CELL}}", "dim")])
    if any(one.small for one in table.rates):
        console.row([("* under 2 % of the data: an auditor may leave it out", "dim")])
    console.row([("", "")])


def _row(one: "Rate") -> tuple[str, ...]:
    numbers: list[float | None] = [one.people, one.selected, one.selection_rate, one.selection_ratio]
    numbers += [one.scored, one.above_median, one.scoring_rate, one.scoring_ratio]
    return (one.category + ("*" if one.small else ""), *map(_shown, numbers))


def _shown(value: float | int | None) -> str:
    return "-" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)


def _say(text: str) -> None:
    if not session().quiet:
        Console(sys.stderr, color=session().color).say(Line(text=text))
