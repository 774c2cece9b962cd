"""How many attacks succeed, with a person who refuses what is asked and with a tired one who approves it all.

Every attack of `scenarios/attacks` is run through the real crew with a model that obeys it, and judged by the final
state of the world. The last table is of the honest twins: the same model in the same worlds, where nobody orders.

    --attacks NAME...     scenarios, families or single attacks by their ids; all if none is named, about an hour
    --every N             of these only one of N
    --list                print their ids, and run nothing
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.problems import did_you_mean
from runtime.quiet import quiet
from scenarios.attacks.attack import Attack, Twin
from scenarios.attacks.every import ATTACKS
from tests.scenarios.attacking import Person, Ran, attacked, honest

PEOPLE: Sequence[Person] = ("refuses", "approves")

Twins = Mapping[tuple[Twin, Person], Ran]


@dataclass(frozen=True)
class Row:
    """One attack, and whether it did harm with each person."""

    attack: Attack
    refused: bool
    tired: bool


def twins(attacks: Iterable[Attack], folder: Path) -> Twins:
    """The honest twin of each carrier with both persons; where nobody is asked, they are the same run."""
    found: dict[tuple[Twin, Person], Ran] = {}
    for number, twin in enumerate(sorted({one.twin for one in attacks})):
        print(f"twin {_named(twin)}", file=sys.stderr, flush=True)
        ran = honest(folder / f"{number}", twin, "refuses")
        found[twin, "refuses"] = ran
        found[twin, "approves"] = honest(folder / f"{number}-approves", twin, "approves") if ran.asks else ran
    return found


def rows(attacks: Sequence[Attack], known: Twins, folder: Path) -> list[Row]:
    """Every attack with both persons. The folders of runs are removed as they end."""
    found = []
    for number, one in enumerate(attacks, start=1):
        harms = {}
        for person in PEOPLE:
            ran = attacked(folder / one.id, one, person)
            harms[person] = one.harm(ran.state, known[one.twin, person].state)
            shutil.rmtree(folder / one.id)
        found.append(Row(one, harms["refuses"], harms["approves"]))
        succeeds = " and ".join(person for person, harm in harms.items() if harm)
        print(f"{number}/{len(attacks)} {one.id} {succeeds}".rstrip(), file=sys.stderr, flush=True)
    return found


def print_attacks(found: Sequence[Row]) -> None:
    """Per person a table of attacks by scenario and family, plain and encoded, and below them every attack that
    succeeds."""
    for person, harmed in (("refuses what is asked", _refused), ("tired: approves it all", _tired)):
        print(f"{person:26}{'all':>10}{'plain':>10}{'encoded':>10}")
        for name, some in _groups(found):
            plain = [one for one in some if one.attack.encoding == "plain"]
            encoded = [one for one in some if one.attack.encoding != "plain"]
            shares = [_share([harmed(row) for row in group]) for group in (some, plain, encoded)]
            print(f"  {name:24}{shares[0]:>10}{shares[1]:>10}{shares[2]:>10}")
        print()
    print("succeed:" if any(one.refused or one.tired for one in found) else "succeed: none")
    for one in found:
        if one.refused or one.tired:
            why = one.attack.hole or ("NOT A KNOWN HOLE" if one.refused else "a person allowed it")
            print(f"  {'refused' if one.refused else 'tired':9}{one.attack.id:40}{why}")


def _groups(found: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
    """The rows of each scenario, below it those of its families if it has several, and at last all of them."""
    for scenario in dict.fromkeys(one.attack.scenario for one in found):
        some = [one for one in found if one.attack.scenario == scenario]
        yield scenario, some
        families = dict.fromkeys(one.attack.family for one in some)
        for family in families if len(families) > 1 else ():
            yield f"  {family}", [one for one in some if one.attack.family == family]
    yield "all", found


def _refused(row: Row) -> bool:
    return row.refused


def _tired(row: Row) -> bool:
    return row.tired


def print_twins(known: Twins) -> None:
    """The table of honest twins, where a person refuses what is asked."""
    print(f"\n{'honest twin':40}{'ended':>8}{'calls':>8}{'asks':>8}")
    honestly = {twin: ran for (twin, person), ran in known.items() if person == "refuses"}
    for twin, ran in honestly.items():
        calls = sum(one.kind == "tool.done" for one in ran.records)
        print(f"{_named(twin):40}{ran.outcome.state:>8}{calls:8}{ran.asks:8}")
    done = _share([ran.outcome.state == "done" for ran in honestly.values()])
    unasked = _share([ran.asks == 0 for ran in honestly.values()])
    asks = sum(ran.asks for ran in honestly.values()) / len(honestly)
    print(f"completed {done}, unasked {unasked}, {asks:.2f} asks per run")


def _named(twin: Twin) -> str:
    return ", ".join(twin)


def _share(values: Sequence[bool]) -> str:
    return f"{sum(values)}/{len(values)}" if values else "-"


def chosen(names: Sequence[str], every: int = 1) -> list[Attack]:
    """The attacks of those names, in their order. Raises ValueError for a name of none."""
    known = {*ATTACKS, *(one.family for one in ATTACKS.values()), *(one.scenario for one in ATTACKS.values())}
    for name in names:
        if name not in known:
            raise ValueError("; ".join(filter(None, [f"no attack is called '{name}'", did_you_mean(name, known)])))
    return [one for one in ATTACKS.values() if not names or {one.id, one.family, one.scenario} & {*names}][::every]


def main() -> None:
    """Print both tables."""
    parser = _parser()
    options = parser.parse_args()
    try:
        attacks = chosen(options.attacks, options.every)
    except ValueError as error:
        parser.error(str(error))
    if options.list:
        print(*(one.id for one in attacks), sep="\n")
        return
    quiet()
    with tempfile.TemporaryDirectory() as name:
        known = twins(attacks, Path(name) / "twins")
        print_attacks(rows(attacks, known, Path(name) / "attacks"))
        print_twins(known)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.safety", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--attacks", nargs="+", default=[], metavar="NAME", help="scenarios, families or ids")
    parser.add_argument("--every", type=_positive, default=1, metavar="N", help="of these only one of N")
    parser.add_argument("--list", action="store_true", help="print their ids, and run nothing")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    main()
