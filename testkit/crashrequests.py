"""Each request of a scene to its servers goes without an answer once: whoever made it has to find out, and go on.

    scene = WiredRecruiting(folder, opened)
    found = [*every_request(scene)]               # or requests=range(0, 200, 8), faults=("unanswered",)
    assert not [one for one in found if one.wrong]

Worlds and counts are those of `testkit.crashkit`; `testkit.wires` says what can happen to a request.
Clients lose patience after two seconds instead of half a minute, so that a trial with a silent server takes seconds.
"""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from testkit.crashkit import Scene, Trial, Whole, tried, uninterrupted
from testkit.crashplay import Kills, Played, Stage, by_processes, play, state_of
from testkit.crashscenes import ServedRecruiting
from testkit.wires import FAULTS, Fault, Wires, mail_wire, web_wire

PATIENCE = 2
"""Seconds that a client waits for an answer here."""


class WiredScene(Scene, Protocol):
    """A scene whose servers are reached by wires."""

    @property
    def wires(self) -> Wires:
        """What stands between."""
        ...


class WiredRecruiting(ServedRecruiting):
    """Recruiting on a calendar server and a mail server that are reached by wires."""

    def __init__(self, folder: Path, opened: ExitStack, **more: Any) -> None:
        super().__init__(folder, opened, **more)
        self.wires = Wires()
        self._environ |= {
            "CALDAV_URL": opened.enter_context(web_wire(self._environ["CALDAV_URL"], self.wires)),
            "SMTP_URL": opened.enter_context(mail_wire(self._environ["SMTP_URL"], self.wires)),
        }


@dataclass(frozen=True)
class Asked:
    """The run with nothing in its way, and its requests in order, by their names."""

    whole: Whole
    names: tuple[str, ...]


@dataclass
class Cut:
    """A `testkit.crashkit.Carry`: by processes, over wires that break at that request, or at none; with `name`, at
    that one of those of that name. `names` is what was asked while the run was played, `hit` what happened to which."""

    wires: Wires
    number: int | None = None
    fault: Fault = "unheard"
    name: str = ""
    names: tuple[str, ...] = ()
    hit: str = ""

    def __call__(self, stage: Stage, kills: Kills, look: Callable[[], int]) -> Played:
        """Let one process after the other play."""
        self.wires.kill = partial(_kill, stage)
        if self.number is None:
            self.wires.mend()
        else:
            self.wires.cut(self.number, self.fault, self.name)
        played = by_processes(stage, kills, look, _impatient)
        if state_of(stage) == "not begun":  # whoever started it has read why, and starts it again
            again = by_processes(stage, kills, look, _impatient)
            played = replace(again, looked=again.looked + 1)
        self.names, self.hit = tuple(self.wires.names), self.wires.hit
        self.wires.mend()
        return played


def every_request(
    scene: WiredScene,
    requests: Iterable[int] | None = None,
    faults: Iterable[Fault] = FAULTS,
    asked: Asked | None = None,
    name: str = "",
) -> Iterator[Trial]:
    """Let each request in turn (or those of these numbers, from 0) go unanswered once in each way, one run for each.

    Calls are made side by side, so that a number is not always the same request: a trial's `point` is what was hit.
    With `name`, only requests of that name are counted.
    """
    asked = asked or asking(scene)
    count = asked.names.count(name) if name else len(asked.names)
    for number in range(count) if requests is None else requests:
        for fault in faults:
            cut = Cut(scene.wires, number, fault, name)
            trial = tried(scene, asked.whole, "", Kills(), cut)
            yield replace(trial, point=cut.hit or "not reached")


def asking(scene: WiredScene) -> Asked:
    """Play the scene with nothing in its way, and note what it asks for."""
    counted = Cut(scene.wires)
    return Asked(uninterrupted(scene, counted), counted.names)


def _impatient(stage: Stage, fuse: int | None) -> None:
    """Play, in a process of its own, whose clients do not wait for long."""
    from tools.backends import caldav_store, mail_smtp

    caldav_store.PATIENCE = mail_smtp.PATIENCE = PATIENCE
    _pid(stage).write_text(str(os.getpid()))
    play(stage, fuse)


def _pid(stage: Stage) -> Path:
    """Where the process that plays says which one it is."""
    return stage.notes / "pid"


def _kill(stage: Stage) -> None:
    os.kill(int(_pid(stage).read_text()), signal.SIGKILL)
