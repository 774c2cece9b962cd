"""The forge: repositories, pull requests, checks and pipelines, as tools see them, whichever system stands behind.

    local    bare git repositories in the world's folder, checks in a sandbox on this machine
    github   GitHub's REST API, or that of an enterprise server

What a forge says of numbers, commits, states and names of files is its own word. Titles, descriptions, comments, commit
messages and the output of checks are other people's texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from tools.service import Service, Site

Conclusion = Literal["success", "failure", "pending", "neutral", "skipped"]
Verdict = Literal["approved", "changes_requested", "commented"]

OWN = "deputy/"
"""How the names of branches begin that Deputy may write to. It writes to no other."""


@dataclass(frozen=True)
class PullRequest:
    """A pull request. `head` and `base` are the commits that its two branches are at now; `merged` is the commit that
    it became on the base branch, or empty. `key` is the task it was opened for, or its branch."""

    repository: str
    number: int
    key: str
    title: str
    body: str
    author: str
    branch: str
    head: str
    base_branch: str
    base: str
    state: Literal["open", "merged", "closed"]
    draft: bool = False
    labels: tuple[str, ...] = ()
    merged: str = ""

    @property
    def id(self) -> str:
        """Its name everywhere, such as `orders#12`."""
        return f"{self.repository}#{self.number}"


@dataclass(frozen=True)
class FileChange:
    """One file that a change touches. `special`: it is no ordinary file, but a link or another repository."""

    path: str
    added: int
    removed: int
    special: bool = False


@dataclass(frozen=True)
class Diff:
    """What a change does. `whole` is False where the forge gives only a part of it; `text` is other people's."""

    files: tuple[FileChange, ...]
    text: str
    messages: tuple[str, ...] = ()
    whole: bool = True

    @property
    def lines(self) -> int:
        """Lines added and removed."""
        return sum(one.added + one.removed for one in self.files)


@dataclass(frozen=True)
class Check:
    """What a check says of one commit on top of one base. `tier` says in what kind of sandbox it ran, or that the forge
    ran it; `summary` is the end of what it printed."""

    name: str
    conclusion: Conclusion
    head: str
    base: str
    attempt: int = 1
    tier: str = ""
    summary: str = ""


@dataclass(frozen=True)
class Review:
    """Somebody's word on one commit of a pull request."""

    by: str
    verdict: Verdict
    head: str


@dataclass(frozen=True)
class Comment:
    """A comment on a pull request."""

    by: str
    text: str


@dataclass(frozen=True)
class Protection:
    """What a branch asks of a pull request. `up_to_date`: checks count only on top of the branch as it is now."""

    required: tuple[str, ...]
    approvals: int = 1
    up_to_date: bool = True
    code_owners: bool = True


@dataclass(frozen=True)
class PipelineRun:
    """One run of a pipeline on one commit. `new` is False if it had been started before."""

    id: str
    pipeline: str
    ref: str
    head: str
    conclusion: Conclusion
    new: bool
    tier: str = ""
    summary: str = ""


class Refused(Exception):
    """The forge does not do it as things are; the message says why, in the forge's words."""


class Moved(Refused):
    """A branch is not where it was thought to be. What was known of it has to be looked at again."""


class Forge(Protocol):
    """One forge, seen by one account. Unknown repositories and pull requests raise KeyError."""

    @property
    def me(self) -> str:
        """The account's name."""
        ...

    def repositories(self) -> Sequence[str]:
        """Every repository by name."""
        ...

    def tip(self, repository: str, branch: str) -> str:
        """The commit that a branch, tag or commit name stands for; empty if there is none."""
        ...

    def diff(self, repository: str, base: str, head: str) -> Diff:
        """What `head` changes since it left `base`."""
        ...

    def conflicts(self, request: PullRequest) -> Sequence[str]:
        """The files that cannot be merged without a decision; empty if all can."""
        ...

    def protection(self, repository: str, branch: str) -> Protection:
        """What the branch asks for."""
        ...

    def code_owners(self, repository: str, branch: str) -> str:
        """The text of CODEOWNERS on that branch; empty if there is none."""
        ...

    def pull_requests(self, repository: str) -> Sequence[PullRequest]:
        """The open ones, by number."""
        ...

    def pull_request(self, repository: str, number: int) -> PullRequest:
        """One of them, open or not."""
        ...

    def reviews(self, request: PullRequest) -> Sequence[Review]:
        """All reviews, oldest first."""
        ...

    def comments(self, request: PullRequest) -> Sequence[Comment]:
        """All comments, oldest first."""
        ...

    def checks(self, repository: str, head: str, base: str) -> Sequence[Check]:
        """The newest word of each check on `head`, whichever base it was tested on."""
        ...

    def run_checks(self, repository: str, head: str, base: str) -> Sequence[Check]:
        """The same, after the checks have run where the forge waits to be asked."""
        ...

    def rerun_failed(self, repository: str, head: str, base: str) -> Sequence[Check]:
        """Run what failed once more. Raises Refused where it has been run again already, or nothing failed."""
        ...

    def push(self, repository: str, source: Path, head: str, branch: str, expected: str) -> None:
        """Bring `head` from a checkout to one of our own branches, if that is still at `expected` (empty: new).

        Raises Moved if it is not, Refused for a branch that is not ours.
        """
        ...

    def refresh(self, request: PullRequest) -> str:
        """Merge the base into one of our own branches, if nothing conflicts, and return its new commit."""
        ...

    def open(self, repository: str, key: str, branch: str, base: str, title: str, body: str) -> PullRequest:
        """The pull request for a task: the one that is there, in whatever state, else a new one."""
        ...

    def find(self, repository: str, key: str) -> PullRequest | None:
        """The pull request that was opened for a task."""
        ...

    def comment(self, request: PullRequest, text: str) -> bool:
        """Make our one comment on the pull request say this; False if it said so already."""
        ...

    def label(self, request: PullRequest, label: str, *, on: bool = True) -> bool:
        """Put a label on, or take it off; False if nothing changed."""
        ...

    def issue(self, repository: str, title: str, body: str, label: str) -> str:
        """The open issue with that title, else a new one; its id."""
        ...

    def merge(self, request: PullRequest) -> str:
        """Merge exactly `request.head` into `request.base` and return the commit. Raises Moved if one of the two has
        moved, also by a merge of the same, and Refused if the forge does not allow it."""
        ...

    def close(self, request: PullRequest) -> None:
        """Close it without merging."""
        ...

    def revert(self, request: PullRequest) -> PullRequest:
        """A pull request that takes a merged one back. Raises Refused where that conflicts."""
        ...

    def pipelines(self, repository: str) -> Mapping[str, str]:
        """The pipelines that can be started, each with what it is."""
        ...

    def start(self, repository: str, pipeline: str, ref: str, key: str) -> PipelineRun:
        """Start a pipeline on the commit that `ref` stands for; once for the same commit and key."""
        ...

    def started(self, repository: str, pipeline: str, ref: str, key: str) -> PipelineRun | None:
        """The run that `start` would find."""
        ...


def _open(site: Site) -> Forge:
    if site.settings.forge == "github":
        return _github(site)
    from tools.backends.forge_local import open_local

    return open_local(site)


def _github(site: Site) -> Forge:
    """The repository that the environment names."""
    from tools.backends.forge_github import API, SERVER, GitHubForge
    from tools.backends.github_http import GitHubHttp

    http = GitHubHttp(site.environ.get("GITHUB_API_URL") or API, site.environ["GITHUB_TOKEN"])
    site.resources.callback(http.close)
    return GitHubForge(http, site.environ["GITHUB_REPOSITORY"], site.environ.get("GITHUB_SERVER_URL") or SERVER)


FORGE: Service[Forge] = Service("forge", _open)
