"""Schedules at work: each occurrence starts one run, whichever worker sees it first.

An occurrence is the key of its run. Any number of workers, also after a crash in the middle, start it once:

    occurrences since the schedule was last looked at -> those the policy wants -> started by key -> looked at until now
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path

from crews.queueing import enqueue
from crews.segment import ledger_of
from crews.timetable import ScheduleSpec, read_timetable
from crews.wish import Wish
from runtime.clock import Clock, SystemClock, stamp
from runtime.database import Engine
from runtime.errors import DeputyError
from runtime.limits import Limits
from runtime.occurrences import occurrences
from runtime.work import look_at_schedule, seen_of_schedule

ON_TIME = timedelta(minutes=1)
"""What is started this soon after its moment was not missed."""

MOST = 100
"""Occurrences that are made up for at most, when all are wanted."""

_EVERY, _AGAIN = 1.0, 60.0


@dataclass(frozen=True)
class Next:
    """When a schedule comes round next, in UTC."""

    name: str
    spec: ScheduleSpec
    at: datetime


def upcoming(project: Path, now: datetime) -> list[Next]:
    """Every schedule with its next occurrence, the soonest first."""
    schedules, _ = read_timetable(project)
    found = [Next(name, spec, next(occurrences(spec.cron, spec.zone, now))) for name, spec in schedules.items()]
    return sorted(found, key=lambda one: one.at)


class Schedules:
    """The schedules of a project, looked at once a second by every pool of workers."""

    def __init__(self, project: Path, clock: Clock | None = None, say: Callable[..., None] | None = None) -> None:
        self._project = project
        self._clock = clock or SystemClock()
        self._say = say or (lambda *_given, **_more: None)
        self._schedules, limits = read_timetable(project)
        self.limits: Limits = limits.limits()
        self._not_before: dict[str, datetime] = {}
        self._last = 0.0
        self._engine: Engine | None = None

    def tick(self) -> None:
        """Start what has come round; at most once a second does it look."""
        if self._schedules and time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            self.start_due()

    def start_due(self) -> list[str]:
        """Start what has come round since the last look of any worker; returns the runs, also those already there."""
        now, started = self._clock.now(), []
        for name, spec in self._schedules.items():
            if now >= self._not_before.get(name, now):
                started += self._started(name, spec, now)
        return started

    def _started(self, name: str, spec: ScheduleSpec, now: datetime) -> list[str]:
        engine = self._opened()
        seen = datetime.fromtimestamp(seen_of_schedule(engine, name, now.timestamp()), UTC)
        runs = []
        try:
            for at in wanted(spec, seen, now):
                runs.append(enqueue(self._project, _wish(name, spec), key=key_of(name, at), priority=spec.priority).run)
        except DeputyError as error:
            self._say("schedule failed", schedule=name, problem=error.problem)
            self._not_before[name] = now + timedelta(seconds=_AGAIN)
            return runs
        look_at_schedule(engine, name, now.timestamp())
        self._not_before[name] = next(occurrences(spec.cron, spec.zone, now))
        return runs

    def _opened(self) -> Engine:
        if self._engine is None:
            self._engine = ledger_of(self._project).engine
        return self._engine

    def close(self) -> None:
        """Let go of the ledger."""
        if self._engine is not None:
            self._engine.dispose()


def wanted(spec: ScheduleSpec, seen: datetime, now: datetime) -> Iterator[datetime]:
    """The occurrences after `seen`, up to `now`, that are to be started, by the schedule's policy for missed ones."""
    due = list(islice(takewhile(lambda at: at <= now, occurrences(spec.cron, spec.zone, seen)), 100_000))
    if spec.missed == "all":
        yield from due[-MOST:]
    elif due and (spec.missed == "once" or now - due[-1] <= ON_TIME):
        yield due[-1]


def key_of(name: str, at: datetime) -> str:
    """The key under which an occurrence is started once."""
    return f"schedule:{name}:{stamp(at)}"


def _wish(name: str, spec: ScheduleSpec) -> Wish:
    return Wish(
        goal=spec.goal,
        scenario=spec.scenario,
        crew=spec.crew,
        principal=f"schedule:{name}",
        world=spec.world,
        usd=spec.usd,
        tenant=spec.tenant,
    )
