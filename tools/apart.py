"""Running a tool apart: in a process of its own, which is ended when the tool's time is up.

Such a tool reaches no connection of the world: it is given a `Ground`, which says where and when it works.
"""

import multiprocessing
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.clock import Clock

if TYPE_CHECKING:
    from tools.tool import Tool
    from tools.world import World


@dataclass(frozen=True)
class Ground:
    """What of a world can be handed to another process."""

    name: str
    folder: Path
    inputs: Mapping[str, Path]
    clock: Clock

    @classmethod
    def of(cls, world: "World") -> "Ground":
        """The ground of that world."""
        return cls(world.name, world.folder, dict(world.inputs), world.clock)


def run_apart(tool: "Tool", values: Mapping[str, Any], ground: Ground, seconds: float) -> Any:
    """What the tool returns, or the error that it raises. TimeoutError if it took too long, and was killed for it."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_work, args=(tool.run, dict(values), ground, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            raise TimeoutError(f"'{tool.name}' took longer than {seconds:g} seconds and was ended")
        worked, value = ours.recv()
    except EOFError as error:
        raise ConnectionError(f"the process of '{tool.name}' ended by itself") from error
    finally:
        process.kill()
        process.join()
        ours.close()
    if not worked:
        raise value
    return value


def _work(run: Any, values: dict[str, Any], ground: Ground, answer: Connection) -> None:
    try:
        said = (True, run(**values, world=ground))
    except Exception as error:
        said = (False, error)
    with suppress(BrokenPipeError):
        answer.send(said)
