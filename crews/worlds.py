"""The world of a run, put together from settings, scenario, inputs and environment.

Without a name, the world follows from the inputs: a scenario's own inputs meet in a world named like the scenario, a
person's own inputs in one of their own, so that the same files meet the same calendars, mails and records again.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from crews.scenario import ScenarioSpec
from crews.scene import Scene
from crews.wish import Wish
from runtime.canonical import digest
from runtime.clock import Clock, FixedClock, SystemClock
from runtime.database import Engine, open_database
from runtime.errors import UsageError
from runtime.home import Home
from runtime.problems import ConfigProblems, did_you_mean
from runtime.records import Record
from runtime.settings import Settings, missing_environment
from tools.backends.protocols import Agenda, Ats, Mailbox
from tools.directory import Directory
from tools.service import Exports, Site
from tools.world import World


@dataclass(frozen=True)
class Place:
    """Where a scenario's files are: its name and its folder."""

    name: str
    folder: Path
    spec: ScenarioSpec


def open_world(
    home: Home, settings: Settings, place: Place, scene: Scene, wish: Wish, environ: Mapping[str, str]
) -> World:
    """The world that `wish` meets. Raises UsageError for missing inputs, ConfigError for systems that are not there."""
    missing = missing_environment(settings, environ)
    if missing:
        raise ConfigProblems(missing)
    inputs = _inputs(place, wish.inputs)
    own = bool(wish.inputs)
    name = wish.world or (
        f"{place.name}-{digest({key: str(path) for key, path in inputs.items()})[:6]}" if own else place.name
    )
    folder = home.world(name)
    clock: Clock = FixedClock(place.spec.now) if place.spec.now and not own else SystemClock()
    directory = Directory.load(inputs["people"]) if "people" in inputs else Directory()
    house_name, house_mail = scene.house(inputs) or (settings.house.name, settings.house.mail)
    opened = ExitStack()
    return World(
        name=name,
        clock=clock,
        inputs=inputs,
        folder=folder,
        directory=directory,
        agenda=_agenda(settings, folder, directory, clock, inputs, environ, opened),
        mailbox=opened.enter_context(closing(_mailbox(settings, folder, environ))),
        ats=_ats(settings, folder, clock, environ, opened),
        house_name=house_name,
        house_mail=house_mail,
        site=Site(
            folder,
            clock,
            inputs,
            settings,
            environ,
            directory,
            opened,
            principal=wish.principal,
            erased=home.erased().knows,
        ),
        erased=home.erased().knows,
        resources=opened,
    )


def export_world(world: World, folder: Path, records: Sequence[Record]) -> None:
    """Copies for a person to open: calendars as `.ics`, mails and drafts as `.eml`, and what services leave.

    Of calendars and mails, only what the records of the run name: the rest is other runs', and other people's.
    """
    letters = _named(records, "message_id", "draft")
    world.agenda.export(folder / "calendars", _named(records, "interview", "meeting"))
    for box, messages in (("outbox", world.mailbox.sent(letters)), ("drafts", world.mailbox.drafts(letters))):
        target = folder / "mail" / box
        target.mkdir(parents=True, exist_ok=True)
        for number, message in enumerate(messages, start=1):
            (target / _file_name(number, message)).write_bytes(bytes(message))
    for service in world.services.values():
        if isinstance(service, Exports):
            service.export(folder)


def _named(records: Iterable[Record], *fields: str) -> set[str]:
    """What the results of a run's effects say under these names: what it made, or found made before."""
    results = [one.body.get("result") for one in records if one.kind == "tool.done" and one.body["effect"] != "read"]
    named = [one.get(field) for one in results if isinstance(one, dict) for field in fields]
    return {one for one in named if isinstance(one, str)}


def _file_name(number: int, message: EmailMessage) -> str:
    person = "".join(one if one.isalnum() else "-" for one in str(message["To"]).partition("<")[2].partition("@")[0])
    return f"{number:03d}-{person or 'mail'}.eml"


def _inputs(place: Place, given: Mapping[str, Path]) -> dict[str, Path]:
    wanted = place.spec.inputs
    for name in given:
        if name not in wanted:
            raise UsageError(f"scenario '{place.name}' has no input '{name}'", remedy=did_you_mean(name, wanted))
    inputs = {}
    for name, spec in wanted.items():
        path = given.get(name) or (place.folder / spec.default if spec.default else None)
        if path is None and spec.optional:
            continue
        if path is None:
            raise UsageError(f"scenario '{place.name}' needs '{name}': {spec.about}", remedy=f"add --input {name}=PATH")
        if not (path.is_dir() if spec.kind == "folder" else path.is_file()):
            raise UsageError(f"input '{name}': no {spec.kind} at {path}", remedy=f"give a {spec.kind}: {spec.about}")
        inputs[name] = path.resolve()
    return inputs


def _agenda(
    settings: Settings,
    folder: Path,
    directory: Directory,
    clock: Clock,
    inputs: Mapping[str, Path],
    environ: Mapping[str, str],
    opened: ExitStack,
) -> Agenda:
    if settings.calendar == "caldav":
        from tools.backends.agenda_caldav import CaldavAgenda

        url, username, password = (environ[f"CALDAV_{name}"] for name in ("URL", "USERNAME", "PASSWORD"))
        there = opened.enter_context(closing(CaldavAgenda(url, username, password, zones=directory.zones, clock=clock)))
        if "calendars" in inputs:  # a scenario of the calendar: better said before anything is asked or done
            there.check()
        return there
    from tools.backends.agenda_sqlite import SqliteAgenda

    agenda = SqliteAgenda(_database(f"sqlite:///{folder / 'calendars.sqlite'}", opened), directory.zones, clock)
    if "calendars" in inputs:
        agenda.import_folder(inputs["calendars"])
    return agenda


def _mailbox(settings: Settings, folder: Path, environ: Mapping[str, str]) -> Mailbox:
    if settings.mail == "smtp":
        from tools.backends.mail_smtp import SmtpMailbox

        return SmtpMailbox(environ["SMTP_URL"], folder / "mail")
    from tools.backends.mail_maildir import MaildirMailbox

    return MaildirMailbox(folder / "mail")


def _ats(settings: Settings, folder: Path, clock: Clock, environ: Mapping[str, str], opened: ExitStack) -> Ats:
    from tools.backends.ats_sql import SqlAts

    url = environ["RECORDS_URL"] if settings.records == "postgres" else f"sqlite:///{folder / 'records.sqlite'}"
    return SqlAts(_database(url, opened), clock)


def _database(url: str, opened: ExitStack) -> Engine:
    engine = open_database(url)
    opened.callback(engine.dispose)
    return engine
