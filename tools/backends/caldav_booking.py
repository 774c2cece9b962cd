"""How a booking is made on CalDAV, which has no transaction over calendars.

    hold      every host's copy is written as a hold (tentative, marked), each by a conditional request
    look      every host's calendar is read again, after all holds stand:
                  something firm is there       -> give way
                  a hold with a smaller uid     -> give way
                  a hold with a larger uid      -> wait until it moves; remove one that never does
                  nothing else                  -> go on
    confirm   each hold is replaced by the meeting, on condition that it is still the hold that was written

Two bookings of the same time cannot both be confirmed: whichever wrote its hold later sees the other's when it looks.
Giving way removes the own copies and raises SlotTaken.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from runtime.clock import Clock
from runtime.errors import ConfigError, Unanswered
from tools.backends.caldav_store import CaldavStore, Stored
from tools.backends.ical import event_of, same_meeting, status_of, stored
from tools.backends.ical_entries import busy_times, clash, occurrences
from tools.backends.protocols import AlreadyBooked, Event, SlotTaken

PREFIX = "deputy-"
MARGIN = timedelta(days=2)  # how far off a server may place a series whose time zone it misreads

KEEPS = "keeps_place_for"

_HOLD = "hold"
_PAUSE = 0.05
_TRIES = 5


def name_of(uid: str, prefix: str = PREFIX) -> str:
    """The name of an entry's object in every calendar; the same at every run."""
    return f"{prefix}{hashlib.sha256(uid.encode()).hexdigest()[:32]}.ics"


def is_hold(one: Stored) -> bool:
    """Whether the object is a booking that is still being made, or was abandoned."""
    return one.href.rsplit("/", 1)[-1].startswith(PREFIX) and _HOLD in event_of(one.text).facts


def is_firm(one: Stored) -> bool:
    """Whether the object is a meeting that takes place."""
    return status_of(one.text) != "CANCELLED" and not is_hold(one)


def is_place(one: Stored) -> bool:
    """Whether the object keeps a place for a meeting that is being changed."""
    return KEEPS in event_of(one.text).facts


@dataclass
class Copy:
    """One host's copy of the event: whose it is, in which calendar, and the version of it that is there.

    It is `unsure` once nobody has answered a request to confirm it: it may be confirmed, at once or in a moment.
    """

    mail: str
    zone: str
    calendar: str
    mine: Stored | None = None
    unsure: bool = False

    @property
    def firm(self) -> bool:
        """Whether the meeting itself is there, rather than a hold or nothing."""
        return self.mine is not None and is_firm(self.mine)


class Booking:
    """One attempt to write one event into its hosts' calendars. `patience` is how many seconds a hold may not move.

    `instead_of` is the name of an object that the event stands in for: it takes nobody's time.
    """

    def __init__(
        self,
        store: CaldavStore,
        event: Event,
        copies: list[Copy],
        *,
        clock: Clock,
        patience: float,
        instead_of: str = "",
    ) -> None:
        self._store = store
        self._copies = copies
        self._clock = clock
        self._patience = patience
        self._name = name_of(event.uid)
        self._own = (self._name, instead_of or self._name)
        self._spans = occurrences(event)
        self.event = replace(event, sequence=max([event.sequence, *self._cancelled_sequences()]))

    def make(self) -> bool:
        """True if it was written now, False if it was there; raises SlotTaken or AlreadyBooked, leaving nothing."""
        try:
            for copy in self._copies:
                self._hold(copy)
            if all(copy.firm for copy in self._copies):
                return False
            self._look()
            for copy in self._copies:
                self._confirm(copy)
        except AlreadyBooked:
            self._withdraw(lambda copy: not copy.firm)
            raise
        except BaseException:
            self._withdraw(lambda copy: True)
            raise
        return True

    def _cancelled_sequences(self) -> Iterator[int]:
        """The least sequence that each cancelled copy leaves."""
        for copy in self._copies:
            there = self._store.get(copy.calendar + self._name)
            if there and status_of(there.text) == "CANCELLED":
                yield event_of(there.text).sequence + 1

    def _hold(self, copy: Copy) -> None:
        """Bring a hold about in the host's calendar, or find the meeting or its hold there."""
        text = stored(replace(self.event, facts={**self.event.facts, _HOLD: "yes"}), "TENTATIVE", self._clock)
        for _ in range(_TRIES):
            there = self._store.get(copy.calendar + self._name)
            if there and status_of(there.text) != "CANCELLED":
                known = event_of(there.text)
                if same_meeting(known, self.event):
                    copy.mine = there
                    return
                if is_firm(there):
                    raise AlreadyBooked(known)
            if not there and self._firm_rivals(copy):
                raise SlotTaken(copy.mail)
            copy.mine = self._store.put(copy.calendar + self._name, text, over=there)
            if copy.mine:
                return
        raise ConfigError(
            f"the calendar of '{copy.mail}' holds '{self.event.uid}' under another name, or changes all the time",
            remedy="remove that event from the calendar",
        )

    def _look(self) -> None:
        """Return once nobody else can be confirmed at this time. Raises SlotTaken if somebody is, or may be."""
        seen: dict[tuple[str, str], float] = {}
        while rivals := [(copy, one) for copy in self._copies for one in self._rivals(copy)]:
            now = time.monotonic()
            for copy, one in rivals:
                if not is_hold(one) or event_of(one.text).uid < self.event.uid:
                    raise SlotTaken(copy.mail)
            seen = {(one.href, one.etag): seen.get((one.href, one.etag), now) for _, one in rivals}
            for _, one in rivals:
                if now - seen[one.href, one.etag] > self._patience:
                    self._store.delete(one)
            time.sleep(_PAUSE)

    def _confirm(self, copy: Copy) -> None:
        if copy.firm:
            return
        there = self._confirmed(copy) or self._store.get(copy.calendar + self._name)
        if not there or not is_firm(there) or not same_meeting(event_of(there.text), self.event):
            copy.mine = None  # somebody took the hold away: what is there now is theirs
            raise SlotTaken(copy.mail)
        copy.mine = there

    def _confirmed(self, copy: Copy) -> Stored | None:
        text = stored(self.event, "CONFIRMED", self._clock)
        try:
            return self._store.put(copy.calendar + self._name, text, over=copy.mine)
        except Unanswered:
            copy.unsure = True
            raise

    def _withdraw(self, which: Callable[[Copy], bool]) -> None:
        """Remove the own copies, as far as that goes: firm ones first, so that what stays is known to be unfinished."""
        for copy in sorted(self._copies, key=lambda one: not (one.firm or one.unsure)):
            if copy.mine and which(copy):
                with suppress(ConfigError, Unanswered):  # the first error says more; a hold is found abandoned
                    self._remove(copy, copy.mine)

    def _remove(self, copy: Copy, mine: Stored) -> None:
        if not self._store.delete(mine) and copy.unsure:
            there = self._store.get(copy.calendar + self._name)
            if there and same_meeting(event_of(there.text), self.event):
                self._store.delete(there)

    def _firm_rivals(self, copy: Copy) -> list[Stored]:
        return [one for one in self._rivals(copy) if not is_hold(one)]

    def _rivals(self, copy: Copy) -> list[Stored]:
        """What else takes this time in the host's calendar."""
        start, end = self._spans[0].start, self._spans[-1].end
        return [
            one
            for one in self._store.between(copy.calendar, start - MARGIN, end + MARGIN)
            if not one.href.endswith(self._own) and clash(self._spans, busy_times([one.text], copy.zone, start, end))
        ]
