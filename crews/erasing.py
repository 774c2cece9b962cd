"""Forgetting a person: the key is destroyed, and whatever names the person outside of the ledger is removed.

    ledger      sealed values stay, and cannot be opened any more; every chain still verifies
    worlds      applicants, interviews, mails, drafts and memories are removed, contacts of customers emptied, and all
                else that names the person is blotted out of the databases
    runs        mails of the run's folder are removed, calendars blotted, reports made anew from what can still be read
    crewai      what CrewAI itself remembered of its last run is removed

Records in PostgreSQL are reached like those in worlds. Real systems (CalDAV, a mail server) and a person's own files
are not touched: they are named instead.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crews.config import Config
from crews.conversation import forget_conversations
from crews.persons import INDEXES, Embedded, Person, stores, worlds_of
from crews.report import Section, write_report
from crews.report.names import names_in
from crews.retention import kept_until
from crews.scene import Scene, load_scene
from crews.wish import Wish
from crews.worlds import Place, open_world
from runtime.database import open_database, scrub
from runtime.errors import DeputyError
from runtime.forgetting import Forgetting, forget
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.records import Record
from runtime.scratch import replace_text
from runtime.sealed import is_erased
from runtime.subjects import Vault
from runtime.sweep import sweep
from runtime.tables import runs_holding
from runtime.traces import Traces
from tasks.templates import fill
from tools.backends.mail_maildir import names
from tools.documents import identity_of
from tools.world import World

_REAL = {
    "calendar": ("caldav", "interviews in the calendars at CALDAV_URL"),
    "mail": ("smtp", "mails that were sent: they are with whoever received them"),
}
_IN_WORLDS = ("candidates", "entries", "mails", "memories", "accounts", "rows")


@dataclass(frozen=True)
class Going:
    """What an erasure removes, counted, and what it leaves to a person: real systems and their own files."""

    subjects: int
    records: int
    runs: tuple[str, ...]
    candidates: int
    entries: int
    mails: int
    memories: int
    accounts: int
    rows: int
    files: tuple[Path, ...]
    left: tuple[str, ...]

    @property
    def counted(self) -> dict[str, int]:
        """The numbers, as they are recorded."""
        said = {name: getattr(self, name) for name in ("records", *_IN_WORLDS)}
        return said | {"runs": len(self.runs), "files": len(self.files)}


@dataclass(frozen=True)
class Eraser:
    """Erases people from one home. `config` says which real systems there are, and how reports are made."""

    home: Home
    ledger: Ledger
    vault: Vault
    config: Config

    def going(self, person: Person) -> Going:
        """What would be removed. Changes nothing."""
        counts = self._worlds(person, dry_run=True)
        runs = self._runs(person)
        return Going(
            subjects=len(person.subjects),
            records=sum(runs.values()),
            runs=tuple(runs),
            **counts,
            files=tuple(self._files(person.traces)),
            left=(*self._real(), *self._inputs(person, list(runs))),
        )

    def erase(self, person: Person, *, run: str, by: str, reason: str) -> list[Path]:
        """Erase the person, as the run `run`. Returns the files of the home that still name them: there should be none.

        Raises LedgerError where another process holds a file open; then the same command finishes the work later.
        """
        going = self.going(person)

        def worlds() -> None:  # first, while the vault still knows the person, so that it can be done again
            self._worlds(person, dry_run=False)
            for path in going.files:
                _without(path, person.traces)
            shutil.rmtree(self.home.root / "crewai", ignore_errors=True)
            forget_conversations(self.home)
            self.home.erased().remember(person.traces.names, datetime.now(UTC).date())

        def reports() -> dict[str, int]:  # last, from what can still be read
            for one in going.runs:
                self._report(one)
            return going.counted

        whole = Forgetting(run, by, reason, before=worlds, afterwards=reports)
        forget(self.ledger, self.vault, *person.subjects, whole=whole)
        return list(person.traces.files(self.home.root))

    def _runs(self, person: Person) -> dict[str, int]:
        """The runs that hold something sealed for the person, each with how many such records it has."""
        references = [one for one in map(self.vault.reference, person.subjects) if one]
        return runs_holding(self.ledger.engine, references)

    def _worlds(self, person: Person, *, dry_run: bool) -> dict[str, int]:
        """How much of each kind worlds hold of the person; it is removed if this is not a dry run."""
        total = [0] * len(_IN_WORLDS)
        for place in stores(self.home, self.config.settings):
            total = [a + b for a, b in zip(total, _erased(place, person, dry_run=dry_run), strict=True)]
        for folder in () if dry_run else worlds_of(self.home):
            _scrubbed(folder)
        return dict(zip(_IN_WORLDS, total, strict=True))

    def _files(self, traces: Traces) -> list[Path]:
        """The files of the runs' folders that name the person, without the reports, which are made anew."""
        folder = self.home.root / "runs"
        found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("report."))
        return [path for path in found if _names(path, traces)]

    def _real(self) -> list[str]:
        settings = self.config.settings
        return [said for name, (kind, said) in _REAL.items() if getattr(settings, name) == kind]

    def _inputs(self, person: Person, runs: Sequence[str]) -> list[str]:
        """The files among the inputs of those runs that are the person's own, or that name them."""
        given = {
            Path(str(path))
            for run in runs
            if isinstance(inputs := self.ledger.first(run).body.get("inputs"), dict)
            for path in inputs.values()
        }
        files = {path for one in given for path in (one.iterdir() if one.is_dir() else [one]) if path.is_file()}
        own = (path for path in sorted(files) if identity_of(path) in person.subjects or _names(path, person.traces))
        return [str(path) for path in own]

    def _report(self, run: str) -> None:
        folder = self.home.root / "runs" / run
        records = self.ledger.records(run)
        if not (folder / "report.md").exists():
            return
        title, sections = self._scene(records)
        known = names_in(self.home, str(records[0].body.get("world") or ""))
        write_report(records, folder, title=title, sections=sections, names=known)

    def _scene(self, records: Sequence[Record]) -> tuple[str, Sequence[Section]]:
        """The report's title and the scenario's tables; only a title where its world cannot be opened any more."""
        body: dict[str, Any] = records[0].body
        name = body.get("scenario") or ""
        try:
            spec = self.config.scenarios[name]
            scene = load_scene(spec.playbook, self.config.project)
            inputs = {one: Path(path) for one, path in body["wish"]["inputs"].items()}
            wish = Wish(scenario=name, inputs=inputs, world=Path(body["world"]).name)
            place = Place(name, self.config.scenario_folder(name), spec)
            world = open_world(self.home, self.config.settings, place, scene, wish, os.environ)
        except (DeputyError, KeyError, TypeError, AttributeError):
            return f"Run {records[0].run}", ()
        try:
            words = {one: path.name for one, path in world.inputs.items()}
            words |= {one: str(value) for one, value in scene.facts(world).items()}
            tables = [*_sections(scene, records, world), *kept_until(self.vault, self.config, name, world)]
            return fill(spec.title, words), tables
        finally:
            world.close()


def _sections(scene: Scene, records: Sequence[Record], world: World) -> Sequence[Section]:
    """The scenario's tables; without the receipts that miss something, if it cannot make tables of them."""
    try:
        return scene.sections(records, world)
    except (AttributeError, KeyError, TypeError):
        whole = [one for one in records if one.kind != "tool.done" or not is_erased(one.body["result"])]
        return scene.sections(whole, world)


def _names(path: Path, traces: Traces) -> bool:
    if path.suffix == ".eml":
        return names(path, traces)
    if path.suffix == ".ics":
        return traces.named_in(path.name) or traces.named_in(_unfolded(path))
    return traces.named_in_file(path)


def _without(path: Path, traces: Traces) -> None:
    """Blot the person out of a calendar; remove anything else."""
    if path.suffix != ".ics" or traces.named_in(path.name):
        path.unlink()
        return
    from tools.backends.ical import blotted

    replace_text(path, blotted(_unfolded(path), traces))


def _unfolded(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n ", "")


def _erased(place: Embedded, person: Person, *, dry_run: bool) -> tuple[int, ...]:
    """How much of each kind one place has of the person."""
    subjects, traces = person.subjects, person.traces
    return (
        place.ats.erase(subjects, dry_run=dry_run) if place.ats else 0,
        place.agenda.erase(traces, dry_run=dry_run) if place.agenda else 0,
        place.mailbox.erase(traces, dry_run=dry_run) if place.mailbox else 0,
        place.memory.erase(subjects, traces, dry_run=dry_run) if place.memory else 0,
        place.crm.erase(traces, dry_run=dry_run) if place.crm else 0,
        sum(sweep(engine, traces, tables, dry_run=dry_run) for engine, tables in place.others),
    )


def _scrubbed(folder: Path) -> None:
    for index in (path for name in INDEXES for path in folder.glob(f"{name}*")):
        index.unlink()
    for path in (*folder.glob("*.sqlite"), *folder.glob("mail/*.sqlite")):
        engine = open_database(f"sqlite:///{path}")
        try:
            scrub(engine)
        finally:
            engine.dispose()
