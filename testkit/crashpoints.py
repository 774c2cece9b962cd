"""Named points at which a process can be killed, put around the real code from outside: it knows nothing of them.

before append KIND    nothing of the record is written
within append KIND    written, in a transaction that is still open
after append KIND     durable, and nobody has been told
before effect TOOL    the intent is recorded, the world has not heard of it
after effect TOOL     it has happened, and no outcome is recorded
before model, after model    around a model's answer, which is not recorded yet
after claim           the run is held, and nothing has begun
before rest           the segment has ended, and the run is held still
"""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import agents.playbook
import runtime.claims
import tools.tool
from crews.catalogue import find_tools
from crews.opened import Opened
from runtime.ledger import Ledger

Reach = Callable[[str], None]
"""Is called at each point with its name."""


class Fuse:
    """Kills this process, with SIGKILL, at the `at`-th point it reaches, counted from 1; `names` are those reached."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.names: list[str] = []

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


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
    for name, tool in list(tools.tool._REGISTRY.items()):
        if tool.effect != "read":
            tools.tool._REGISTRY[name] = replace(tool, run=_around(tool.run, reach, f"effect {name}"))
    find_tools.cache_clear()


def _around(run: Callable[..., Any], reach: Reach, what: str) -> Callable[..., Any]:
    def around(**arguments: Any) -> Any:
        reach(f"before {what}")
        result = run(**arguments)
        reach(f"after {what}")
        return result

    return around


def _around_models(reach: Reach, asked: Path) -> None:
    reply = agents.playbook.PlaybookModel.reply

    def replied(self: Any, request: Any, *more: Any) -> Any:
        line = f"{hash_of(request)}\n".encode()
        with asked.open("ab", buffering=0) as file:
            file.write(line)
        reach("before model")
        answer = reply(self, request, *more)
        reach("after model")
        return answer

    agents.playbook.PlaybookModel.reply = replied  # type: ignore[assignment,method-assign]


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
