"""What a forge holds after runs of the DevOps scenario, told so that a local one and GitHub can be compared.

Commits have other names at GitHub, which signs and words them itself, so trees are compared; it names no files in a
conflict; and of a branch that does not contain main it says nothing new, so what comments say of checks is left out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from testkit.github import ME, REPOSITORY
from testkit.github_house import MAIN, House
from testkit.states import timeless
from tools.backends.forge_local import LocalForge
from tools.backends.git import Git

OWNER = REPOSITORY.partition("/")[0]


@dataclass(frozen=True)
class Held:
    """Main's history with a tree for each commit, requests, comments, trees of open branches, issues, pipelines."""

    main: list[tuple[str, str]]
    requests: dict[int, tuple[str, str, tuple[str, ...]]]
    comments: dict[int, list[tuple[str, str]]]
    branches: dict[str, str]
    issues: list[str]
    pipelines: list[str]


def held_locally(forge: LocalForge, repository: str = "orders") -> Held:
    """What a local forge holds of a repository."""
    requests = [forge.pull_request(repository, int(row["number"])) for row in forge.desk.pulls(repository)]
    return Held(
        main=_history(forge.git(repository)),
        requests={one.number: (one.author, one.state, one.labels) for one in requests},
        comments={one.number: _said((said.by, said.text) for said in forge.comments(one)) for one in requests},
        branches=_trees(forge.git(repository), (one.branch for one in requests if one.state == "open")),
        issues=forge.desk.issues(repository),
        pipelines=[one.rpartition(" ")[0] for one in forge.desk.pipeline_runs(repository)],
    )


def held_at_github(house: House) -> Held:
    """What the stand-in holds."""
    states = {number: "merged" if one.merged else one.state for number, one in house.pulls.items()}
    return Held(
        main=_history(house.git),
        requests={
            number: (one.author, states[number], tuple(sorted(one.labels))) for number, one in house.pulls.items()
        },
        comments={number: _said((said.by, said.text) for said in one.comments) for number, one in house.pulls.items()},
        branches=_trees(house.git, (one.branch for number, one in house.pulls.items() if states[number] == "open")),
        issues=[one.title for one in house.issues.values()],
        pipelines=[f"{name} {MAIN}" for one in house.dispatched for name in one.said],
    )


def _history(git: Git) -> list[tuple[str, str]]:
    rows = git.run("log", "--first-parent", "--format=%T %s", MAIN).splitlines()
    return [(tree, said.replace(f"{OWNER}/", "")) for tree, said in (row.split(" ", 1) for row in rows)]


def _trees(git: Git, branches: Iterable[str]) -> dict[str, str]:
    return {one: git.run("rev-parse", f"refs/heads/{one}^{{tree}}").strip() for one in branches}


def _said(comments: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(by, _plain(text) if by == ME else text) for by, text in comments]


def _plain(text: str) -> str:
    """One of our comments without what is said otherwise at GitHub."""
    told = text.partition("\n\nThe end of what ")[0].partition("\n\n<!-- ")[0]
    lines = [one for one in told.splitlines() if not re.match(r"- (\w+: |'\w+' )", one)]
    return timeless(re.sub(r"\b[0-9a-f]{12}\b", "COMMIT", re.sub("conflicts in .*", "conflicts", "\n".join(lines))))
