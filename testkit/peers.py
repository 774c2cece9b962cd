"""A project whose tools stand on real servers, set up as a user would: kinds in its settings, places outside them.

with served(project, "recruiting", ("caldav", "smtp", "postgres"), postgres) as peers:
    with environment(peers.environ):
        ...                             # run it, as on embedded systems
    peers.post.received                 # what the mail server took

peer        server          stands behind
caldav      Radicale        calendars; seeded with those of the scenario's world
smtp        aiosmtpd        mail
postgres    PostgreSQL      records: applicants, orders, customers, what is remembered
ledger      PostgreSQL      the ledger, the queue of work and the times of schedules
aws         moto            machines; seeded with the demo estate
github      a stand-in      the forge, behind Prism on GitHub's description; seeded with the demo's pull requests
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from testkit.estate import seeded
from testkit.github import GitHub
from testkit.github_demo import open_demo
from testkit.moto import moto
from testkit.postgres import Postgres
from testkit.prism import Between, between
from testkit.radicale import Radicale, radicale
from testkit.smtp import SmtpServer
from tools.backends.agenda_caldav import CaldavAgenda
from tools.directory import Directory

Peer = Literal["caldav", "smtp", "postgres", "ledger", "aws", "github"]

_SETTINGS = {
    "caldav": ("calendar: embedded", "calendar: caldav"),
    "smtp": ("mail: maildir", "mail: smtp"),
    "postgres": ("records: sqlite", "records: postgres"),
    "aws": ("cloud: embedded", "cloud: aws"),
    "github": ("forge: local", "forge: github"),
}


@dataclass
class Peers:
    """The servers that run, and what a program needs in its environment to work on them. `names` are those that a
    server gave to what the scenario's world calls otherwise."""

    environ: dict[str, str] = field(default_factory=dict)
    post: SmtpServer | None = None
    calendars: Radicale | None = None
    github: GitHub | None = None
    before_github: Between | None = None
    names: dict[str, str] = field(default_factory=dict)


@contextmanager
def served(project: Path, scenario: str, peers: Sequence[Peer], postgres: Postgres) -> Iterator[Peers]:
    """Start what is named, and put it behind the project, for as long as the block lasts."""
    configured(project, peers)
    world, found = project / "scenarios" / scenario / "world", Peers()
    with ExitStack() as opened:
        if "caldav" in peers:
            found.calendars = opened.enter_context(radicale(project / "radicale", []))
            found.environ |= login(found.calendars)
            _seed(found.calendars, world)
        if "smtp" in peers:
            found.post = opened.enter_context(SmtpServer())
            found.environ["SMTP_URL"] = found.post.url
        if "aws" in peers:
            cloud = opened.enter_context(moto(project / "moto"))
            found.environ |= cloud.environ
            found.names = seeded(cloud, world)
        if "github" in peers:
            found.github = opened.enter_context(GitHub(project / "github"))
            open_demo(found.github, world)
            found.before_github = opened.enter_context(between(project / "prism", found.github.url))
            found.environ |= found.github.environ | {"GITHUB_API_URL": found.before_github.url}
        databases = {"postgres": "RECORDS_URL", "ledger": "DATABASE_URL"}
        found.environ |= {name: postgres.database() for peer, name in databases.items() if peer in peers}
        yield found


def configured(project: Path, peers: Sequence[Peer]) -> None:
    """Let the project's settings say that these stand behind its tools."""
    file = project / "config" / "settings.yaml"
    text = file.read_text(encoding="utf-8")
    for before, after in (_SETTINGS[one] for one in peers if one in _SETTINGS):
        if before not in text:
            raise ValueError(f"{file} does not say '{before}'")
        text = text.replace(before, after)
    file.write_text(text, encoding="utf-8")


def login(server: Radicale) -> dict[str, str]:
    """What finds the calendars in the environment."""
    return {"CALDAV_URL": server.url, "CALDAV_USERNAME": server.service, "CALDAV_PASSWORD": server.password}


def _seed(server: Radicale, world: Path) -> None:
    zones = Directory.load(world / "people.yaml").zones
    agenda = CaldavAgenda(server.url, server.service, server.password, zones=zones)
    agenda.seed(world / "calendars")
    agenda.close()
