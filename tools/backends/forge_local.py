"""A forge on this machine: a bare repository for each project, its main branch protected, everything else in tables.

Nobody pushes to a protected branch: a hook refuses it. A merge builds the commit beside it and then moves the branch in
one step that fails if the branch has moved meanwhile. Checks run on what the merge would be, in a cell.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

from runtime.clock import Clock, stamp
from tools.backends.cell import Ended, Tier, empty_folder, run_in_cell, tier_for
from tools.backends.forge import (
    OWN,
    Check,
    Comment,
    Diff,
    Moved,
    PipelineRun,
    Protection,
    PullRequest,
    Refused,
    Review,
    Verdict,
)
from tools.backends.forge_desk import Desk, Row
from tools.backends.forge_house import Job, house_rules, owners_text
from tools.backends.forge_pages import write_page
from tools.backends.git import Git, GitError
from tools.service import Site

MAIN = "main"
ATTEMPTS = 2

_HOOK = f"""#!/bin/sh
# Nobody pushes to {MAIN}; a pull request is merged into it.
case "$1" in refs/heads/{MAIN}) echo "{MAIN} is protected: open a pull request" >&2; exit 1;; esac
"""


def open_local(site: Site) -> "LocalForge":
    """The forge of a world, in its folder."""
    desk = Desk(site.database("forge"), site.clock)
    return LocalForge(site.folder / "forge", desk, site.clock, limits_allowed=site.settings.checks == "limits")


class LocalForge:
    """A `tools.backends.forge.Forge`. `me` is the account that acts; `acting` gives the same forge to another."""

    def __init__(
        self, folder: Path, desk: Desk, clock: Clock, *, me: str = "deputy", limits_allowed: bool = False
    ) -> None:
        self.me = me
        self.folder = folder
        self.desk = desk
        self._clock = clock
        self._limits_allowed = limits_allowed

    def acting(self, who: str) -> "LocalForge":
        """The same forge, for another account."""
        return LocalForge(self.folder, self.desk, self._clock, me=who, limits_allowed=self._limits_allowed)

    def create(self, repository: str) -> Git:
        """The repository, made if it is not there yet."""
        place, draft = self.folder / f"{repository}.git", self.folder / f"{repository}.draft"
        if not place.exists():
            rmtree(draft, ignore_errors=True)  # left by a process that died here
            draft.mkdir(parents=True)
            Git(draft).run("init", "--quiet", "--bare", f"--initial-branch={MAIN}")
            hook = draft / "hooks" / "update"
            hook.parent.mkdir(exist_ok=True)
            hook.write_text(_HOOK)
            hook.chmod(0o755)
            draft.rename(place)
        return Git(place, ours=True)

    def git(self, repository: str) -> Git:
        """The repository. KeyError if there is none."""
        if repository not in self.repositories():
            raise KeyError(repository)
        return Git(self.folder / f"{repository}.git", ours=True)

    def repositories(self) -> Sequence[str]:
        """Every repository by name."""
        return sorted(path.name.removesuffix(".git") for path in self.folder.glob("*.git"))

    def tip(self, repository: str, branch: str) -> str:
        """The commit that a branch, tag or commit name stands for; empty if there is none."""
        git = self.git(repository)
        return git.commit(f"refs/heads/{branch}") or git.commit(branch)

    def diff(self, repository: str, base: str, head: str) -> Diff:
        """What `head` changes since it left `base`."""
        return self.git(repository).diff(base, head)

    def conflicts(self, request: PullRequest) -> Sequence[str]:
        """The files that cannot be merged without a decision."""
        return self.git(request.repository).merged_tree(request.base, request.head)[1]

    def protection(self, repository: str, branch: str) -> Protection:
        """What the branch asks for, as it says itself."""
        return house_rules(self.git(repository), f"refs/heads/{branch}").protection

    def code_owners(self, repository: str, branch: str) -> str:
        """The text of CODEOWNERS on that branch."""
        return owners_text(self.git(repository), f"refs/heads/{branch}")

    def pull_requests(self, repository: str) -> Sequence[PullRequest]:
        """The open ones, by number."""
        self.git(repository)
        found = [self._request(row) for row in self.desk.pulls(repository, state="open")]
        return [one for one in found if one.state == "open"]

    def pull_request(self, repository: str, number: int) -> PullRequest:
        """One of them, open or not."""
        return self._request(self.desk.pull(repository, number))

    def reviews(self, request: PullRequest) -> Sequence[Review]:
        """All reviews, oldest first."""
        return self.desk.reviews(request.repository, request.number)

    def review(self, request: PullRequest, verdict: Verdict) -> None:
        """This account's word on the pull request as it is. Raises Refused for one's own."""
        if self.me == request.author and verdict != "commented":
            raise Refused(f"'{self.me}' opened {request.id}, and cannot review it")
        self.desk.add_review(request.repository, request.number, self.me, verdict, request.head)

    def comments(self, request: PullRequest) -> Sequence[Comment]:
        """All comments, oldest first."""
        return self.desk.comments(request.repository, request.number)

    def checks(self, repository: str, head: str, base: str) -> Sequence[Check]:
        """What the checks said on top of that base, or else what they said last."""
        return self.desk.checks_on(repository, head, base) or self.desk.checks(repository, head)

    def run_checks(self, repository: str, head: str, base: str) -> Sequence[Check]:
        """Run what has not run on `head` on top of that base, and return all of it."""
        known = {one.name for one in self.desk.checks_on(repository, head, base)}
        wanted = {name: job for name, job in self._jobs(repository).items() if name not in known}
        self._run(repository, head, base, wanted, attempt=1)
        return self.desk.checks_on(repository, head, base)

    def rerun_failed(self, repository: str, head: str, base: str) -> Sequence[Check]:
        """Run what failed on top of that base once more, and no more than once."""
        failed = [one for one in self.desk.checks_on(repository, head, base) if one.conclusion == "failure"]
        if not failed:
            raise Refused("no check has failed here")
        once = [one for one in failed if one.attempt < ATTEMPTS]  # one that was cut off has left some
        if not once:
            raise Refused("it failed twice: it is red, not flaky")
        jobs = self._jobs(repository)
        wanted = {one.name: jobs[one.name] for one in once if one.name in jobs}
        self._run(repository, head, base, wanted, attempt=ATTEMPTS)
        return self.desk.checks_on(repository, head, base)

    def push(self, repository: str, source: Path, head: str, branch: str, expected: str) -> None:
        """Bring `head` to one of our own branches, if that is still at `expected`."""
        if not branch.startswith(OWN):
            raise Refused(f"'{branch}' is not a branch of ours; ours begin with {OWN}")
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{expected}"
        try:
            Git(source).push(self.git(repository), lease, f"{head}:{ref}")
        except GitError as error:
            raise (Moved if "stale info" in error.text else Refused)(error.text) from error

    def refresh(self, request: PullRequest) -> str:
        """Merge the base into one of our own branches."""
        if not request.branch.startswith(OWN):
            raise Refused(f"'{request.branch}' is not a branch of ours")
        git = self.git(request.repository)
        if git.contains(request.head, request.base):
            return request.head
        message = f"Merge '{request.base_branch}' into {request.branch}\n"
        commit = self._merged(git, request.head, request.base, message)
        if not git.move(f"refs/heads/{request.branch}", commit, request.head):
            raise Moved(f"'{request.branch}' has moved")
        return commit

    def open(self, repository: str, key: str, branch: str, base: str, title: str, body: str) -> PullRequest:
        """The pull request for a task, opened once."""
        fields = {"branch": branch, "base_branch": base, "title": title, "body": body}
        self.desk.add_pull(repository, key, author=self.me, head=self.tip(repository, branch), **fields)
        found = self.find(repository, key)
        assert found is not None
        return found

    def find(self, repository: str, key: str) -> PullRequest | None:
        """The pull request that was opened for a task."""
        rows = self.desk.pulls(repository, key=key)
        return self._request(rows[0]) if rows else None

    def comment(self, request: PullRequest, text: str) -> bool:
        """Make our one comment say this."""
        return self.desk.put_comment(request.repository, request.number, self.me, text)

    def label(self, request: PullRequest, label: str, *, on: bool = True) -> bool:
        """Put a label on, or take it off."""
        return self.desk.put_label(request.repository, request.number, label, on=on)

    def issue(self, repository: str, title: str, body: str, label: str) -> str:
        """The issue with that title, made once."""
        return f"{repository}!{self.desk.put_issue(repository, title, body, label)}"

    def merge(self, request: PullRequest) -> str:
        """Build the merge, then move the base branch to it in one step."""
        now = self.pull_request(request.repository, request.number)
        if now.state == "merged":
            raise Moved(f"{request.id} has been merged as {now.merged[:12]}")
        if now.state != "open":
            raise Refused(f"{request.id} is {now.state}")
        if (now.head, now.base) != (request.head, request.base):
            raise Moved(f"{request.id} is at {now.head[:12]} on {now.base[:12]} now")
        git = self.git(request.repository)
        message = f"Merge pull request #{request.number} from {request.branch}\n\n{request.title}\n"
        commit = self._merged(git, request.base, request.head, message)
        if not git.move(f"refs/heads/{request.base_branch}", commit, request.base):
            raise Moved(f"'{request.base_branch}' has moved")
        self.desk.set_pull(request.repository, request.number, state="merged", merged=commit, head=request.head)
        return commit

    def close(self, request: PullRequest) -> None:
        """Close it without merging."""
        if self.pull_request(request.repository, request.number).state == "open":
            self.desk.set_pull(request.repository, request.number, state="closed", head=request.head)

    def revert(self, request: PullRequest) -> PullRequest:
        """A branch that takes the merge back, and a pull request for it."""
        if not request.merged:
            raise Refused(f"{request.id} has not been merged")
        key, branch = f"revert-{request.number}", f"{OWN}revert-{request.number}"
        known = self.find(request.repository, key)
        if known is not None:
            return known
        git, title = self.git(request.repository), f"Revert pull request #{request.number}"
        tree, files = git.without(request.base, request.merged, self._signature())
        if files:
            raise Refused(f"it cannot be taken back by itself: conflicts in {', '.join(files)}")
        commit = git.committed(tree, [request.base], f"{title}\n", self._signature())
        if not git.move(f"refs/heads/{branch}", commit, self.tip(request.repository, branch)):
            raise Moved(f"'{branch}' has moved")
        body = f"Takes back {request.id}, which was merged as {request.merged[:12]}."
        return self.open(request.repository, key, branch, request.base_branch, title, body)

    def pipelines(self, repository: str) -> Mapping[str, str]:
        """The pipelines that the main branch names."""
        rules = house_rules(self.git(repository), f"refs/heads/{MAIN}")
        return {name: job.about or " ".join(job.run) for name, job in rules.pipelines.items()}

    def start(self, repository: str, pipeline: str, ref: str, key: str) -> PipelineRun:
        """Run a pipeline of the main branch on a commit, once, and wait for its end."""
        known = self.started(repository, pipeline, ref, key)
        if known is not None:
            return known
        git, head = self.git(repository), self.tip(repository, ref)
        job = house_rules(git, f"refs/heads/{MAIN}").pipelines[pipeline]
        ended = self._ended(git, head, job, attempt=1)
        self.desk.add_pipeline_run(repository, pipeline, ref, head, key, ended)
        run = self.started(repository, pipeline, ref, key)
        assert run is not None
        return replace(run, new=True)

    def started(self, repository: str, pipeline: str, ref: str, key: str) -> PipelineRun | None:
        """The run on the commit that `ref` stands for."""
        return self.desk.pipeline_run(repository, pipeline, self.tip(repository, ref), key)

    def export(self, folder: Path) -> None:
        """A page of text for each pull request, below `forge`."""
        for repository in self.repositories():
            for row in self.desk.pulls(repository):
                one = self._request(row)
                checks = self.desk.checks(repository, one.head)
                place = folder / "forge" / repository
                write_page(place, one, checks, list(self.reviews(one)), list(self.comments(one)))

    def _jobs(self, repository: str) -> Mapping[str, Job]:
        """The checks, as the main branch says them: a change does not choose what it is checked with."""
        return house_rules(self.git(repository), f"refs/heads/{MAIN}").checks

    def _run(self, repository: str, head: str, base: str, jobs: Mapping[str, Job], attempt: int) -> None:
        if not jobs:
            return
        git = self.git(repository)
        tree, conflicts = git.merged_tree(base, head)
        if conflicts:
            raise Refused(f"it cannot be checked before its conflicts are resolved: {', '.join(conflicts)}")
        for name, job in jobs.items():
            self.desk.add_verdict(repository, head, base, name, attempt, self._ended(git, tree, job, attempt))

    def _ended(self, git: Git, tree: str, job: Job, attempt: int) -> Ended:
        tier: Tier = tier_for(limits_allowed=self._limits_allowed)
        with empty_folder() as folder:
            git.export(tree, folder)
            variables = {"RUN_ATTEMPT": str(attempt)}
            return run_in_cell(job.run, folder, tier=tier, minutes=job.minutes, variables=variables)

    def _merged(self, git: Git, onto: str, other: str, message: str) -> str:
        tree, conflicts = git.merged_tree(onto, other)
        if conflicts:
            raise Refused(f"conflicts in {', '.join(conflicts)}")
        return git.committed(tree, [onto, other], message, self._signature())

    def _signature(self) -> dict[str, str]:
        who = {"NAME": self.me, "EMAIL": f"{self.me}@forge.invalid", "DATE": stamp(self._clock.now())}
        return {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()}

    def _request(self, row: Row) -> PullRequest:
        """A row with what git says. One whose head is in its base already was merged just before somebody fell."""
        git = self.git(row["repository"])
        head = git.commit(f"refs/heads/{row['branch']}") if row["state"] == "open" else row["head"]
        base = git.commit(f"refs/heads/{row['base_branch']}")
        state, merged = row["state"], row["merged"]
        if state == "open" and head and head != base and git.contains(base, head):
            merged = self._merge_of(git, base, row)
            if merged:
                state = "merged"
                self.desk.set_pull(row["repository"], row["number"], state=state, merged=merged, head=head)
        return PullRequest(
            repository=row["repository"],
            number=int(row["number"]),
            key=row["key"],
            title=row["title"],
            body=row["body"],
            author=row["author"],
            branch=row["branch"],
            head=head or row["head"],
            base_branch=row["base_branch"],
            base=base,
            state=state,
            labels=tuple(json.loads(row["labels"])),
            merged=merged,
        )

    def _merge_of(self, git: Git, base: str, row: Row) -> str:
        """The commit on the base branch that merged a pull request; empty if there is none."""
        subject = f"Merge pull request #{row['number']} from {row['branch']}"
        found = git.run("log", "--first-parent", "--format=%H %s", "-n", "500", base)
        rows = (line.split(" ", 1) for line in found.splitlines())
        return next((commit for commit, said in rows if said == subject), "")
