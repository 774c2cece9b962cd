"""How a meeting is changed on CalDAV, which has no transaction over calendars.

    keep place   a booking of its own, under another uid, takes the new time of everybody, all or none
    put          each copy is replaced by the changed meeting, on condition that it is still the version that was read
    let go       copies of those who left, and the kept places, are removed

If it is cut off, nobody can take the new time, and the same change made again goes on from there. A host who stays has
the old version until all else is done, which is how one knows that it has to be made again.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from runtime.clock import Clock
from runtime.errors import ConfigError, Unanswered
from tools.backends.caldav_booking import KEEPS, Booking, Copy, is_firm, name_of
from tools.backends.caldav_store import CaldavStore
from tools.backends.ical import event_of, same_meeting, staying, stored
from tools.backends.protocols import Event

_TRIES = 3
_PAUSE = 0.2


class Change:
    """One change of one booked event, from how it is known to how it shall be."""

    def __init__(self, store: CaldavStore, known: Event, event: Event, *, clock: Clock, patience: float) -> None:
        self._store = store
        self._clock = clock
        self._patience = patience
        self._name = name_of(known.uid)
        self._hosts = {one.mail.lower() for one in known.attendees if one.host}
        self._staying = staying(known, event)
        newest = known.sequence if same_meeting(known, event) else known.sequence + 1
        self.event = replace(event, sequence=newest)

    def make(self, before: list[Copy], after: list[Copy]) -> Event:
        """The event as it is in every calendar now. Raises SlotTaken if somebody is busy, leaving all as it was."""
        uid = f"{self.event.uid}#{self.event.sequence}"
        place = replace(self.event, uid=uid, sequence=0, facts={**self.event.facts, KEEPS: self.event.uid})
        asked = [copy for copy in after if copy.mail not in self._staying]
        if asked:
            self._booking(place, asked).make()
        *others, last = sorted(after, key=lambda copy: copy.mail in self._hosts)
        self._settle(others, name_of(uid))
        if last.mail in self._hosts:
            self._let_go(before, after)
            self._settle([last], name_of(uid))
        else:
            self._settle([last], name_of(uid))
            self._let_go(before, after)
        return self.event

    def _settle(self, copies: list[Copy], place: str) -> None:
        for copy in copies:
            _patiently(self._put, copy)
            _patiently(self._remove, copy, place)

    def _let_go(self, before: list[Copy], after: list[Copy]) -> None:
        coming = {copy.mail for copy in after}
        for copy in before:
            if copy.mail not in coming:
                _patiently(self._remove, copy, self._name)

    def _booking(self, place: Event, copies: list[Copy]) -> Booking:
        return Booking(self._store, place, copies, clock=self._clock, patience=self._patience, instead_of=self._name)

    def _put(self, copy: Copy) -> None:
        text = stored(self.event, "CONFIRMED", self._clock)
        for _ in range(_TRIES):
            there = self._store.get(copy.calendar + self._name)
            if there and is_firm(there) and same_meeting(event_of(there.text), self.event):
                return
            if self._store.put(copy.calendar + self._name, text, over=there):
                return
        raise ConfigError(
            f"the calendar of '{copy.mail}' changes '{self.event.uid}' all the time", remedy="make the change again"
        )

    def _remove(self, copy: Copy, name: str) -> None:
        there = self._store.get(copy.calendar + name)
        if there:
            self._store.delete(there)


def _patiently(act: Callable[..., None], *given: Any) -> None:
    """Do that; where nobody answers, again: it may be the last step, which nobody would know to be missing."""
    for _ in range(_TRIES - 1):
        with suppress(Unanswered):
            return act(*given)
        time.sleep(_PAUSE)
    return act(*given)
