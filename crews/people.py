"""Who the people of a world are whose data is sealed: candidates and contacts, with everything that they are called."""

from collections.abc import Mapping
from typing import Any

from crews.contacts import contacts_of, owners_of
from runtime.traces import spelled
from tools.documents import identity_of, resume_files
from tools.world import World

Names = dict[str, set[str]]
"""What each subject is called, by candidate id or contact."""

FIELDS = ("file", "name", "mail", "phone")


class People:
    """The candidates of a world: those in its records, and those whose résumés came in and are not read yet. And the
    contacts of its customers, with those whom the goal is about to name (`meant`), and whoever has an account.

    What people of the house are called names no candidate, whatever a résumé says: all records would be about them.
    """

    def __init__(self, world: World, meant: Mapping[str, Any] | None = None) -> None:
        self._world = world
        self._meant = meant
        staff = {name for one in world.directory.people for name in (one.name, one.mail)}
        self._house = {spelled(one) for one in (*staff, world.house_name, world.house_mail)}

    def everybody(self) -> Names:
        """All of them."""
        found: Names = {}
        for path in resume_files(self._world):
            found.setdefault(identity_of(path), set()).add(path.name)
        for position in self._world.ats.positions():
            for record in self._world.ats.candidates(position["position"]):
                found.setdefault(record["id"], set()).update(self._own(record))
            for interview in self._world.ats.interviews(position["position"]):
                found.setdefault(interview["candidate"], set()).add(interview["uid"])
        for contact, called in {**contacts_of(self._world, self._meant), **owners_of(self._world)}.items():
            if own := {one for one in called if spelled(one) not in self._house}:
                found[contact] = own
        return found

    def one(self, subject: str) -> set[str]:
        """What one of them is called by now."""
        record = self._world.ats.candidate(subject)
        return self._own(record) if record else set()

    def _own(self, record: Mapping[str, Any]) -> set[str]:
        return {one for one in names_of(record) if spelled(one) not in self._house}


def names_of(record: Mapping[str, Any]) -> set[str]:
    """What the candidate of a record is called."""
    return {str(record[name]) for name in FIELDS if record.get(name)}
