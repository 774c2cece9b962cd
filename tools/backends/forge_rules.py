"""What keeps a change from being pushed or merged, whatever the forge itself would allow. Pure: facts in, reasons out.

    kind        of a pull request
    state       it is not open, or a draft
    conflict    files that cannot be merged without a decision
    check       a required check has not succeeded for exactly this commit on top of exactly this base
    review      fewer people than needed approved this commit, or somebody wants changes
    owner       nobody who owns a touched file approved it
    protected   it changes how changes are checked, or who may: always for a person
    size        more than a person would read with care, or the forge does not show all of it
    secret      what it adds looks like a key or a password

An owner token can merge past red on a real forge, so these are looked at here each time, just before the merge.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from runtime.leaks import looks_secret
from tools.backends.forge import OWN, Check, Diff, FileChange, Protection, PullRequest, Review

Kind = Literal["state", "conflict", "check", "review", "owner", "protected", "size", "secret"]

MOST_FILES = 40
MOST_LINES = 800

PROTECTED = (
    ".forge/*",
    ".github/*",
    ".gitlab/*",
    ".gitlab-ci.yml",
    ".circleci/*",
    ".ci/*",
    ".gitattributes",
    ".gitmodules",
    "*codeowners",
    "*jenkinsfile*",
    "*azure-pipelines*.yml",
    "*.env",
    "*.env.*",
    "*.pem",
    "*.key",
    "*policies.yaml",
    "*secrets*.y*ml",
)
"""Paths, in lower case, whose changes always need a person; `*` stands for anything, also for slashes."""

AGAIN = "it has to run again"
"""What is said of a check whose word no longer counts."""

_WORDS = {
    "success": "passed",
    "neutral": "passed",
    "skipped": "was skipped",
    "failure": "failed",
    "pending": "has not ended",
}
_PASSES = ("success", "neutral", "skipped")
_NAME = re.compile(r"@[\w.-]+(?:/[\w.-]+)?|[^\s@]+@[^\s@]+")


@dataclass(frozen=True)
class Obstacle:
    """One thing in the way, in words for a person."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Facts:
    """All that a decision on one pull request rests on."""

    request: PullRequest
    diff: Diff
    conflicts: Sequence[str]
    checks: Sequence[Check]
    reviews: Sequence[Review]
    protection: Protection
    code_owners: str
    me: str


def obstacles(facts: Facts) -> tuple[Obstacle, ...]:
    """Everything that keeps this pull request from being merged."""
    return (*_of_state(facts), *_of_checks(facts), *_of_reviews(facts), *_of_owners(facts), *in_diff(facts.diff))


def in_diff(diff: Diff) -> tuple[Obstacle, ...]:
    """What is in the way in the change itself."""
    return (*_of_protected(diff), *_of_size(diff), *_of_secrets(diff))


def flaky(checks: Collection[Check]) -> list[str]:
    """The checks that succeeded only when they ran again."""
    return [one.name for one in checks if one.attempt > 1 and one.conclusion in _PASSES]


def failed(checks: Collection[Check], head: str, base: str) -> list[str]:
    """The checks that failed on exactly this commit and base."""
    return [one.name for one in checks if one.conclusion == "failure" and (one.head, one.base) == (head, base)]


def owners_of(path: str, text: str) -> tuple[str, ...]:
    """Who owns a path by CODEOWNERS: the last line that fits counts, and a line without names owns nothing."""
    found: tuple[str, ...] = ()
    for line in text.splitlines():
        pattern, *names = line.partition("#")[0].split()[:40] or [""]
        if pattern and _fits(pattern, path):
            found = tuple(name.removeprefix("@").casefold() for name in names if _NAME.fullmatch(name))
    return found


def _of_state(facts: Facts) -> Iterator[Obstacle]:
    request = facts.request
    if request.state != "open":
        yield Obstacle("state", f"it is {request.state}")
    if request.draft:
        yield Obstacle("state", "it is a draft")
    if facts.conflicts:
        yield Obstacle("conflict", f"conflicts in {', '.join(facts.conflicts)}")


def _of_checks(facts: Facts) -> Iterator[Obstacle]:
    said = {one.name: one for one in facts.checks if one.head == facts.request.head}
    if not facts.protection.required:
        yield Obstacle("check", "no check is required here, so none vouches for it")
    for name in facts.protection.required:
        check = said.get(name)
        if check is None:
            yield Obstacle("check", f"'{name}' has not run on {facts.request.head[:12]}")
        elif facts.protection.up_to_date and check.base != facts.request.base:
            word = _WORDS[check.conclusion]
            yield Obstacle("check", f"'{name}' {word}, and {facts.request.base_branch} moved: {AGAIN}")
        elif check.conclusion not in _PASSES:
            yield Obstacle("check", f"'{name}' {_WORDS[check.conclusion]}" + (" twice" if check.attempt > 1 else ""))


def _of_reviews(facts: Facts) -> Iterator[Obstacle]:
    unhappy = sorted(who for who, one in _latest(facts).items() if one.verdict == "changes_requested")
    if unhappy:
        yield Obstacle("review", f"{', '.join(unhappy)} asked for changes")
    approved, needed = len(_approvers(facts)), facts.protection.approvals
    if approved < needed:
        yield Obstacle("review", f"{approved} of {needed} approvals of {facts.request.head[:12]}")


def _of_owners(facts: Facts) -> Iterator[Obstacle]:
    if not facts.protection.code_owners:
        return
    approvers = {one.casefold() for one in _approvers(facts)}
    wanting: dict[str, list[str]] = {}
    for file in facts.diff.files:
        owners = owners_of(file.path, facts.code_owners)
        if owners and not approvers & {*owners}:
            wanting.setdefault(" or ".join(owners), []).append(file.path)
    for names, paths in wanting.items():
        yield Obstacle("owner", f"{names} must approve {', '.join(paths[:5])}")


def _of_protected(diff: Diff) -> Iterator[Obstacle]:
    touched = [one.path for one in diff.files if _is_protected(one)]
    if touched:
        yield Obstacle("protected", f"a person decides on {', '.join(touched[:5])}")


def _of_size(diff: Diff) -> Iterator[Obstacle]:
    if not diff.whole:
        yield Obstacle("size", "the forge does not show all of it")
    if len(diff.files) > MOST_FILES or diff.lines > MOST_LINES:
        most = f"more than {MOST_FILES} files or {MOST_LINES} lines"
        yield Obstacle("size", f"{len(diff.files)} files and {diff.lines} lines, {most}")


def _of_secrets(diff: Diff) -> Iterator[Obstacle]:
    path, found = "", dict[str, None]()
    for line in diff.text.splitlines():
        if line.startswith("+++ "):
            path = line[4:].removeprefix("b/")
        elif line.startswith("+") and looks_secret(line):
            found[path] = None
    if found:
        yield Obstacle("secret", f"what looks like a key or a password is added to {', '.join(list(found)[:5])}")
    if any(looks_secret(one) for one in diff.messages):
        yield Obstacle("secret", "what looks like a key or a password stands in a commit message")


def _latest(facts: Facts) -> dict[str, Review]:
    """The last word of each person who may have one: neither the author nor we."""
    found: dict[str, Review] = {}
    for one in facts.reviews:
        if one.verdict != "commented" and one.by not in (facts.request.author, facts.me):
            found[one.by] = one
    return found


def _approvers(facts: Facts) -> list[str]:
    """Who approved exactly this commit."""
    return [who for who, one in _latest(facts).items() if one.verdict == "approved" and one.head == facts.request.head]


def _is_protected(file: FileChange) -> bool:
    return file.special or any(fnmatchcase(file.path.casefold(), pattern) for pattern in PROTECTED)


def _fits(pattern: str, path: str) -> bool:
    """Whether a CODEOWNERS pattern covers a path: a leading slash binds it to the root, a trailing one to a folder."""
    bound = "/" in pattern.rstrip("/")
    body = pattern.strip("/").replace("**/", "*").replace("**", "*")
    targets = [path] if bound else [path, *path.split("/")]
    if pattern.endswith("/"):
        return any(fnmatchcase(path, one) for one in ((f"{body}/*",) if bound else (f"{body}/*", f"*/{body}/*")))
    return any(fnmatchcase(one, body) for one in targets) or fnmatchcase(path, f"{body}/*")


def is_own(request: PullRequest, me: str) -> bool:
    """Whether we opened it, from a branch of ours."""
    return request.author == me and request.branch.startswith(OWN)
