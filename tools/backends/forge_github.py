"""GitHub as a forge: one repository over its REST API, with a token that needs no bypass and no administration.

Checks run by themselves there when something is pushed, so that `run_checks` reads what they say. They count for a base
if the head contains it. Of a branch's protection GitHub tells what anybody may read; where it says nothing, one
approval, owners and an up-to-date base are asked for all the same.
"""

import base64
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tools.backends.forge import (
    OWN,
    Check,
    Comment,
    Diff,
    FileChange,
    Moved,
    PipelineRun,
    Protection,
    PullRequest,
    Refused,
    Review,
)
from tools.backends.forge_house import OWNERS
from tools.backends.git import Git, GitError
from tools.backends.github_checks import conclusion
from tools.backends.github_commits import GitHubCommits
from tools.backends.github_http import GitHubHttp, not_pushed

API = "https://api.github.com"
SERVER = "https://github.com"

_MARK = "<!-- deputy: one comment, changed in place -->"
_PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2)  # seconds that GitHub is given to find conflicts
_MOST_FILES = 300  # GitHub compares no more
_VERDICTS = {"APPROVED": "approved", "CHANGES_REQUESTED": "changes_requested", "DISMISSED": "commented"}


class GitHubForge:
    """A `tools.backends.forge.Forge` with one repository, `owner/name`."""

    def __init__(self, http: GitHubHttp, repository: str, server: str = SERVER) -> None:
        self._http = http
        self._repository = repository
        self._server = server
        self._known = GitHubCommits(http, f"/repos/{repository}")

    @cached_property
    def me(self) -> str:
        """The login that the token belongs to."""
        try:
            return str(self._http.get("/user")["login"])
        except Exception as error:  # the token of an Actions job has no user
            if "403" in str(error) or "not accessible" in str(error):
                return "github-actions[bot]"
            raise

    def repositories(self) -> Sequence[str]:
        """The one."""
        return (self._repository,)

    def tip(self, repository: str, branch: str) -> str:
        """The commit that a branch, tag or commit name stands for."""
        try:
            return str(self._http.get(f"{self._at(repository)}/commits/{quote(branch, safe='')}")["sha"])
        except (KeyError, Refused, Moved):
            return ""

    def diff(self, repository: str, base: str, head: str) -> Diff:
        """What `head` changes since it left `base`. Of large changes GitHub shows a part."""
        said = self._commits(repository).compared(base, head)
        rows = said.get("files") or []
        files = [FileChange(one["filename"], one["additions"], one["deletions"], _special(one)) for one in rows]
        files += [FileChange(one["previous_filename"], 0, 0) for one in rows if one.get("previous_filename")]
        text = "\n".join(f"+++ b/{one['filename']}\n{one.get('patch', '')}" for one in rows)
        messages = tuple(str(one["commit"]["message"]) for one in said.get("commits") or ())
        shown = all("patch" in one or one["changes"] == 0 for one in rows)
        return Diff(tuple(files), text, messages, whole=shown and len(rows) < _MOST_FILES)

    def conflicts(self, request: PullRequest) -> Sequence[str]:
        """One entry if there are conflicts: GitHub does not say in which files, and finds out when it is asked."""
        path = f"{self._at(request.repository)}/pulls/{request.number}"
        said = self._http.get(path)
        for pause in _PAUSES:
            if said["state"] != "open" or said.get("mergeable") is not None:
                break
            self._http.sleep(pause)
            said = self._http.get(path)
        if said["state"] != "open" or said.get("mergeable"):
            return ()
        return (f"files that GitHub {'is still looking for' if said.get('mergeable') is None else 'does not name'}",)

    def protection(self, repository: str, branch: str) -> Protection:
        """What anybody may read of the branch's rules, and our own least where they say nothing."""
        path = f"{self._at(repository)}/branches/{quote(branch, safe='')}"
        classic = (self._http.get(path).get("protection") or {}).get("required_status_checks") or {}
        required = {str(one) for one in classic.get("contexts") or ()}
        approvals, owners = 1, True
        for rule in self._http.every(f"{self._at(repository)}/rules/branches/{quote(branch, safe='')}"):
            given = rule.get("parameters") or {}
            if rule["type"] == "required_status_checks":
                required |= {str(one["context"]) for one in given.get("required_status_checks") or ()}
            if rule["type"] == "pull_request":
                approvals = max(approvals, int(given.get("required_approving_review_count") or 0))
        return Protection(tuple(sorted(required)), approvals, True, owners)

    def code_owners(self, repository: str, branch: str) -> str:
        """The text of CODEOWNERS on that branch."""
        for path in OWNERS:
            try:
                file = self._http.get(f"{self._at(repository)}/contents/{path}", ref=branch)
            except KeyError:
                continue
            return base64.b64decode(file["content"]).decode("utf-8", "replace")
        return ""

    def pull_requests(self, repository: str) -> Sequence[PullRequest]:
        """The open ones, by number."""
        found = self._http.every(f"{self._at(repository)}/pulls", state="open")
        tips: dict[str, str] = {}
        return sorted((self._request(one, tips) for one in found), key=lambda one: one.number)

    def pull_request(self, repository: str, number: int) -> PullRequest:
        """One of them, open or not."""
        return self._request(self._http.get(f"{self._at(repository)}/pulls/{number}"))

    def reviews(self, request: PullRequest) -> Sequence[Review]:
        """All reviews, oldest first."""
        found = self._http.every(f"{self._at(request.repository)}/pulls/{request.number}/reviews")
        return [
            Review(_login(one), _VERDICTS.get(one["state"], "commented"), one.get("commit_id") or "")  # type: ignore[arg-type]  # the table's values are verdicts
            for one in found
        ]

    def comments(self, request: PullRequest) -> Sequence[Comment]:
        """All comments on the whole, oldest first."""
        found = self._http.every(f"{self._at(request.repository)}/issues/{request.number}/comments")
        return [Comment(_login(one), str(one.get("body") or "")) for one in found]

    def checks(self, repository: str, head: str, base: str) -> Sequence[Check]:
        """What check runs and statuses say of `head`."""
        return self._commits(repository).checks(head, base)

    def run_checks(self, repository: str, head: str, base: str) -> Sequence[Check]:
        """What they say when they have ended: GitHub has them run when something is pushed."""
        return self._commits(repository).checks_ended(head, base)

    def rerun_failed(self, repository: str, head: str, base: str) -> Sequence[Check]:
        """Have the failed jobs run once more, and wait for their end."""
        commits = self._commits(repository)
        failed = [one for one in commits.workflow_runs(head) if conclusion(one) == "failure"]
        if not failed:
            raise Refused("no workflow has failed here")
        once = [one for one in failed if int(one.get("run_attempt") or 1) == 1]  # one that was cut off has left some
        if not once:
            raise Refused("it failed twice: it is red, not flaky")
        for one in once:
            self._http.send("POST", f"{self._at(repository)}/actions/runs/{one['id']}/rerun-failed-jobs")
        return commits.checks_ended(head, base, {one["id"] for one in once})

    def push(self, repository: str, source: Path, head: str, branch: str, expected: str) -> None:
        """Bring `head` to one of our own branches over HTTPS. The token is in no argument and in no configuration."""
        if not branch.startswith(OWN):
            raise Refused(f"'{branch}' is not a branch of ours; ours begin with {OWN}")
        ref, url = f"refs/heads/{branch}", f"{self._server}/{self._checked(repository)}.git"
        try:
            lease = f"--force-with-lease={ref}:{expected}"
            Git(source, self._login_for_git()).run("push", "--quiet", lease, url, f"{head}:{ref}")
        except GitError as error:
            raise not_pushed(self._server, error.text) from error

    def refresh(self, request: PullRequest) -> str:
        """Have GitHub merge the base into one of our own branches."""
        if not request.branch.startswith(OWN):
            raise Refused(f"'{request.branch}' is not a branch of ours")
        path = f"{self._at(request.repository)}/pulls/{request.number}"
        try:
            self._http.send("PUT", f"{path}/update-branch", {"expected_head_sha": request.head})
        except Refused as error:
            raise (Moved if "expected head sha" in str(error).casefold() else Refused)(str(error)) from error
        return self.pull_request(request.repository, request.number).head

    def open(self, repository: str, key: str, branch: str, base: str, title: str, body: str) -> PullRequest:
        """The pull request for a task; GitHub refuses a second one for the same branch."""
        known = self._of_branch(repository, branch)
        if known is not None:
            return known
        given = {"title": title, "head": branch, "base": base, "body": body}
        try:
            return self._request(self._http.send("POST", f"{self._at(repository)}/pulls", given))
        except Refused:
            known = self._of_branch(repository, branch)
            if known is None:
                raise
            return known

    def find(self, repository: str, key: str) -> PullRequest | None:
        """The pull request that was opened for a task, or that takes another one back."""
        return self._of_branch(repository, f"{OWN}{key}") or self._of_revert(repository, key)

    def comment(self, request: PullRequest, text: str) -> bool:
        """Make our one comment say this."""
        at, wanted = self._at(request.repository), f"{text}\n\n{_MARK}"
        for one in self._http.every(f"{at}/issues/{request.number}/comments"):
            if _login(one) == self.me and _MARK in str(one.get("body")):
                if one["body"] == wanted:
                    return False
                self._http.send("PATCH", f"{at}/issues/comments/{one['id']}", {"body": wanted})
                return True
        self._http.send("POST", f"{at}/issues/{request.number}/comments", {"body": wanted})
        return True

    def label(self, request: PullRequest, label: str, *, on: bool = True) -> bool:
        """Put a label on, or take it off."""
        if (label in request.labels) == on:
            return False
        path = f"{self._at(request.repository)}/issues/{request.number}/labels"
        if on:
            self._http.send("POST", path, {"labels": [label]})
        else:
            self._http.send("DELETE", f"{path}/{quote(label, safe='')}")
        return True

    def issue(self, repository: str, title: str, body: str, label: str) -> str:
        """The open issue with that title and label, else a new one."""
        path = f"{self._at(repository)}/issues"
        found = self._http.every(path, state="open", labels=label)
        known = next((one for one in found if one["title"] == title and "pull_request" not in one), None)
        one = known or self._http.send("POST", path, {"title": title, "body": body, "labels": [label]})
        return f"{repository}#{one['number']}"

    def merge(self, request: PullRequest) -> str:
        """Merge exactly `request.head`: GitHub answers 409 if the pull request is at another commit by now."""
        path = f"{self._at(request.repository)}/pulls/{request.number}/merge"
        return str(self._http.send("PUT", path, {"sha": request.head, "merge_method": "merge"})["sha"])

    def close(self, request: PullRequest) -> None:
        """Close it without merging."""
        self._http.send("PATCH", f"{self._at(request.repository)}/pulls/{request.number}", {"state": "closed"})

    def revert(self, request: PullRequest) -> PullRequest:
        """GitHub's own revert, which only its GraphQL API offers."""
        raw = self._http.get(f"{self._at(request.repository)}/pulls/{request.number}")
        mutation = "mutation($of:ID!){revertPullRequest(input:{pullRequestId:$of}){revertPullRequest{number}}}"
        said = self._http.send("POST", "/graphql", {"query": mutation, "variables": {"of": raw["node_id"]}})
        if said.get("errors"):
            raise Refused("; ".join(str(one["message"]) for one in said["errors"]))
        number = int(said["data"]["revertPullRequest"]["revertPullRequest"]["number"])
        return self.pull_request(request.repository, number)

    def pipelines(self, repository: str) -> Mapping[str, str]:
        """The active workflows by the names of their files."""
        found = self._http.every(f"{self._at(repository)}/actions/workflows", inside="workflows")
        return {Path(one["path"]).name: str(one["name"]) for one in found if one["state"] == "active"}

    def start(self, repository: str, pipeline: str, ref: str, key: str) -> PipelineRun:
        """Start a workflow that has `workflow_dispatch`."""
        if key:
            raise Refused("GitHub keeps no key of a run; leave it empty to start once for each commit")
        known = self.started(repository, pipeline, ref, key)
        if known is not None:
            return known
        path = f"{self._at(repository)}/actions/workflows/{quote(pipeline, safe='')}/dispatches"
        said = self._http.send("POST", path, {"ref": ref, "return_run_details": True}) or {}
        run = str(said.get("workflow_run_id") or "started")
        return PipelineRun(run, pipeline, ref, self.tip(repository, ref), "pending", True, "github")

    def started(self, repository: str, pipeline: str, ref: str, key: str) -> PipelineRun | None:
        """The newest run that somebody asked for on the commit that `ref` stands for."""
        path = f"{self._at(repository)}/actions/workflows/{quote(pipeline, safe='')}/runs"
        head = self.tip(repository, ref)
        found = self._http.get(path, event="workflow_dispatch", head_sha=head, per_page=1)["workflow_runs"]
        if not found:
            return None
        return PipelineRun(str(found[0]["id"]), pipeline, ref, head, conclusion(found[0]), False, "github")

    def _commits(self, repository: str) -> GitHubCommits:
        self._checked(repository)
        return self._known

    def _at(self, repository: str) -> str:
        return f"/repos/{self._checked(repository)}"

    def _checked(self, repository: str) -> str:
        if repository != self._repository:
            raise KeyError(repository)
        return repository

    def _of_branch(self, repository: str, branch: str) -> PullRequest | None:
        owner = repository.partition("/")[0]
        found = self._http.get(f"{self._at(repository)}/pulls", head=f"{owner}:{branch}", state="all", per_page=1)
        return self._request(found[0]) if found else None

    def _of_revert(self, repository: str, key: str) -> PullRequest | None:
        """GitHub names the branch of a revert after the pull request's number and branch."""
        number = key.removeprefix("revert-")
        if number == key or not number.isdigit():
            return None
        branch = self._http.get(f"{self._at(repository)}/pulls/{number}")["head"]["ref"]
        return self._of_branch(repository, f"revert-{number}-{branch}")

    def _request(self, one: Mapping[str, Any], tips: dict[str, str] | None = None) -> PullRequest:
        """A pull request as GitHub says it; `tips` are where branches are, as far as that has been looked up."""
        branch, base = str(one["head"]["ref"]), str(one["base"]["ref"])
        known = {} if tips is None else tips
        known[base] = known.get(base) or self.tip(self._repository, base) or str(one["base"]["sha"])
        merged = str(one.get("merge_commit_sha") or "") if one.get("merged_at") else ""
        return PullRequest(
            repository=self._repository,
            number=int(one["number"]),
            key=branch.removeprefix(OWN),
            title=str(one["title"]),
            body=str(one.get("body") or ""),
            author=_login(one),
            branch=branch,
            head=str(one["head"]["sha"]),
            base_branch=base,
            base=known[base],
            state="merged" if merged else "open" if one["state"] == "open" else "closed",
            draft=bool(one.get("draft")),
            labels=tuple(str(label["name"]) for label in one.get("labels") or ()),
            merged=merged,
        )

    def _login_for_git(self) -> dict[str, str]:
        basic = base64.b64encode(f"x-access-token:{self._http.token}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self._server}/.extraheader",
            "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {basic}",
        }


def _login(one: Mapping[str, Any]) -> str:
    return str((one.get("user") or {}).get("login") or "ghost")


def _special(one: Mapping[str, Any]) -> bool:
    return "Subproject commit" in str(one.get("patch", ""))
