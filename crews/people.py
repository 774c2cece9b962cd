"""Who the people of a world are whose data is sealed: its candidates, with everything that they are called."""

from collections.abc import Mapping
from typing import Any

from tools.documents import identity_of, resume_files
from tools.world import World

Names = dict[str, set[str]]
"""What each subject is called, by candidate id."""

FIELDS = ("file", "name", "mail", "phone")


class People:
    """The candidates of a world: those in its records, and those whose résumés came in and are not read yet."""

    def __init__(self, world: World) -> None:
        self._world = world

    def everybody(self) -> Names:
        """All of them."""
        found: Names = {}
        for path in resume_files(self._world):
            found.setdefault(identity_of(path), set()).add(path.name)
        for position in self._world.ats.positions():
            for record in self._world.ats.candidates(position["position"]):
                found.setdefault(record["id"], set()).update(names_of(record))
            for interview in self._world.ats.interviews(position["position"]):
                found.setdefault(interview["candidate"], set()).add(interview["uid"])
        return found

    def one(self, subject: str) -> set[str]:
        """What one of them is called by now."""
        record = self._world.ats.candidate(subject)
        return names_of(record) if record else set()


def names_of(record: Mapping[str, Any]) -> set[str]:
    """What the candidate of a record is called."""
    return {str(record[name]) for name in FIELDS if record.get(name)}
