"""The crash kit: kills a real process at each named point of a scenario, lets another one carry the run on, compares.

    scene = Recruiting(folder)
    found = every_point(scene)                    # or points=range(0, 900, 8), or random_kills(scene, 200)
    assert not [one for one in found if one.wrong]

A scene is what is played: it makes a fresh start, and says what the receiving systems hold at the end. How it is played
is a `Carry`: by processes of the kit's own (`by_processes`), or by workers behind a broker (`testkit.crashcelery`). The
killed process leaves its claim behind, as a machine that lost its power does; the kit says that its lease is over,
which is all that a worker elsewhere would wait for. What waits for a person is allowed by the next process.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Protocol

from runtime.records import Record
from testkit.crashplay import Kills, Played, Stage, by_processes, ledger_of_stage, lines_of, state_of, warm


class Scene(Protocol):
    """Something to be played over and over."""

    def fresh(self) -> Stage:
        """A stage on which nothing has happened."""
        ...

    def world(self) -> Any:
        """What is there at the end, comparable."""
        ...

    def effects(self) -> Counter[str]:
        """What the receiving systems took, each by its identity, as often as they took it."""
        ...

    def look(self) -> int:
        """What a person does before a run that was cut off goes on: settle what is in doubt. How often they had to."""
        ...


AT_RANDOM = "at random"

_TROUBLE = (
    "run.resumed",
    "tool.retried",
    "tool.failed",
    "tool.unknown",
    "tool.settled",
    "backend.opened",
    "model.failed",
)
_SHOWN = 600

Carry = Callable[[Stage, Kills, Callable[[], int]], Played]
"""Plays a stage to its end, with the kills; the last argument is the scene's `look`."""


@dataclass(frozen=True)
class Trial:
    """One kill, or several, and what came of it. `told` says what differs, and which calls had trouble."""

    point: str
    kills: int
    state: str
    equal: bool
    lost: int
    doubled: int
    asked_again: int
    in_flight: int
    recorded_twice: int
    looked: int
    seconds: float
    told: tuple[str, ...] = ()

    @property
    def wrong(self) -> bool:
        """Whether anything was lost, done twice, paid twice, or ended otherwise. A kill costs the calls in flight."""
        bad = self.lost or self.doubled or self.recorded_twice or self.asked_again > self.in_flight
        return bool(bad) or not self.equal or self.state != "done"


@dataclass(frozen=True)
class Whole:
    """The uninterrupted run: its points in order, the world it leaves, and what was received."""

    points: tuple[str, ...]
    world: Any
    effects: Counter[str]
    asked: Counter[str]
    seconds: float


def uninterrupted(scene: Scene, carry: Carry = by_processes) -> Whole:
    """Play the scene to its end, with nothing in its way."""
    warm()
    stage, began = scene.fresh(), time.monotonic()
    carry(stage, Kills(), scene.look)
    seconds = time.monotonic() - began
    if state_of(stage) != "done":
        raise RuntimeError(f"the scene does not even end by itself: it is {state_of(stage)}")
    return Whole(tuple(lines_of(stage.points)), scene.world(), scene.effects(), _asked(stage), seconds)


def every_point(
    scene: Scene, points: Iterable[int] | None = None, whole: Whole | None = None, carry: Carry = by_processes
) -> Iterator[Trial]:
    """Kill at each point in turn (or at those of these numbers, from 0), once per run, and carry the run on."""
    whole = whole or uninterrupted(scene, carry)
    for number in range(len(whole.points)) if points is None else points:
        yield tried(scene, whole, whole.points[number], Kills(at=number + 1), carry)


def random_kills(
    scene: Scene, times: int, *, seed: int = 7, whole: Whole | None = None, carry: Carry = by_processes
) -> Iterator[Trial]:
    """Kill at moments that have no name, once or more often per run, until so many kills have hit a living process.

    A kill that comes when the run has ended hits nobody, and is not counted; after four runs for each kill that is
    wanted it is given up.
    """
    whole, chance = whole or uninterrupted(scene, carry), random.Random(seed)
    left = times
    for _ in range(4 * times):
        kills = min(left, chance.choice([1, 1, 2, 3]))
        moments = [0.0, *sorted(chance.uniform(0, whole.seconds) for _ in range(kills))]
        after = tuple(later - earlier for earlier, later in pairwise(moments))
        trial = tried(scene, whole, AT_RANDOM, Kills(after=after), carry)
        yield trial
        left -= trial.kills
        if left <= 0:
            return


def tried(scene: Scene, whole: Whole, point: str, kills: Kills, carry: Carry) -> Trial:
    """Play the scene once with these kills, and compare."""
    stage, began = scene.fresh(), time.monotonic()
    played = carry(stage, kills, scene.look)
    effects, asked, records = scene.effects(), _asked(stage), _records(stage)
    made = Trial(
        point=point,
        kills=played.kills,
        state=state_of(stage),
        equal=scene.world() == whole.world,
        lost=(whole.effects - effects).total(),
        doubled=(effects - whole.effects).total(),
        asked_again=_again(asked) - _again(whole.asked),
        in_flight=played.in_flight,
        recorded_twice=recorded_twice(records),
        looked=played.looked,
        seconds=time.monotonic() - began,
    )
    return replace(made, told=tuple(_told(whole, effects, records))) if made.wrong else made


def _told(whole: Whole, effects: Counter[str], records: list[Record]) -> Iterator[str]:
    """What was not received or once too often, and what the run says of claims, of other ends, and of failed calls."""
    yield from (f"not received: {one}" for one in (whole.effects - effects).elements())
    yield from (f"received besides: {one}" for one in (effects - whole.effects).elements())
    for one in records:
        if one.kind in _TROUBLE:
            yield f"{one.seq} {one.at} {one.kind}: {json.dumps(one.body, default=str)[:_SHOWN]}"


def _again(asked: Counter[str]) -> int:
    """How often a question was put that had been put before."""
    return asked.total() - len(asked)


def recorded_twice(records: list[Record]) -> int:
    """How many answers and outcomes stand in the ledger a second time."""
    kinds = ("model.called", "tool.done", "step.done", "run.done")
    keys = Counter(
        (
            one.kind,
            str(one.body.get("step")),
            str(one.body.get("tool")),
            json.dumps(one.body.get("key"), sort_keys=True),
        )
        for one in records
        if one.kind in kinds
    )
    return sum(times - 1 for times in keys.values())


def _asked(stage: Stage) -> Counter[str]:
    return Counter(lines_of(stage.asked))


def _records(stage: Stage) -> list[Record]:
    with closing(ledger_of_stage(stage)) as ledger:
        runs = [head.run for head in ledger.runs(1)]
        for run in runs:
            ledger.verify(run)
        return [one for run in runs for one in ledger.records(run)]
