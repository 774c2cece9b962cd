"""The world: everything outside the program that a run can see or change."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from runtime.clock import Clock
from tools.backends.protocols import Agenda, Ats, Mailbox
from tools.directory import Directory


@dataclass(frozen=True)
class World:
    """The backends of one run.

    `inputs` are the person's own files and folders by name, such as `resumes` and `job`.
    `house` is the organisation that writes: the mailbox that mails come from and that organises interviews.
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
    resources: ExitStack = field(default_factory=ExitStack, repr=False)

    def close(self) -> None:
        """Let go of connections. The world's state stays where it is."""
        self.resources.close()
