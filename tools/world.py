"""The world: everything outside the program that a run can see or change."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from runtime.clock import Clock
from runtime.errors import ConfigError
from tools.backends.protocols import Agenda, Ats, Mailbox
from tools.directory import Directory
from tools.service import Service, Site

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """The backends of one run.

    `inputs` are the person's own files and folders by name, such as `resumes` and `job`.
    `house` is the organisation that writes: the mailbox that mails come from and that organises interviews.
    `services` are the systems that a tool has asked for so far, by name.
    `erased` says of a candidate's id, address or number whether its owner was erased and must not be read in again.
    """

    name: str
    clock: Clock
    inputs: Mapping[str, Path]
    folder: Path
    directory: Directory
    agenda: Agenda
    mailbox: Mailbox
    ats: Ats
    house_name: str
    house_mail: str
    site: Site | None = field(default=None, repr=False)
    erased: Callable[..., bool] = field(default=lambda *_names: False, repr=False)
    resources: ExitStack = field(default_factory=ExitStack, repr=False)
    services: dict[str, Any] = field(default_factory=dict, repr=False)
    _opening: RLock = field(default_factory=RLock, repr=False, compare=False)

    def service(self, kind: Service[T]) -> T:
        """The system of that kind, opened at the first call. Raises ConfigError if this world has none."""
        with self._opening:
            if kind.name not in self.services:
                if self.site is None:
                    raise ConfigError(f"world '{self.name}' has no {kind.name}", remedy="open it with crews.worlds")
                self.services[kind.name] = kind.open(self.site)
            service: T = self.services[kind.name]
            return service

    def close(self) -> None:
        """Let go of connections. The world's state stays where it is."""
        self.resources.close()
