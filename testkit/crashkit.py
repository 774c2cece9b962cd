"""The crash kit: kills a real process at each named point of a scenario, lets another one carry the run on, compares.

    scene = Recruiting(folder)
    found = every_point(scene)                    # or points=range(0, 900, 8), or random_kills(scene, 200)
    assert not [one for one in found if one.wrong]

A scene is what is played: it makes a fresh start, and says what the receiving systems hold at the end. A process is
forked from one that has everything loaded. The killed one leaves its claim behind, as a machine that lost its power
does; the kit says that its lease is over, which is all that a worker elsewhere would wait for.
"""

import json
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, Protocol

from crews.segment import ledger_of, segment
from crews.wish import Wish
from runtime.claims import claim_next, worker_name
from runtime.ledger import Ledger
from runtime.records import Record
from testkit.crashpoints import Fuse, place
from testkit.faults import lease_over

KEY = "the crash kit's run"
MOST_SEGMENTS = 20


@dataclass(frozen=True)
class Stage:
    """Where a scene is played: a project, what its processes find in their environment, and a folder for notes."""

    project: Path
    environ: Mapping[str, str]
    notes: Path
    wish: Wish


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


@dataclass(frozen=True)
class Trial:
    """One kill, or several, and what came of it."""

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


def uninterrupted(scene: Scene) -> Whole:
    """Play the scene to its end, with nothing in its way."""
    stage = scene.fresh()
    warm = _context().Process(target=_nothing)  # the first process waits until everything is loaded
    warm.start()
    warm.join()
    began = time.monotonic()
    process = _started(stage, None)
    process.join()
    if process.exitcode or _state(stage) != "done":
        raise RuntimeError(f"the scene does not even end by itself: {_state(stage)}, exit code {process.exitcode}")
    points = tuple(json.loads((stage.notes / "points.json").read_text()))
    return Whole(points, scene.world(), scene.effects(), _asked(stage), time.monotonic() - began)


def every_point(scene: Scene, points: Iterable[int] | None = None, whole: Whole | None = None) -> Iterator[Trial]:
    """Kill at each point in turn (or at those of these numbers, from 0), once per run, and carry the run on."""
    whole = whole or uninterrupted(scene)
    for number in range(len(whole.points)) if points is None else points:
        yield _tried(scene, whole, whole.points[number], [number + 1])


def random_kills(scene: Scene, times: int, *, seed: int = 7, whole: Whole | None = None) -> Iterator[Trial]:
    """Kill at moments that have no name, once or more often per run."""
    whole, chance = whole or uninterrupted(scene), random.Random(seed)
    left = times
    while left > 0:
        kills = min(left, chance.choice([1, 1, 2, 3]))
        after = [chance.uniform(0, whole.seconds) for _ in range(kills)]
        yield _tried(scene, whole, "at random", [], after)
        left -= kills


def _tried(scene: Scene, whole: Whole, point: str, fuses: list[int], delays: list[float] | None = None) -> Trial:
    stage, began = scene.fresh(), time.monotonic()
    kills = looked = in_flight = 0
    ends: list[tuple[int | None, float | None]] = [
        *((fuse, None) for fuse in fuses),
        *((None, d) for d in delays or []),
    ]
    for fuse, delay in [*ends, *[(None, None)] * MOST_SEGMENTS]:
        process = _started(stage, fuse)
        if delay is not None:
            process.join(delay)
            if process.is_alive():
                os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        if process.exitcode == -signal.SIGKILL:
            kills += 1
            in_flight = _unanswered(stage)
        if _state(stage) in ("done", "failed", "cancelled"):
            break
        if _state(stage) != "not begun":
            with closing(ledger_of_stage(stage)) as ledger:
                lease_over(ledger)
            looked += scene.look()
    return _judged(scene, whole, stage, point, kills=kills, in_flight=in_flight, looked=looked, began=began)


def _judged(scene: Scene, whole: Whole, stage: Stage, point: str, *, began: float, **counted: int) -> Trial:
    effects, asked = scene.effects(), _asked(stage)
    return Trial(
        point=point,
        state=_state(stage),
        equal=scene.world() == whole.world,
        lost=(whole.effects - effects).total(),
        doubled=(effects - whole.effects).total(),
        asked_again=_again(asked) - _again(whole.asked),
        recorded_twice=_twice(_records(stage)),
        seconds=time.monotonic() - began,
        **counted,
    )


def _unanswered(stage: Stage) -> int:
    """How many questions to a model have been put, in all processes so far, whose answer is not recorded."""
    with closing(ledger_of_stage(stage)) as ledger:
        records = [one for head in ledger.runs(1) for one in ledger.records(head.run)]
    return _asked(stage).total() - sum(one.kind == "model.called" for one in records)


def _again(asked: Counter[str]) -> int:
    """How often a question was put that had been put before."""
    return asked.total() - len(asked)


def _twice(records: list[Record]) -> int:
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


def play(stage: Stage, fuse: int | None) -> None:
    """In a process of its own: begin the run if nobody has, claim it, carry it on until it ends or waits."""
    os.environ.update(stage.environ)
    blows = Fuse(fuse)
    place(blows, stage.notes / "asked")
    from crews.queueing import enqueue

    enqueue(stage.project, stage.wish, key=KEY)
    with closing(ledger_of(stage.project)) as ledger:
        held = claim_next(ledger.engine, worker_name())
    if held is not None:
        segment(stage.project, held)
    (stage.notes / "points.json").write_text(json.dumps(blows.names))


def _nothing() -> None:
    """What the first process does."""


def _started(stage: Stage, fuse: int | None) -> ForkServerProcess:
    process = _context().Process(target=play, args=(stage, fuse))
    process.start()
    return process


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crews.workers.loaded", "testkit.crashkit", "crews.queueing"])
    return context


def _asked(stage: Stage) -> Counter[str]:
    file = stage.notes / "asked"
    return Counter(file.read_text().split()) if file.exists() else Counter()


def _state(stage: Stage) -> str:
    with closing(ledger_of_stage(stage)) as ledger:
        heads = ledger.runs(2)
    return heads[0].state if heads else "not begun"


def _records(stage: Stage) -> list[Record]:
    with closing(ledger_of_stage(stage)) as ledger:
        run = ledger.runs(1)[0].run
        ledger.verify(run)
        return ledger.records(run)


def ledger_of_stage(stage: Stage) -> Ledger:
    """The ledger that the stage's processes write."""
    with environment(stage.environ):
        return ledger_of(stage.project)


@contextmanager
def environment(environ: Mapping[str, str]) -> Iterator[None]:
    """Within the block, the variables are set."""
    kept = {name: os.environ.get(name) for name in environ}
    os.environ.update(environ)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
