"""The pool: keeps a number of hands alive, gives back what dead ones held, stops those that were cancelled.

It carries no run on itself and loads nothing heavy, so it is there when a hand is not. Several pools on several
machines may serve one ledger; each looks after its own hands, and leases look after everybody.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess

from crews.holding import resting
from crews.segment import ledger_of
from crews.stop import UNWIND
from crews.workers.hand import Say, Terms, work
from runtime.claims import claim, free_all_of, worker_name
from runtime.database import DATABASE_ERRORS
from runtime.errors import LedgerError, RunStopped
from runtime.ledger import Ledger
from runtime.records import Record
from runtime.work import Note, cancelled_of, due_runs

LOOK = 0.2
"""Seconds between two looks at the hands."""

_QUICK, _LONGEST = 2.0, 30.0


@dataclass
class _Hand:
    name: str
    process: ForkServerProcess
    since: float = field(default_factory=time.monotonic)
    cut_at: float | None = None
    """When it is cut off, if the run that it has is cancelled."""


class Pool:
    """`size` hands, from `run` being called until `stop` is. `tick` is called now and then, for what is due by time."""

    def __init__(self, terms: Terms, size: int, say: Say, tick: Callable[[], None] = lambda: None) -> None:
        self._terms = terms
        self._size = size
        self._say = say
        self._tick = tick
        self._stopped = threading.Event()
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["crews.workers.loaded"])
        self._hands: list[_Hand] = []
        self._began = False
        self._wait = 0.0
        self._not_before = 0.0
        self._ledger: Ledger | None = None

    def stop(self) -> None:
        """Begin to drain; `run` returns when all hands have ended."""
        self._stopped.set()

    def run(self, grace: float = 25.0) -> None:
        """Keep the hands at work until `stop`. Then runs in hand may come to their next call for `grace` seconds."""
        while not self._stopped.wait(self._pause()):
            self._hands = [one for one in self._hands if not self._ended(one)]
            if self._terms.until_idle and not self._hands and self._began and not due_runs(self._open().engine, 1):
                break
            self._fill()
            with suppress(LedgerError, *DATABASE_ERRORS):  # it is looked at again in a moment
                self._cancel()
                self._tick()
        self._drain(grace)

    def _pause(self) -> float:
        """Seconds until the next look: sooner if a hand is to be cut off sooner."""
        now = time.monotonic()
        return max(0.0, min([LOOK, *(one.cut_at - now for one in self._hands if one.cut_at is not None)]))

    def _fill(self) -> None:
        while len(self._hands) < self._size and time.monotonic() >= self._not_before:
            name = worker_name()
            process = self._context.Process(target=work, args=(self._terms, name, self._say), name=name)
            process.start()
            self._hands.append(_Hand(name, process))
            self._began = True

    def _ended(self, hand: _Hand) -> bool:
        if hand.process.is_alive():
            return False
        hand.process.join()
        if hand.process.exitcode:
            self._say("died", worker=hand.name, exit_code=hand.process.exitcode)
            self._give_back(hand.name)
            quick = time.monotonic() - hand.since < _QUICK
            self._wait = min(_LONGEST, max(0.5, self._wait * 2)) if quick else 0.0
            self._not_before = time.monotonic() + self._wait
        return True

    def _give_back(self, name: str) -> None:
        with suppress(LedgerError, *DATABASE_ERRORS):  # else the lease ends
            for run in free_all_of(self._open().engine, name):
                self._say("given back", worker=name, run=run)

    def _cancel(self) -> None:
        """End what was cancelled and does not end by itself: its model call or its reading is cut off."""
        cancelled = {note.worker: note for note in cancelled_of(self._open().engine, [one.name for one in self._hands])}
        for hand in self._hands:
            note, now = cancelled.get(hand.name), time.monotonic()
            if note is None:
                hand.cut_at = None
            elif hand.cut_at is None:
                hand.cut_at = now + UNWIND
            elif hand.cut_at <= now:
                hand.cut_at = now + LOOK  # if it cannot be done now, because an effect is under way
                self._cut_off(hand, note)

    def _cut_off(self, hand: _Hand, note: Note) -> None:
        """Kill the hand between its effects; one that is under way is let finish."""
        ledger = self._open()
        if not self._killed(hand, note.run):
            return
        free_all_of(ledger.engine, hand.name)
        held = claim(ledger.engine, note.run, worker_name())
        if not isinstance(held, str):
            ledger.hold(note.run, held.fence)
            body = {"reason": f"cancelled by {note.cancel}"}
            with suppress(RunStopped):
                ledger.append(note.run, "run.cancelled", body, within=resting(note.run, "run.cancelled", None))
            self._say("cut off", worker=hand.name, run=note.run)

    def _killed(self, hand: _Hand, run: str) -> bool:
        """Kill the hand, unless it is in an effect; it stands still while that is looked up."""
        os.kill(hand.process.pid or 0, signal.SIGSTOP)
        busy = True
        try:
            busy = _in_effect(self._open().records(run))
        finally:
            if busy:
                os.kill(hand.process.pid or 0, signal.SIGCONT)
        if not busy:
            hand.process.kill()
            hand.process.join()
        return not busy

    def _drain(self, grace: float) -> None:
        for hand in self._hands:
            hand.process.terminate()
        until = time.monotonic() + grace
        for hand in self._hands:
            hand.process.join(max(0.0, until - time.monotonic()))
            if hand.process.is_alive():
                hand.process.kill()
                hand.process.join()
            self._give_back(hand.name)
        if self._ledger:
            self._ledger.close()

    def _open(self) -> Ledger:
        if self._ledger is None:
            self._ledger = ledger_of(self._terms.project)
        return self._ledger


def _in_effect(records: list[Record]) -> bool:
    """Whether an effect was begun in this segment and has no outcome yet."""
    starts = [at for at, one in enumerate(records) if one.kind in ("run.started", "run.resumed")]
    records = records[starts[-1] :]
    begun = {(one.body["step"], one.body["call"]) for one in records if one.kind == "tool.intended"}
    ended = {(one.body["step"], one.body["call"]) for one in records if one.kind in ("tool.done", "tool.failed")}
    return bool(begun - ended)
