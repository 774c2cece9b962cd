"""Putting the inputs into the world: the demo's patches, or a person's own repository, onto the local forge.

All of it is done once; a process that dies in between leaves what the next one completes. GitHub is not seeded.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from runtime.checked import valid
from runtime.errors import ConfigError
from runtime.yamlfile import load_yaml
from tools.backends.forge import FORGE
from tools.backends.git import Git, GitError
from tools.changes import changes_of
from tools.world import World

if TYPE_CHECKING:
    from tools.backends.forge_local import LocalForge

MAIN_PATCH = "main.patch"

_FIRST = "refs/seed/first"


class Said(BaseModel):
    """A comment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str
    text: str


class Request(BaseModel):
    """A pull request that somebody has opened. `start` is where its branch left main: its tip, or its first commit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    branch: str
    author: str
    title: str
    start: str = "main"
    approved_by: tuple[str, ...] = ()
    comments: tuple[Said, ...] = ()


class Requests(BaseModel):
    """The input `requests`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests: tuple[Request, ...] = ()


def load_requests(path: Path) -> Requests:
    """The pull requests in a file. Raises ConfigProblems with everything that is wrong, by line."""
    return valid(Requests, load_yaml(path, str(path)))


def seed(world: World) -> None:
    """Make the world's forge hold what the inputs say."""
    from tools.backends.forge_local import LocalForge

    forge = world.service(FORGE)
    if isinstance(forge, LocalForge):
        with _alone(world.folder):
            _seed(world, forge)


def _seed(world: World, forge: "LocalForge") -> None:
    repository, source = changes_of(world).repository, world.inputs["repository"]
    demo = (source / MAIN_PATCH).is_file()
    source = checkout(world.folder, source, world.inputs["requests"]) if demo else source
    _copy(forge, repository, source)
    if demo:
        for one in load_requests(world.inputs["requests"]).requests:
            _open(forge, repository, source, one)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Within the block, no other process seeds this world. The lock ends with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "seed.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


def checkout(folder: Path, patches: Path, requests: Path) -> Path:
    """The demo's checkout in a folder: a clone with every branch, made of the patches."""
    place = folder / "checkout"
    if place.exists():
        return place
    for left in folder.glob("checkout.draft*"):  # by processes that died here
        rmtree(left, ignore_errors=True)
    draft = folder / f"checkout.draft-{os.getpid()}"  # git of a dead process may still be at work in its own
    draft.mkdir(parents=True)
    git = Git(draft, {"GIT_COMMITTER_NAME": "Forge", "GIT_COMMITTER_EMAIL": "forge@meridian.example"})
    git.run("init", "--quiet", "--initial-branch=main")
    _apply(git, patches / MAIN_PATCH)
    git.run("update-ref", _FIRST, git.run("rev-list", "--max-parents=0", "main").strip())
    starts = {one.branch: one.start for one in load_requests(requests).requests}
    for patch in sorted(patches.glob("*.patch")):
        if patch.name != MAIN_PATCH:
            start = _FIRST if starts.get(patch.stem) == "first" else "main"
            git.run("checkout", "--quiet", "-b", patch.stem, start)
            _apply(git, patch)
    git.run("checkout", "--quiet", "main")
    draft.rename(place)
    return place


def _apply(git: Git, patch: Path) -> None:
    try:
        git.run("am", "--quiet", "--keep-cr", "--committer-date-is-author-date", str(patch.resolve()))
    except GitError as error:
        raise ConfigError(
            f"'{patch.name}' does not apply: {error.text}", remedy="write it with git format-patch"
        ) from error


def _copy(forge: "LocalForge", repository: str, source: Path) -> None:
    """Main as it is in `source`, if the forge does not have the repository."""
    git = forge.create(repository)
    if git.commit("refs/heads/main"):
        return
    try:
        Git(source).push(git, "refs/heads/main:refs/seed/main")
    except GitError as error:
        remedy = "give a checkout with a branch 'main', or a folder of patches"
        raise ConfigError(f"'{source}' is no repository to work on: {error.text}", remedy=remedy) from error
    git.move("refs/heads/main", git.commit("refs/seed/main"), "")


def _open(forge: "LocalForge", repository: str, source: Path, one: Request) -> None:
    """A person's pull request, with what people have said of it."""
    theirs = forge.acting(one.author)
    if not forge.tip(repository, one.branch):
        ref = f"refs/heads/{one.branch}"
        Git(source).push(forge.git(repository), f"{ref}:{ref}")
    request = theirs.open(repository, one.branch, one.branch, "main", one.title, "")
    if not theirs.reviews(request):
        for who in one.approved_by:
            forge.acting(who).review(request, "approved")
    if not theirs.comments(request):
        for said in one.comments:
            forge.acting(said.by).comment(request, said.text)
