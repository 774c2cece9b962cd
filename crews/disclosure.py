"""What is held about people: all of one person's for themselves (Art. 15 GDPR), and the log of decisions on all."""

import json
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

from crews.config import Config
from crews.fairness import Assessed, furthest, reached
from crews.persons import Embedded, Person, candidates_in, stores, worlds_of
from crews.retention import delete_by
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.sealed import opened, references_of
from runtime.subjects import Vault
from runtime.tables import rows, snapshot
from tools.backends.ats_sql import SqlAts
from tools.backends.mail_maildir import names


class Disclosure:
    """Reads what a home holds about people. Changes nothing."""

    def __init__(self, home: Home, ledger: Ledger, vault: Vault, config: Config) -> None:
        self._home = home
        self._ledger = ledger
        self._vault = vault
        self._config = config

    def of(self, person: Person) -> dict[str, Any]:
        """Everything that is held about the person, as JSON types.

        Sealed values that hold others' data, too, are named by run and record and not shown: they are theirs as well.
        """
        subjects = [one for one in self._vault.subjects() if one.subject in person.subjects]
        dates = {one.subject: delete_by(one, self._config) for one in subjects}
        return {
            "subjects": [
                {
                    "id": one.subject,
                    "reference": one.reference,
                    "since": one.since.isoformat(),
                    "scenario": one.scope,
                    "delete_by": str(dates[one.subject]) if dates[one.subject] else None,
                    "called": sorted(self._vault.called(one.subject)),
                }
                for one in subjects
            ],
            "records": list(self._records(person)),
            "accounts": list(self._accounts(person)),
            "mails": list(self._mails(person)),
            "files": [str(path.relative_to(self._home.root)) for path in person.traces.files(self._home.root / "runs")],
            "ledger": list(self._values({one.reference for one in subjects})),
        }

    def assessed(self, scenario: str, selected_at: str) -> list[Assessed]:
        """Every candidate of the scenario by the reference the ledger knows them by; who was erased is not there."""
        known = {one.subject: one for one in self._vault.subjects() if one.scope == scenario}
        found = {}
        for ats in self._all_ats():
            for record, history in _candidates(ats):
                subject = known.get(record["id"])
                if subject is None:
                    continue
                stage = furthest(record["stage"], history)
                most = sum(one["max"] for one in record["scores"])
                found[record["id"]] = Assessed(
                    candidate=subject.reference,
                    position=record["position"],
                    stage=stage,
                    selected=reached(stage, selected_at),
                    score=record["total"],
                    assessed=round(record["known"] / most, 3) if most else None,
                    received=subject.since.isoformat(),
                    decided=str(history[-1]["at"])[:10] if history else "",
                )
        return sorted(found.values(), key=lambda one: (one.position, one.candidate))

    def references(self) -> dict[str, str]:
        """What the ledger calls everybody, by id."""
        return {one.subject: one.reference for one in self._vault.subjects()}

    def _records(self, person: Person) -> Iterator[dict[str, Any]]:
        for ats in self._all_ats():
            interviews = [one for place in ats.positions() for one in ats.interviews(place["position"])]
            for record, history in _candidates(ats):
                if record["id"] in person.subjects:
                    own = [one for one in interviews if one["candidate"] == record["id"]]
                    yield {**record, "history": history, "interviews": own}

    def _mails(self, person: Person) -> Iterator[dict[str, Any]]:
        for folder in worlds_of(self._home):
            for path in sorted((folder / "mail").rglob("*.eml*")):
                if names(path, person.traces):
                    message = message_from_bytes(path.read_bytes(), policy=default)
                    text = message.get_body(("plain",))
                    yield {
                        "box": path.parent.parent.name,
                        **{one.lower(): str(message[one]) for one in ("From", "To", "Subject", "Date")},
                        "text": text.get_content() if text else "",
                    }

    def _values(self, references: set[str]) -> Iterator[dict[str, Any]]:
        with snapshot(self._ledger.engine) as connection:
            for row in rows(connection):
                if any(one in row.body for one in references):
                    for path, value in _sealed(json.loads(row.body), ()):
                        whom = set(references_of(value))
                        if whom & references:
                            place = {"run": row.run, "record": row.seq, "at": row.at, "kind": row.kind, "field": path}
                            alone = whom <= references
                            yield place | ({"value": opened(value, self._vault)} if alone else {"shared": len(whom)})

    def _all_ats(self) -> Iterator[SqlAts]:
        return (one.ats for one in self._stores() if one.ats is not None)

    def _accounts(self, person: Person) -> Iterator[dict[str, str]]:
        books = (one.crm for one in self._stores() if one.crm is not None)
        accounts = (dict(one) for book in books for one in book.accounts())
        return (one for one in accounts if any(person.traces.named_in(value) for value in one.values()))

    def _stores(self) -> Iterator[Embedded]:
        return stores(self._home, self._config.settings)


def _candidates(ats: SqlAts) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    return ((record, ats.history(record["id"])) for record in candidates_in(ats))


def _sealed(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every sealed value, with where it stands."""
    if isinstance(value, dict):
        if references_of(value):
            yield ".".join(path), value
            return
        for name, one in value.items():
            yield from _sealed(one, (*path, name))
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from _sealed(one, (*path, str(at)))
