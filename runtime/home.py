"""Where Deputy keeps what it makes: the ledger, its keys, the worlds, the runs' folders.

var/                     DEPUTY_HOME, or `var` in the project
  ledger.sqlite          every record of every run, unless DATABASE_URL names a PostgreSQL database for them
  checkpoints.jsonl      signed checkpoints of it; DEPUTY_CHECKPOINTS names a better place
  keys/                  outside the database, mode 0600 (see runtime.keys)
  keys/subjects.sqlite   the keys of data subjects (see runtime.subjects)
  keys/erased.jsonl      marks of those who were erased (see runtime.erased)
  worlds/<name>/         calendars, mail and records that the embedded backends hold, and indexes of documents
  conversations/         what 'deputy ask -c NAME' keeps of a conversation, mode 0600
  runs/<run id>/         report.md, report.html, what the run made
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.keys import LedgerKeys, Signer

if TYPE_CHECKING:
    from runtime.erased import Erased
    from runtime.subjects import Vault


LEDGER_FILE = "ledger.sqlite"


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
        """The database URL of the ledger: the one that DATABASE_URL names, else that of a file in the home."""
        return os.environ.get("DATABASE_URL", "").strip() or f"sqlite:///{self.root / LEDGER_FILE}"

    @property
    def has_ledger(self) -> bool:
        """Whether there is a ledger to look into; looking must not make one."""
        return bool(os.environ.get("DATABASE_URL", "").strip()) or (self.root / LEDGER_FILE).exists()

    @property
    def checkpoints(self) -> Path:
        """The file of checkpoints: the one that DEPUTY_CHECKPOINTS names, else `checkpoints.jsonl` in the home."""
        named = os.environ.get("DEPUTY_CHECKPOINTS")
        return Path(named).absolute() if named else self.root / "checkpoints.jsonl"

    @property
    def keys(self) -> Path:
        """The folder of keys."""
        return self.root / "keys"

    def world(self, name: str) -> Path:
        """The folder of the world `name`, made if it is not there."""
        return _made(self.root / "worlds" / name)

    def run(self, run_id: str) -> Path:
        """The folder of the run `run_id`, made if it is not there."""
        return _made(self.root / "runs" / run_id)

    def ledger_key(self) -> LedgerKeys:
        """The keys of the ledger's chains, the first made at first use."""
        return LedgerKeys(_made(self.keys))

    def signer(self) -> Signer:
        """The key that signs checkpoints and exports, made at first use."""
        return Signer.at(_made(self.keys))

    def vault(self) -> "Vault":
        """The keys of data subjects."""
        from runtime.subjects import Vault

        return Vault(self.keys / "subjects.sqlite")

    def erased(self) -> "Erased":
        """Who was erased, and is not to be read in again."""
        from runtime.erased import Erased

        return Erased(self.keys)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
