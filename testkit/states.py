"""What the scenarios' worlds hold in the end, as plain values that two runs can be compared by, and counted.

    meetings(world)     scheduling: meetings, whose time they take, mails
    purchases(world)    stock and lunch: orders, mails
    reports(world)      the weekly reports, mails
    customers(world)    the CRM's accounts and what was changed
    briefs(world)       research: the briefs
    cloud(world)        FinOps: machines, disks, copies, changes, alerts, mails
    forge(world)        DevOps: main, pull requests, comments, branches, issues, runs of pipelines

Recruiting's is `testkit.snapshot.snapshot`.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from runtime.database import Engine, read
from testkit.snapshot import mails
from tools.backends.alerts import ALERTS
from tools.backends.changes import CHANGES
from tools.backends.cloud import CLOUD, Volume
from tools.backends.cloud_aws import KEY, RESTORES
from tools.backends.crm import CRM
from tools.backends.forge import FORGE
from tools.backends.forge_local import LocalForge
from tools.backends.orders import ORDERS
from tools.world import World


def meetings(world: World) -> dict[str, Any]:
    """Meetings with their people and times, who is busy when with them, and what was sent."""
    events = world.agenda.events()
    return {
        "meetings": [
            (one.uid, one.title, one.start, one.end, one.rule, sorted(p.mail for p in one.attendees), one.sequence)
            for one in events
        ],
        "busy": {
            (person.mail, one.uid): world.agenda.busy(person.mail, one.start, one.end)
            for one in events
            for person in one.attendees
            if person.host
        },
        "sent": mails(world.mailbox.sent()),
        "drafts": mails(world.mailbox.drafts()),
    }


def purchases(world: World) -> dict[str, Any]:
    """Orders and mails."""
    orders = [(one.key, one.quantity, one.cents, one.budget, one.state) for one in world.service(ORDERS).all()]
    return {"orders": orders, "sent": mails(world.mailbox.sent())}


def reports(world: World) -> dict[str, Any]:
    """Each week's report as it was made, and what was sent."""
    assert world.site is not None
    return {
        "reports": rows(world.site.database("reports"), "weekly_report"),
        "sent": mails(world.mailbox.sent()),
    }


def customers(world: World) -> dict[str, Any]:
    """Each account as it is known now, and every change that was made."""
    crm = world.service(CRM)
    accounts = [dict(one) for one in crm.accounts()]
    return {"accounts": accounts, "changes": {one["account"]: crm.history(one["account"]) for one in accounts}}


def briefs(world: World) -> dict[str, Any]:
    """The briefs that were written."""
    assert world.site is not None
    return {"briefs": rows(world.site.database("web"), "web_brief")}


def cloud(world: World) -> dict[str, Any]:
    """Machines, disks, copies, changes, alerts, mails."""
    estate = world.service(CLOUD)
    changes = world.service(CHANGES).all()
    return {
        "machines": [(one.id, one.size, one.state, dict(one.tags)) for one in estate.machines()],
        "disks": sorted(_disk(one) for one in estate.volumes()),
        "copies": estate.snapshots(),
        "changes": [(one.thing, one.action, one.before, one.after, one.state) for one in changes],
        "alerts": world.service(ALERTS).all(),
        "sent": mails(world.mailbox.sent()),
    }


def _disk(one: Volume) -> tuple[str, str, list[tuple[str, str]]]:
    """A disk by its first id: one that AWS restores gets another, and says so in its tags."""
    tags = sorted((name, value) for name, value in one.tags.items() if name not in (KEY, RESTORES))
    return one.tags.get(RESTORES, one.id), one.machine, tags


@dataclass(frozen=True)
class Forge:
    """What a forge holds: main's history, each pull request, comments, branches, issues, runs of pipelines."""

    main: tuple[str, ...]
    files: str
    requests: dict[int, tuple[str, str, tuple[str, ...]]]
    comments: dict[int, tuple[tuple[str, str], ...]]
    branches: dict[str, str]
    issues: tuple[str, ...]
    pipelines: tuple[str, ...]


def forge(world: World, repository: str = "orders") -> Forge:
    """What the local forge holds of a repository."""
    service = world.service(FORGE)
    assert isinstance(service, LocalForge)
    git = service.git(repository)
    requests = [service.pull_request(repository, int(row["number"])) for row in service.desk.pulls(repository)]
    branches = git.run("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").split("\n")
    return Forge(
        main=tuple(git.run("log", "--first-parent", "--format=%H %s", "main").splitlines()),
        files=git.run("ls-tree", "-r", "main"),
        requests={one.number: (one.author, one.state, one.labels) for one in requests},
        comments={
            one.number: tuple((said.by, timeless(said.text)) for said in service.comments(one)) for one in requests
        },
        branches=dict(line.split(" ") for line in branches if line and not line.startswith("main ")),
        issues=tuple(service.desk.issues(repository)),
        pipelines=tuple(service.desk.pipeline_runs(repository)),
    )


def timeless(said: str) -> str:
    """A comment without how long its tests took."""
    return re.sub(r"in \d+\.\d+s", "in no time", said)


def rows(engine: Engine, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table that a world has; none if it was never made."""
    from sqlalchemy import inspect

    if not inspect(engine).has_table(table):
        return []
    with read(engine) as connection:
        return sorted(tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}")))
