"""A small local forge for tests: one repository with a main branch, and commits made as a test needs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runtime.clock import FixedClock
from runtime.database import Engine, open_database
from tools.backends.forge import PullRequest
from tools.backends.forge_desk import Desk
from tools.backends.forge_local import LocalForge
from tools.backends.git import Git

CLOCK = FixedClock(datetime(2027, 3, 15, 9, tzinfo=UTC))
HOUSE = """approvals: 1
checks:
  tests: {run: [sh, test.sh]}
pipelines:
  nightly: {run: [sh, test.sh]}
"""
SIGNED = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in {"NAME": "Ana", "EMAIL": "ana@house.example", "DATE": "2027-03-01T09:00:00Z"}.items()
}
FIRST = {".forge/house.yaml": HOUSE, "test.sh": "grep -q good state\n", "state": "good\n", "notes": "one\n"}


@dataclass(frozen=True)
class ForgePlace:
    """A forge, and a checkout beside it."""

    forge: LocalForge
    source: Git
    engine: Engine

    def branch(self, name: str, files: Mapping[str, str], start: str = "main") -> str:
        """A commit on a new branch of the checkout."""
        self.source.run("checkout", "--quiet", "-B", name, start)
        return self.commit(files)

    def commit(self, files: Mapping[str, str]) -> str:
        """One more commit on the branch at hand."""
        for path, text in files.items():
            place = self.source.path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        self.source.run("add", "--all")
        self.source.run("commit", "--quiet", "-m", f"Change {', '.join(files)}", variables=SIGNED)
        return self.source.commit("HEAD")

    def request(self, name: str, files: Mapping[str, str], *, by: str = "ana", start: str = "main") -> PullRequest:
        """A pull request of somebody's own branch."""
        self.branch(name, files, start)
        git = self.forge.git("orders")
        self.source.run("push", "--quiet", str(git.path), f"refs/heads/{name}:refs/heads/{name}")
        return self.forge.acting(by).open("orders", name, name, "main", f"Title of {name}", "")


def forge_place(folder: Path) -> ForgePlace:
    """The forge in `folder`, with `FIRST` on main."""
    folder.mkdir(exist_ok=True)
    engine = open_database(f"sqlite:///{folder}/forge.sqlite")
    forge = LocalForge(folder / "forge", Desk(engine, CLOCK), CLOCK)
    source = Git(folder / "checkout")
    source.path.mkdir()
    source.run("init", "--quiet", "--initial-branch=main")
    place = ForgePlace(forge, source, engine)
    first = place.commit(FIRST)
    git = forge.create("orders")
    source.run("push", "--quiet", str(git.path), f"{first}:refs/seed/main")
    git.move("refs/heads/main", first, "")
    return place
