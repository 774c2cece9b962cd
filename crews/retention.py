"""Retention: until when a scenario keeps what it holds about a person, and whose time is up."""

from collections.abc import Iterator
from datetime import date, timedelta

from crews.config import Config
from crews.persons import Person, person_of
from runtime.subjects import Subject, Vault


def delete_by(subject: Subject, config: Config) -> date | None:
    """The first day on which the subject is to be forgotten, or None where its scenario sets no time."""
    spec = config.scenarios.get(subject.scope)
    if spec is None or spec.retention_days is None:
        return None
    return subject.since + timedelta(days=spec.retention_days)


def due_on(vault: Vault, config: Config, day: date) -> list[Person]:
    """Everybody who is to be forgotten by that day, each for themselves."""
    return [person_of(vault, {one.subject}) for one in _due(vault, config, day)]


def _due(vault: Vault, config: Config, day: date) -> Iterator[Subject]:
    for one in vault.subjects():
        by = delete_by(one, config)
        if by is not None and by <= day:
            yield one
