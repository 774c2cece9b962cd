"""Candidates by name, where a person reads. Records and prompts say ids, so that no name counts in a judgement; people
are told names, and the file and the id beside it where a name alone could be two people.
"""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from crews.report.figures import one_line

if TYPE_CHECKING:
    from runtime.home import Home

Look = Callable[[str], Mapping[str, Any] | None]
"""The applicant record of an id, or None."""

_ID = re.compile(r"\bcand-[0-9a-f]{8}\b")
_LONGEST = 60
_A_PAIR = 2


class Names:
    """Tells texts with candidates' names in place of their ids. An id that nobody knows (any more) stays."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._known: dict[str, tuple[str, str]] = {}

    def told(self, text: str) -> str:
        """`text` by names. Two people in one sentence are told apart by file and id, and so are namesakes."""
        ids = dict.fromkeys(_ID.findall(text))
        for one in ids:
            self._meet(one)
        return _ID.sub(lambda found: self._called(found[0], text, exact=len(ids) == _A_PAIR), text)

    def _meet(self, candidate: str) -> None:
        if candidate not in self._known and (record := self._look(candidate)):
            name, file = (one_line(str(record.get(field) or ""), _LONGEST) for field in ("name", "file"))
            self._known[candidate] = (name, file)

    def _called(self, candidate: str, text: str, *, exact: bool) -> str:
        name, file = self._known.get(candidate, ("", ""))
        if not name and not file:
            return candidate
        namesakes = sum(other == name for other, _ in self._known.values()) > 1 if name else False
        beside = [file] if name and file not in text else []
        return f"{name or file} ({', '.join([*beside, candidate])})" if exact or namesakes else name or file


def names_in(home: "Home", world: str) -> Names:
    """The names in a world's applicant records, which are looked at only if a text has an id. A look that fails names
    nobody: what is told must not end what it tells of."""
    file = home.root / "worlds" / world / "records.sqlite"
    url = f"sqlite:///{file}" if file.is_file() else os.environ.get("RECORDS_URL", "")

    def look(candidate: str) -> Mapping[str, Any] | None:
        from runtime.database import DATABASE_ERRORS, open_database
        from runtime.errors import DeputyError
        from tools.backends.ats_sql import SqlAts

        with suppress(*DATABASE_ERRORS, DeputyError):
            engine = open_database(url)
            try:
                return SqlAts(engine).candidate(candidate)
            finally:
                engine.dispose()
        return None

    return Names(look if world and url else lambda _candidate: None)
