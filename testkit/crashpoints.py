"""Named points at which a process can be killed, put around the real code from outside: it knows nothing of them.

before append KIND    nothing of the record is written
within append KIND    written, in a transaction that is still open
after append KIND     durable, and nobody has been told
before effect TOOL    the intent is recorded, the world has not heard of it
within effect TOOL    before each commit that it makes in a system of the world
after effect TOOL     it has happened, and no outcome is recorded
before model, after model    around a model's answer, which is not recorded yet
after claim           the run is held, and nothing has begun
before rest           the segment has ended, and the run is held still
"""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

import agents.playbook
import runtime.claims
import tools.tool
from crews.catalogue import find_tools
from crews.opened import Opened
from runtime.ledger import Ledger

Reach = Callable[[str], None]
"""Is called at each point with its name."""


class Fuse:
    """Kills this process, with SIGKILL, at the `at`-th point it reaches, counted from 1.

    Each point becomes a line of the file `reached`. Of processes that share the file `blown` only one is killed; it
    leaves its id there. With `group`, its whole process group dies with it.
    """

    def __init__(self, reached: Path, at: int | None = None, *, blown: Path | None = None, group: bool = False) -> None:
        self._at = at
        self._file = reached
        self._blown = blown
        self._group = group
        self._count = 0
        self._lock = threading.Lock()

    def __call__(self, name: str) -> None:
        with self._lock:
            self._count += 1
            _add(self._file, name)
            if self._count == self._at and self._is_first():
                (os.killpg if self._group else os.kill)(0 if self._group else os.getpid(), signal.SIGKILL)

    def _is_first(self) -> bool:
        if self._blown is None:
            return True
        try:
            file = os.open(self._blown, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        os.write(file, str(os.getpid()).encode())
        return True


def place(reach: Reach, asked: Path) -> None:
    """Put the points into this process, for good. Each question to a model becomes a line of the file `asked`."""
    _around_appends(reach)
    _around_effects(reach)
    _around_models(reach, asked)
    _around_claims(reach)


def _around_appends(reach: Reach) -> None:
    append, inner = Ledger.append, Ledger._append

    def appended(self: Ledger, run: str, kind: Any, body: Any, **more: Any) -> Any:
        reach(f"before append {kind}")
        record = append(self, run, kind, body, **more)
        reach(f"after append {kind}")
        return record

    def written(self: Ledger, connection: Any, run: str, kind: Any, *more: Any) -> Any:
        row = inner(self, connection, run, kind, *more)
        reach(f"within append {kind}")
        return row

    Ledger.append, Ledger._append = appended, written  # type: ignore[assignment,method-assign]


def _around_effects(reach: Reach) -> None:
    effect = threading.local()
    for name, tool in list(tools.tool._REGISTRY.items()):
        if tool.effect != "read":
            tools.tool._REGISTRY[name] = replace(tool, run=_around(tool.run, reach, name, effect))
    find_tools.cache_clear()

    @event.listens_for(Engine, "before_cursor_execute")
    def _commits(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        name = getattr(effect, "name", "")
        if name and statement == "COMMIT":
            reach(f"within effect {name}")


def _around(run: Callable[..., Any], reach: Reach, name: str, effect: threading.local) -> Callable[..., Any]:
    def around(**arguments: Any) -> Any:
        reach(f"before effect {name}")
        effect.name = name
        try:
            result = run(**arguments)
        finally:
            effect.name = ""
        reach(f"after effect {name}")
        return result

    return around


def _around_models(reach: Reach, asked: Path) -> None:
    reply = agents.playbook.PlaybookModel.reply

    def replied(self: Any, request: Any, *more: Any) -> Any:
        _add(asked, hash_of(request))
        reach("before model")
        answer = reply(self, request, *more)
        reach("after model")
        return answer

    agents.playbook.PlaybookModel.reply = replied  # type: ignore[assignment,method-assign]


def _add(file: Path, line: str) -> None:
    """Add a line to a file that several processes write, and that is complete when one of them is killed."""
    with file.open("ab", buffering=0) as opened:
        opened.write(f"{line}\n".encode())


def hash_of(request: Any) -> str:
    """What makes two questions to a model the same."""
    from runtime.canonical import digest

    return digest([list(request.messages), list(request.tools), request.schema])


def _around_claims(reach: Reach) -> None:
    claimed, close = runtime.claims._claimed, Opened.close

    def taken(*given: Any) -> Any:
        made = claimed(*given)
        reach("after claim")
        return made

    def closed(self: Opened) -> None:
        reach("before rest")
        close(self)

    runtime.claims._claimed, Opened.close = taken, closed  # type: ignore[assignment,method-assign]
