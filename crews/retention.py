"""Retention: until when a scenario keeps what it holds about a person, and whose time is up."""

from collections.abc import Iterator
from datetime import date, timedelta

from crews.config import Config
from crews.persons import Person, person_of
from crews.report import Section
from runtime.subjects import Subject, Vault
from tools.world import World


def delete_by(subject: Subject, config: Config) -> date | None:
    """The first day on which the subject is to be forgotten, or None where its scenario sets no time."""
    spec = config.scenarios.get(subject.scope)
    if spec is None or spec.retention_days is None:
        return None
    return subject.since + timedelta(days=spec.retention_days)


def kept_until(vault: Vault, config: Config, scenario: str, world: World) -> list[Section]:
    """The report's table of who is held since when and is to be deleted by when; none without a retention."""
    rows = []
    for subject in vault.subjects():
        by = delete_by(subject, config) if subject.scope == scenario else None
        record = world.ats.candidate(subject.subject) if by else None
        if by and record:
            rows.append((f"{record['name'] or record['file']}\n{record['id']}", str(subject.since), str(by)))
    note = "'deputy forget --due' erases whose day has come."
    return [Section("Kept until", ("Candidate", "Held since", "Delete by"), tuple(rows), note)] if rows else []


def due_on(vault: Vault, config: Config, day: date) -> list[Person]:
    """Everybody who is to be forgotten by that day, each for themselves."""
    return [person_of(vault, {one.subject}) for one in _due(vault, config, day)]


def _due(vault: Vault, config: Config, day: date) -> Iterator[Subject]:
    for one in vault.subjects():
        by = delete_by(one, config)
        if by is not None and by <= day:
            yield one
