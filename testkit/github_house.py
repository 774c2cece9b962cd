"""What a stand-in for GitHub keeps: a repository in real git, its pull requests, issues, reviews, words of checks.

Its checks are the jobs of `.forge/house.yaml` on main. As at GitHub they run when something is pushed, on what a merge
would be, and are not done at once: who asks right after a push is told that they are under way. Whether a pull request
can be merged is not known at the first look either. Main is protected: it moves by merges only, and only of what is
up to date, green and approved.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tools.backends.cell import empty_folder, run_in_cell, tier_for
from tools.backends.forge_house import HouseRules, house_rules
from tools.backends.git import Git

MAIN = "main"
LOOKS = 2
"""How often somebody who looks at a commit just pushed is told that its checks are under way."""


class Declined(Exception):
    """The answer is no, in GitHub's words: the status, the message, and what it says of single fields."""

    def __init__(self, status: int, message: str, *errors: Mapping[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors


@dataclass
class Said:
    """A comment."""

    id: int
    by: str
    text: str


@dataclass
class Question:
    """An issue; each pull request is one, too."""

    number: int
    title: str
    body: str
    author: str
    labels: list[str] = field(default_factory=list)
    comments: list[Said] = field(default_factory=list)
    state: str = "open"


@dataclass
class Pull(Question):
    """A pull request of a branch of the repository into main. `reviews` are (who, state, commit)."""

    branch: str = ""
    merged: str = ""
    merged_head: str = ""
    reviews: list[tuple[str, str, str]] = field(default_factory=list)
    looked: set[str] = field(default_factory=set)


@dataclass
class Suite:
    """What the checks said of one commit: whether well, what they printed, and at which attempt. `waits` is how many
    more looks find them under way."""

    id: int
    head: str
    tree: str
    said: dict[str, tuple[bool, str, int]] = field(default_factory=dict)
    attempt: int = 1
    waits: int = 0
    event: str = "push"

    @property
    def ok(self) -> bool:
        """Whether every check has succeeded."""
        return all(ok for ok, *_ in self.said.values())


class House:
    """One repository and all that hangs on it. Whoever calls it is alone in it."""

    def __init__(self, git: Git) -> None:
        self.git = git
        self.pulls: dict[int, Pull] = {}
        self.issues: dict[int, Question] = {}
        self.suites: dict[str, Suite] = {}
        self.dispatched: list[Suite] = []
        self._numbers = itertools.count(1)
        self._ids = itertools.count(100)

    @property
    def rules(self) -> HouseRules:
        """What main asks for."""
        return _rules(self.git.path, self.tip(MAIN))

    def tip(self, branch: str) -> str:
        """Where a branch is; empty if it is not there."""
        return self.git.commit(f"refs/heads/{branch}")

    def head(self, pull: Pull) -> str:
        """The commit that a pull request is at."""
        return pull.merged_head or self.tip(pull.branch)

    def pull(self, number: int) -> Pull:
        """A pull request. Declined with 404 if there is none."""
        if number not in self.pulls:
            raise Declined(404, "Not Found")
        return self.pulls[number]

    def question(self, number: int) -> Question:
        """An issue or a pull request. Declined with 404 if there is neither."""
        return self.issues[number] if number in self.issues else self.pull(number)

    def open(self, branch: str, title: str, body: str, author: str) -> Pull:
        """A new pull request into main."""
        if not self.tip(branch):
            raise Declined(422, "Validation Failed", _wrong("PullRequest", "head", "invalid"))
        if any(one.branch == branch and one.state == "open" for one in self.pulls.values()):
            already = {"message": f"A pull request already exists for {branch}."}
            raise Declined(422, "Validation Failed", _wrong("PullRequest", "", "custom") | already)
        pull = Pull(next(self._numbers), title, body, author, branch=branch)
        self.pulls[pull.number] = pull
        return pull

    def ask(self, title: str, body: str, author: str, labels: list[str]) -> Question:
        """A new issue."""
        issue = Question(next(self._numbers), title, body, author, labels)
        self.issues[issue.number] = issue
        return issue

    def comment(self, number: int, by: str, text: str) -> Said:
        """One more comment."""
        said = Said(next(self._ids), by, text)
        self.question(number).comments.append(said)
        return said

    def said(self, comment: int) -> Said:
        """A comment by its id."""
        everywhere = (one for of in (*self.pulls.values(), *self.issues.values()) for one in of.comments)
        found = next((one for one in everywhere if one.id == comment), None)
        if found is None:
            raise Declined(404, "Not Found")
        return found

    def mergeable(self, pull: Pull) -> bool | None:
        """Whether it merges without a decision; not known when it is looked at for the first time."""
        head = self.head(pull)
        if head not in pull.looked:
            pull.looked.add(head)
            return None
        return not self.git.merged_tree(self.tip(MAIN), head)[1]

    def pushed(self, branches: Iterable[str], waits: int = LOOKS) -> None:
        """Run the checks of what these branches are at now. With conflicts there is nothing to run them on."""
        for branch in branches:
            head = self.tip(branch)
            tree, conflicts = self.git.merged_tree(self.tip(MAIN), head)
            if head not in self.suites and not conflicts:
                self.suites[head] = self._checked(Suite(next(self._ids), head, tree, waits=waits), self.rules.checks)

    def rerun(self, run: int) -> None:
        """Run a commit's failed checks once more."""
        suite = next((one for one in self.suites.values() if one.id == run), None)
        if suite is None:
            raise Declined(404, "Not Found")
        suite.attempt, suite.waits = suite.attempt + 1, LOOKS
        self._checked(suite, [name for name, (ok, *_) in suite.said.items() if not ok])

    def dispatch(self, pipeline: str, ref: str) -> Suite:
        """Start a pipeline of main on what a branch is at."""
        head = self.tip(ref)
        if pipeline not in self.rules.pipelines or not head:
            raise Declined(422, f"No ref found for: {ref}")
        suite = Suite(next(self._ids), head, f"{head}^{{tree}}", event="workflow_dispatch")
        self.dispatched.append(self._checked(suite, [pipeline]))
        return suite

    def merge(self, pull: Pull, head: str, message: str) -> str:
        """Merge a pull request at exactly that commit."""
        if pull.state != "open":
            raise Declined(405, "Pull Request is not mergeable")
        if head != self.head(pull):
            raise Declined(409, "Head branch was modified. Review and try the merge again.")
        self._protected(pull, head)
        base = self.tip(MAIN)
        tree = self.git.merged_tree(base, head)[0]
        merged = self.git.committed(tree, [base, head], f"{message}\n\n{pull.title}\n", signed("GitHub"))
        self.git.move(f"refs/heads/{MAIN}", merged, base)
        pull.state, pull.merged, pull.merged_head = "closed", merged, head
        return merged

    def update(self, pull: Pull, by: str) -> None:
        """Merge main into a pull request's branch, as the button on its page does."""
        if not up_to_date(self.git, pull.branch, self.head(pull), self.tip(MAIN), by):
            raise Declined(422, "merge conflict between base and head")

    def _protected(self, pull: Pull, head: str) -> None:
        """What the branch's protection says to it, however much a token may."""
        suite = self.suites.get(head)
        for name, job in self.rules.checks.items():
            if job.required and (suite is None or suite.waits or not suite.said[name][0]):
                raise Declined(405, f'Required status check "{name}" is expected.')
        if not self.git.contains(head, self.tip(MAIN)):
            raise Declined(405, "Head branch is not up to date with the base branch.")
        approved = {who for who, state, commit in pull.reviews if (state, commit) == ("APPROVED", head)}
        if len(approved - {pull.author}) < self.rules.approvals:
            raise Declined(405, "At least 1 approving review is required by reviewers with write access.")

    def _checked(self, suite: Suite, names: Iterable[str]) -> Suite:
        rules = self.rules
        for name in names:
            job = rules.checks.get(name) or rules.pipelines[name]
            with empty_folder() as folder:
                self.git.export(suite.tree, folder)
                attempt = {"RUN_ATTEMPT": str(suite.attempt)}
                ended = run_in_cell(job.run, folder, tier=tier_for(limits_allowed=False), variables=attempt)
            suite.said[name] = ended.ok, ended.output, suite.attempt
        return suite


@cache
def _rules(place: Path, commit: str) -> HouseRules:
    return house_rules(Git(place), commit)


def up_to_date(git: Git, branch: str, head: str, base: str, by: str) -> bool:
    """Merge the base into a branch; False if that needs a decision."""
    tree, conflicts = git.merged_tree(head, base)
    if not conflicts:
        new = git.committed(tree, [head, base], f"Merge branch '{MAIN}' into {branch}\n", signed(by))
        git.move(f"refs/heads/{branch}", new, head)
    return not conflicts


def signed(who: str) -> dict[str, str]:
    """Who makes a commit, for git."""
    values = {"NAME": who, "EMAIL": f"{who}@users.noreply.github.example", "DATE": "2027-03-15T08:00:00Z"}
    return {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in values.items()}


def _wrong(resource: str, name: str, code: str) -> dict[str, str]:
    return {"resource": resource, "field": name, "code": code}
