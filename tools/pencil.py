"""What a calendar would say: the tool that changes it is run as it is, in a world whose agenda is written in pencil.

For tools whose only effect is an entry that is booked, changed or cancelled. Who is free is looked up for real.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.backends.ical import when
from tools.backends.protocols import Agenda, Busy, Event

if TYPE_CHECKING:
    from tools.world import World


def entry(run: Callable[..., Any], *, world: "World", **args: Any) -> str:
    """The entries that the call would book, change or cancel, as people read them. Raises what the tool would raise."""
    pencil = _Pencil(world.agenda)
    run(**args, world=replace(world, agenda=pencil))
    return "\n\n".join(pencil.kept) or "The calendars say so already; nothing would change."


class _Pencil:
    """An agenda that tells what would be written, and keeps the real one as it is."""

    def __init__(self, real: Agenda) -> None:
        self._real = real
        self._changed: dict[str, Event | None] = {}
        self.kept: list[str] = []

    def busy(self, mail: str, start: datetime, end: datetime, *, but: str = "") -> list[Busy]:
        return self._real.busy(mail, start, end, but=but)

    def book(self, event: Event) -> bool:
        self._changed[event.uid] = event
        self.kept.append(f"Booked: {_words(event)}")
        return True

    def change(self, event: Event) -> Event | None:
        before = self.find(event.uid)
        if before is None or before == event:
            return before
        now = self._changed[event.uid] = replace(event, sequence=before.sequence + 1)
        self.kept.append(f"Changed: {_words(now)}\n{_was(before, now)}")
        return now

    def find(self, uid: str) -> Event | None:
        return self._changed[uid] if uid in self._changed else self._real.find(uid)

    def events(self) -> list[Event]:
        return self._real.events()

    def cancel(self, uid: str) -> Event | None:
        known = self.find(uid)
        if known is None:
            return self.cancelled(uid)
        self._changed[uid] = None
        self.kept.append(f"Cancelled: {_words(known)}")
        return replace(known, sequence=known.sequence + 1)

    def cancelled(self, uid: str) -> Event | None:
        return self._real.cancelled(uid)

    def export(self, folder: Path, uids: Collection[str]) -> list[Path]:
        return self._real.export(folder, uids)


def _words(event: Event) -> str:
    return "\n".join(
        [
            event.title,
            *_times(event),
            *([f"Repeated: {event.rule}"] if event.rule else []),
            *([f"In: {event.location}"] if event.location else []),
            f"With: {', '.join(_people(event))}",
        ]
    )


def _times(event: Event) -> list[str]:
    """The time on each clock of those who take part, each clock once."""
    zones = dict.fromkeys(one.zone for one in event.attendees if one.zone) or {"UTC": None}
    return list(dict.fromkeys(when(event.start, event.end, zone) for zone in zones))


def _people(event: Event) -> list[str]:
    return [f"{one.mail} ({one.part})" if one.part == "optional" else one.mail for one in event.attendees]


def _was(before: Event, now: Event) -> str:
    """What is no longer so: the time, who took part."""
    gone = [one for one in _people(before) if one not in _people(now)]
    times = _times(before) if before.start != now.start else []
    return "\n".join([*(f"Was: {one}" for one in times), *(f"No longer: {one}" for one in gone)])
