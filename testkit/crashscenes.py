"""Scenes for the crash kit: recruiting, on embedded systems or on real servers that count what they receive."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from crews.config import load_config
from crews.scene import load_scene
from crews.settling import Verdict, doubts, settle
from crews.wish import Wish
from crews.worlds import Place, open_world
from runtime.database import open_database, read
from runtime.home import Home
from testkit.crashkit import Stage, environment
from testkit.postgres import Postgres
from testkit.projects import CHECKOUT, make_project
from testkit.radicale import Radicale, radicale
from testkit.smtp import SmtpServer
from testkit.snapshot import mails, snapshot
from tools.backends.agenda_caldav import CaldavAgenda
from tools.directory import Directory
from tools.world import World

POSITION = "senior-data-engineer"
WISH = Wish(scenario="recruiting", model="playbook", principal="user:crashkit")

SERVERS = """
assistant_world: recruiting
house: {name: Meridian Analytics, mail: recruiting@meridian.example}
calendar: caldav
mail: smtp
records: sqlite
"""


class Recruiting:
    """The recruiting scenario on embedded systems, with `resumes` of its résumés (all without)."""

    def __init__(self, folder: Path, *, resumes: int | None = None, database: Postgres | None = None) -> None:
        settings = (CHECKOUT / "config" / "settings.yaml").read_text()
        self.project = make_project(folder / "project", settings=settings)
        scenarios = self.project / "scenarios"
        shutil.copytree(CHECKOUT / "scenarios" / "recruiting", scenarios / "recruiting")
        for path in sorted((scenarios / "recruiting" / "world" / "resumes").iterdir())[resumes:] if resumes else ():
            path.unlink()
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
        return Stage(self.project, dict(self._environ), notes, WISH)

    def world(self) -> dict[str, Any]:
        """Calendars, mails, drafts and records, as two runs can be compared by them."""
        with self._opened() as world:
            return snapshot(world, POSITION)

    def effects(self) -> Counter[str]:
        """Events and mails, by their own identities."""
        with self._opened() as world:
            uids = [one.uid for one in world.agenda.events()]
            return Counter([*uids, *(str(one["Message-ID"]) for one in world.mailbox.sent())])

    def look(self) -> int:
        """Embedded systems leave nothing in doubt."""
        return 0

    @contextmanager
    def _opened(self) -> Iterator[World]:
        config = load_config(self.project, "recruiting")
        spec = config.scenarios["recruiting"]
        place = Place("recruiting", config.scenario_folder("recruiting"), spec)
        home, scene = Home((self.project / "var").resolve()), load_scene(spec.playbook)
        world = open_world(home, config.settings, place, scene, WISH, {**os.environ, **self._environ})
        try:
            yield world
        finally:
            world.close()


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
        """Events in the server's own files, one for each calendar that holds it, and mails as they came in."""
        root = self._calendars.folder / "collections"
        kept = [path.relative_to(root) for path in root.rglob("deputy-*.ics")]
        events = [str(path) for path in kept if not any(part.startswith(".") for part in path.parts)]
        return Counter([*events, *(f"{one['To']} {one['Message-ID']}" for one in self._post.received)])

    def world(self) -> dict[str, Any]:
        """The same, with the mails as the server received them."""
        return super().world() | {"sent": mails(self._post.received)}

    def look(self) -> int:
        """A mail that was on its way when its process died: a person looks whether the server has it, and says so."""
        folder = self.project / "var" / "worlds" / "recruiting" / "mail"
        if not (folder / "mail.sqlite").exists():
            return 0
        received = {str(one["Message-ID"]) for one in self._post.received}
        engine = open_database(f"sqlite:///{folder / 'mail.sqlite'}")
        with read(engine) as connection:
            query = "SELECT message_id FROM attempt WHERE state = 'intended'"
            intended = [str(row[0]) for row in connection.exec_driver_sql(query)]
        engine.dispose()
        with environment(self._environ):
            run, found = doubts(self.project, None)
            for doubt, message_id in zip(found, intended, strict=False):
                verdict: Verdict = "done" if message_id in received else "redo"
                settle(
                    self.project, run, doubt.body["call"], verdict, by="user:crashkit", reason="looked at the server"
                )
        return len(found)
