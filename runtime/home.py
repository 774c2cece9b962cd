"""Where Deputy keeps what it makes: the ledger, the worlds, the runs' folders.

var/                     DEPUTY_HOME, or `var` in the project
  ledger.sqlite          every record of every run
  keys/ledger.key        the chain's key, outside the database, mode 0600
  worlds/<name>/         calendars, mail and records that the embedded backends hold
  runs/<run id>/         report.md, report.html, what the run made
"""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The folder of one installation's state."""

    root: Path

    @classmethod
    def here(cls, project: Path) -> "Home":
        """The home named by DEPUTY_HOME, else `var` below the project."""
        named = os.environ.get("DEPUTY_HOME")
        return cls((Path(named) if named else project / "var").resolve())

    @property
    def ledger_url(self) -> str:
        """The database URL of the ledger."""
        return f"sqlite:///{self.root / 'ledger.sqlite'}"

    def world(self, name: str) -> Path:
        """The folder of the world `name`, made if it is not there."""
        return _made(self.root / "worlds" / name)

    def run(self, run_id: str) -> Path:
        """The folder of the run `run_id`, made if it is not there."""
        return _made(self.root / "runs" / run_id)

    def ledger_key(self) -> bytes:
        """The secret of the ledger's chain, made at first use and readable by its owner only."""
        path = _made(self.root / "keys") / "ledger.key"
        if not path.exists():
            fresh = path.with_suffix(f".{os.getpid()}")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            with suppress(FileExistsError):  # another process made it first; its key is the key
                os.link(fresh, path)
            fresh.unlink()
        return bytes.fromhex(path.read_text().strip())


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
