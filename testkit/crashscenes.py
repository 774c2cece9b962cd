"""Scenes for the crash kit: a scenario on embedded systems; recruiting on real servers that count what they receive.

The other scenarios are in `testkit.crashtrades`.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from crews.config import load_config
from crews.scene import load_scene
from crews.settling import Verdict, doubts, settle
from crews.wish import Wish
from crews.worlds import Place, open_world
from runtime.home import Home
from testkit.crashplay import Stage, environment
from testkit.postgres import Postgres
from testkit.projects import CHECKOUT, make_project
from testkit.radicale import Radicale, radicale
from testkit.smtp import SmtpServer
from testkit.snapshot import mails, snapshot
from tools.backends.agenda_caldav import CaldavAgenda
from tools.backends.ical import event_of, status_of
from tools.directory import Directory
from tools.world import World

POSITION = "senior-data-engineer"
WISH = Wish(scenario="recruiting", model="playbook", principal="user:crashkit")

_CACHES = shutil.ignore_patterns("__pycache__")

SERVERS = """
assistant_world: recruiting
house: {name: Meridian Analytics, mail: recruiting@meridian.example}
calendar: caldav
mail: smtp
records: sqlite
"""


class Embedded:
    """A scenario on embedded systems. `state` is what its world holds at the end, `made` what was done there, each by
    its identity; `shrink` makes the scenario's folder smaller."""

    def __init__(
        self,
        scenario: str,
        folder: Path,
        *,
        state: Callable[[World], Any],
        made: Callable[[World], Iterable[str]],
        shrink: Callable[[Path], None] = lambda _folder: None,
        database: Postgres | None = None,
    ) -> None:
        self.scenario = scenario
        self.project = make_project(folder / "project", settings=(CHECKOUT / "config" / "settings.yaml").read_text())
        for name in {"recruiting", scenario}:  # the shipped tasks speak of recruiting's facts
            shutil.copytree(CHECKOUT / "scenarios" / name, self.project / "scenarios" / name, ignore=_CACHES)
        shrink(self.project / "scenarios" / scenario)
        self._state = state
        self._made = made
        self._folder = folder
        self._database = database
        self._environ: dict[str, str] = {"DEPUTY_HOME": str(self.project / "var"), "MODEL": "playbook"}

    def fresh(self) -> Stage:
        """A project without a past."""
        notes = self._folder / "notes"
        for folder in (self.project / "var", notes):
            shutil.rmtree(folder, ignore_errors=True)
        notes.mkdir()
        if self._database:
            self._environ["DATABASE_URL"] = self._database.database()
        wish = Wish(scenario=self.scenario, model="playbook", principal="user:crashkit")
        return Stage(self.project, dict(self._environ), notes, wish)

    def world(self) -> Any:
        """What the systems hold, as two runs can be compared by it."""
        with self._opened() as world:
            return self._state(world)

    def effects(self) -> Counter[str]:
        """What was done, and the mails as they lie in the outbox, file by file."""
        with self._opened() as world:
            return Counter([*self._made(world), *_mail_files(world.folder / "mail" / "outbox")])

    def look(self) -> int:
        """Embedded systems leave nothing in doubt."""
        return 0

    @contextmanager
    def _opened(self) -> Iterator[World]:
        config = load_config(self.project, self.scenario)
        spec = config.scenarios[self.scenario]
        place = Place(self.scenario, config.scenario_folder(self.scenario), spec)
        home, scene = Home((self.project / "var").resolve()), load_scene(spec.playbook)
        wish = Wish(scenario=self.scenario)
        world = open_world(home, config.settings, place, scene, wish, {**os.environ, **self._environ})
        try:
            yield world
        finally:
            world.close()


class Recruiting(Embedded):
    """The recruiting scenario on embedded systems, with `resumes` of its résumés (all without)."""

    def __init__(self, folder: Path, *, resumes: int | None = None, database: Postgres | None = None) -> None:
        def shrink(scenario: Path) -> None:
            for path in sorted((scenario / "world" / "resumes").iterdir())[resumes:] if resumes else ():
                path.unlink()

        super().__init__(
            "recruiting",
            folder,
            state=lambda world: snapshot(world, POSITION),
            made=lambda world: [f"{one.uid} {one.sequence}" for one in world.agenda.events()],
            shrink=shrink,
            database=database,
        )


class ServedRecruiting(Recruiting):
    """The same on a calendar server and a mail server, which are asked what they have received."""

    def __init__(self, folder: Path, opened: ExitStack, **more: Any) -> None:
        super().__init__(folder, **more)
        (self.project / "config" / "settings.yaml").write_text(SERVERS)
        self._calendars: Radicale = opened.enter_context(radicale(folder / "radicale", []))
        self._post = opened.enter_context(SmtpServer())
        self._environ |= {
            "CALDAV_URL": self._calendars.url,
            "CALDAV_USERNAME": self._calendars.service,
            "CALDAV_PASSWORD": self._calendars.password,
            "SMTP_URL": self._post.url,
        }
        self._seeded = folder / "seeded"
        self._seed()

    def _seed(self) -> None:
        files = self.project / "scenarios" / "recruiting" / "world"
        agenda = CaldavAgenda(
            self._calendars.url,
            self._calendars.service,
            self._calendars.password,
            zones=Directory.load(files / "people.yaml").zones,
        )
        agenda.seed(files / "calendars")
        agenda.close()
        shutil.copytree(self._calendars.folder / "collections", self._seeded)

    def fresh(self) -> Stage:
        """Servers and a project without a past."""
        shutil.rmtree(self._calendars.folder / "collections")
        shutil.copytree(self._seeded, self._calendars.folder / "collections")
        self._post.received.clear()
        self._post.envelopes.clear()
        return super().fresh()

    def effects(self) -> Counter[str]:
        """Events in the server's own files, one for each calendar, with its status; and mails as they came in."""
        root = self._calendars.folder / "collections"
        kept = [path.relative_to(root) for path in root.rglob("deputy-*.ics")]
        there = [path for path in kept if not any(part.startswith(".") for part in path.parts)]
        events = [f"{path} {status_of((root / path).read_text())}" for path in there]
        return Counter([*events, *(f"{one['To']} {one['Message-ID']}" for one in self._post.received)])

    def world(self) -> dict[str, Any]:
        """The same, with the mails as the server received them."""
        return {**super().world(), "sent": mails(self._post.received)}

    def look(self) -> int:
        """A mail that was on its way when its process died: a person looks whether the server has it, and says so."""
        with environment(self._environ):
            run, found = doubts(self.project, None)
            for doubt in found:
                verdict: Verdict = "done" if self._received(**doubt.body["args"]) else "redo"
                reason = "looked at the server"
                settle(self.project, run, doubt.body["call"], verdict, by="user:crashkit", reason=reason)
        return len(found)

    def _received(self, interview: str, to: str, **_note: str) -> bool:
        """Whether the server has the invitation of that person to that interview."""
        return any((to.casefold(), interview) in _invited(one) for one in self._post.received)


def _invited(message: EmailMessage) -> list[tuple[str, str]]:
    """Whom a mail invites, and to which calendar entry."""
    entries = [part.get_content() for part in message.walk() if part.get_content_type() == "text/calendar"]
    return [(to.addr_spec.casefold(), event_of(one).uid) for one in entries for to in message["To"].addresses]


def _mail_files(box: Path) -> list[str]:
    """The Message-ID of each file in a Maildir."""
    files = [path for path in box.glob("*/*") if path.parent.name in ("new", "cur")]
    return [str(message_from_bytes(path.read_bytes(), policy=default)["Message-ID"]) for path in files]
