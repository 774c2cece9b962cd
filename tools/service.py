"""Services: the systems behind tools that only some scenarios have, opened when a tool first asks for one.

    FORGE = Service("forge", open_forge)        # beside the protocol, in tools/backends/
    world.service(FORGE).open_request(...)      # in a tool

The same world gives the same service at each call, and closes it at its end. Which kind of system it is, the opener
reads from the settings; where it is and how to log in, from the environment.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, runtime_checkable

from runtime.clock import Clock
from runtime.settings import Settings
from tools.directory import Directory

if TYPE_CHECKING:
    from runtime.database import Engine

T = TypeVar("T")


@dataclass(frozen=True)
class Site:
    """What a service is opened from. `folder` is the world's own, where embedded systems keep their state;
    `tenant` is whose run it is, `principal` who asked for it; `erased` says whether somebody who is called so was
    forgotten."""

    folder: Path
    clock: Clock
    inputs: Mapping[str, Path]
    settings: Settings
    environ: Mapping[str, str]
    directory: Directory
    resources: ExitStack
    tenant: str = ""
    principal: str = ""
    erased: Callable[..., bool] = field(default=lambda *_names: False, repr=False)

    def database(self, name: str, url: str | None = None) -> "Engine":
        """The database at `url`, else the SQLite file `<name>.sqlite` of this world; closed with the world."""
        from runtime.database import open_database

        engine = open_database(url or f"sqlite:///{self.folder / name}.sqlite")
        self.resources.callback(engine.dispose)
        return engine


@dataclass(frozen=True)
class Service(Generic[T]):
    """One kind of system, by name, and how it is opened."""

    name: str
    open: Callable[[Site], T]


@runtime_checkable
class Exports(Protocol):
    """A service that can leave copies for a person to open."""

    def export(self, folder: Path) -> None:
        """Write them below `folder`, which may not be there yet."""
        ...
