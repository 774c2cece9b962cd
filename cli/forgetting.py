"""What `deputy forget` and `deputy audit subject` need beside the ledger: configuration, vault, and whom they mean."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crews.persons import Person, find_person, meet

if TYPE_CHECKING:
    from cli.session import Session
    from crews.erasing import Eraser
    from runtime.ledger import Ledger


def eraser(now: "Session", ledger: "Ledger") -> "Eraser":
    """The eraser of this project's home; everybody in its worlds is known to it."""
    from crews.config import load_config
    from crews.erasing import Eraser

    home = now.home()
    vault = ledger.vault or home.vault()
    config = load_config(now.project())
    meet(home, vault, config.settings)
    return Eraser(home, ledger, vault, config)


def persons(tool: "Eraser", words: Sequence[str], *, due: bool) -> list[Person]:
    """Whom the words mean, or everybody whose time is up."""
    if not due:
        return [find_person(tool.vault, words)]
    from datetime import UTC, datetime

    from crews.retention import due_on

    return due_on(tool.vault, tool.config, datetime.now(UTC).date())
