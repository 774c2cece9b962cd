"""Scenes for the crash kit: the scenarios beside recruiting, on embedded systems, with what counts as done twice there.

    scene = trade("stock", folder)

Worlds are small, so that a trial takes seconds. What was done is counted where it can be seen twice: a row of a change,
a merge in main's history, a sequence number, beside the files in the outbox.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from testkit import states
from testkit.crashscenes import Embedded, Recruiting
from testkit.postgres import Postgres
from tools.backends.orders import ORDERS
from tools.world import World

_BRANCHES = ("tax-names", "carrier-upload", "tidy-docs", "cents-rounded", "carrier-login")


@dataclass(frozen=True)
class _Trade:
    """How a scenario's end is seen, what is counted there, and how its world is made small."""

    state: Callable[[World], Any]
    made: Callable[[World], Iterable[str]]
    shrink: Callable[[Path], None] = lambda _folder: None


def trade(scenario: str, folder: Path, *, database: Postgres | None = None) -> Embedded:
    """The scene of a scenario. KeyError for one that has none."""
    if scenario == "recruiting":
        return Recruiting(folder, resumes=2, database=database)
    own = _TRADES[scenario]
    return Embedded(scenario, folder, state=own.state, made=own.made, shrink=own.shrink, database=database)


def _meetings(world: World) -> list[str]:
    return [f"{one.uid} {one.sequence}" for one in world.agenda.events()]


def _orders(world: World) -> list[str]:
    return [f"{one.about} {one.placed} {one.state}" for one in world.service(ORDERS).all()]


def _reports(world: World) -> list[str]:
    return [str(row[0]) for row in states.reports(world)["reports"]]


def _changes_of_customers(world: World) -> list[str]:
    changes = states.customers(world)["changes"]
    return [f"{account} {field} {after}" for account, made in changes.items() for field, _, after in made]


def _briefs(world: World) -> list[str]:
    return [str(row[0]) for row in states.briefs(world)["briefs"]]


def _in_the_cloud(world: World) -> list[str]:
    """Changes, copies and marks: a copy that was made twice has two keys."""
    held = states.cloud(world)
    marks = [f"{name} {tag}" for name, _, tags in held["disks"] for tag, _ in tags]
    changes = [f"{thing} {action} {after}" for thing, action, _, after, _ in held["changes"]]
    return [*held["copies"], *changes, *marks, *(" ".join(one) for one in held["alerts"])]


def _on_the_forge(world: World) -> list[str]:
    """Merges, pull requests, comments, labels, and how often each check ran on what."""
    held = states.forge(world)
    assert world.site is not None
    verdicts = states.rows(world.site.database("forge"), "verdict")
    return [
        *(line.split(" ", 1)[1] for line in held.main),
        *(f"{number} {label}" for number, (_, _, labels) in held.requests.items() for label in ("opened", *labels)),
        *(f"{number} {by} commented" for number, said in held.comments.items() for by, _ in said),
        *(" ".join(map(str, row[:6])) for row in verdicts),
    ]


def _fewer_requests(scenario: Path) -> None:
    """One that is green, one that is flaky, one that nobody has approved; a change that is green, and a red one."""
    world = scenario / "world"
    kept = {"main"}
    for name in ("requests", "changes"):
        path = world / f"{name}.yaml"
        held = yaml.safe_load(path.read_text())
        held[name] = [one for one in held[name] if one["branch"] in _BRANCHES]
        kept |= {one["branch"] for one in held[name]}
        path.write_text(yaml.safe_dump(held, sort_keys=False, allow_unicode=True))
    for patch in (world / "repository").glob("*.patch"):
        if patch.stem not in kept:
            patch.unlink()


def _fewer_bills(scenario: Path) -> None:
    """One provider's, and no more months than alerts look back on."""
    for bill in (scenario / "world" / "bill").iterdir():
        if not bill.name.startswith(("focus-aws-2027-02", "focus-aws-2027-03")):
            bill.unlink()


_TRADES = {
    "scheduling": _Trade(states.meetings, _meetings),
    "finops": _Trade(states.cloud, _in_the_cloud, _fewer_bills),
    "devops": _Trade(states.forge, _on_the_forge, _fewer_requests),
    "stock": _Trade(states.purchases, _orders),
    "lunch": _Trade(states.purchases, _orders),
    "report": _Trade(states.reports, _reports),
    "crm": _Trade(states.customers, _changes_of_customers),
    "research": _Trade(states.briefs, _briefs),
}
SCENARIOS = ("recruiting", *_TRADES)
