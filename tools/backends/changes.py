"""What was changed in the cloud: what its log must offer, and how it is opened."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tools.service import Service, Site

Action = Literal["stop", "resize", "delete"]
State = Literal["begun", "done", "undone"]


@dataclass(frozen=True)
class Change:
    """One change. `before` and `after` are a state (running, stopped) or a size; `saving` a month, as estimated."""

    n: int
    thing: str
    action: Action
    before: str
    after: str
    owner: str
    saving: float | None
    currency: str
    state: State
    at: str


class Changes(Protocol):
    """All changes of a world, for undoing them and for verifying what they saved."""

    def all(self) -> list[Change]:
        """Every change, in the order they were begun."""
        ...

    def last(self, thing: str, action: Action) -> Change | None:
        """The newest change of that kind that was not undone."""
        ...

    def begin(self, thing: str, action: Action, before: str, after: str, **more: Any) -> Change:
        """Keep what is about to be changed; one that was begun and cut off is gone on with, with what it found then."""
        ...

    def settle(self, change: Change, state: State) -> None:
        """Keep that it is done, or was taken back."""
        ...


def _open(site: Site) -> Changes:
    from tools.backends.changes_sql import ChangeLog

    return ChangeLog(site.database("changes"), site.clock)


CHANGES = Service("changes", _open)
