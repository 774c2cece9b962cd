"""What a stand-in for GitHub answers with: the examples of GitHub's own description, with its values in them."""

import base64
import copy
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from testkit.github_house import MAIN, House, Pull, Question, Said, Suite
from testkit.prism import DESCRIPTION
from tools.backends.git import Git

WHEN = "2027-03-15T08:00:00Z"


@cache
def _examples() -> Mapping[str, Any]:
    whole = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["components"]["examples"]
    return {name: one["value"] for name, one in whole.items() if "value" in one}


def example(name: str, /, **values: Any) -> dict[str, Any]:
    """An example of the description, the first one of a list, with these values in it."""
    found = copy.deepcopy(_examples()[name])
    one: dict[str, Any] = found[0] if isinstance(found, list) else found
    return one | values


def user(login: str) -> dict[str, Any]:
    """An account, as it stands in other things."""
    one: dict[str, Any] = example("issue-comment")["user"]
    return one | {"login": login}


def page(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A page of a list that is counted."""
    return {"total_count": len(rows), name: rows}


@cache
def commit(place: Path, sha: str) -> dict[str, Any]:
    """A commit of the repository at `place`."""
    one = example("commit", sha=sha)
    one["commit"]["message"] = Git(place).run("log", "-1", "--format=%B", sha).strip()
    return one


def pull(house: House, one: Pull, *, whole: bool = True) -> dict[str, Any]:
    """A pull request; in a list GitHub tells less of it."""
    shape = example("pull-request" if whole else "pull-request-simple-items")
    ends = {"head": (one.branch, house.head(one)), "base": (MAIN, house.tip(MAIN))}
    for end, (ref, sha) in ends.items():
        shape[end] |= {"ref": ref, "sha": sha}
    shape |= {
        "number": one.number,
        "title": one.title,
        "body": one.body,
        "user": user(one.author),
        "state": one.state,
        "labels": labels(one),
        "merge_commit_sha": one.merged or None,
        "merged_at": WHEN if one.merged else None,
        "closed_at": WHEN if one.state == "closed" else None,
        "draft": False,
        "requested_teams": [],
    }
    return shape | {"merged": bool(one.merged), "mergeable": house.mergeable(one)} if whole else shape


def labels(one: Question) -> list[dict[str, Any]]:
    """The labels of an issue or a pull request."""
    return [example("label-items", name=name) for name in one.labels]


def issue(one: Question) -> dict[str, Any]:
    """An issue that is no pull request."""
    shape = example("issue", number=one.number, title=one.title, body=one.body, user=user(one.author), state=one.state)
    shape.pop("pull_request", None)
    return shape | {"labels": labels(one), "closed_at": None}


def comment(one: Said) -> dict[str, Any]:
    """A comment."""
    return example("issue-comment", id=one.id, body=one.text, user=user(one.by))


def review(by: str, state: str, commit_id: str) -> dict[str, Any]:
    """A review."""
    return example("pull-request-review-items", user=user(by), state=state, commit_id=commit_id)


def checks(suite: Suite | None, *, under_way: bool) -> list[dict[str, Any]]:
    """What each check says of a commit."""
    found = []
    for number, (name, (ok, printed, attempt)) in enumerate(suite.said.items() if suite else ()):
        assert suite is not None
        shape = example("check-run-paginated")["check_runs"][0]
        shape |= {"id": suite.id + number, "name": name, "head_sha": suite.head, **_state(ok=ok, under_way=under_way)}
        shape |= {"started_at": _began(attempt)}
        shape["check_suite"] = {"id": suite.id}
        shape["output"] |= {"summary": None if under_way else printed}
        found.append(shape | {"pull_requests": []})
    return found


def workflow_run(suite: Suite) -> dict[str, Any]:
    """The run of a workflow on a commit."""
    shape: dict[str, Any] = example("workflow-run-paginated")["workflow_runs"][0]
    shape |= {"id": suite.id, "check_suite_id": suite.id, "head_sha": suite.head, "event": suite.event}
    shape |= {"run_attempt": suite.attempt, "run_started_at": _began(suite.attempt)}
    return shape | _state(ok=suite.ok, under_way=bool(suite.waits), times=False)


@cache
def comparison(place: Path, base: str, head: str) -> dict[str, Any]:
    """What a commit of the repository at `place` changes since it left another."""
    git = Git(place)
    diff = git.diff(base, head)
    ahead, behind = (int(git.run("rev-list", "--count", span)) for span in (f"{base}..{head}", f"{head}..{base}"))
    shape = example("commit-comparison", ahead_by=ahead, behind_by=behind, total_commits=ahead)
    shape["merge_base_commit"] = commit(place, git.run("merge-base", base, head).strip())
    shape["commits"] = [commit(place, sha) for sha in git.run("rev-list", "--reverse", f"{base}..{head}").split()]
    patches = _patches(diff.text)
    shape["files"] = [
        shape["files"][0]
        | {"filename": one.path, "additions": one.added, "deletions": one.removed, "changes": one.added + one.removed}
        | {"patch": patches.get(one.path, "")}
        for one in diff.files
    ]
    return shape


def rules(house: House) -> list[dict[str, Any]]:
    """The rules that anybody may read of main."""
    wanted = [{"context": name, "integration_id": 1} for name, job in house.rules.checks.items() if job.required]
    checked = {"required_status_checks": wanted, "strict_required_status_checks_policy": True}
    reviewed = {
        "required_approving_review_count": house.rules.approvals,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    origin = {"ruleset_source_type": "Repository", "ruleset_source": "house/orders", "ruleset_id": 42}
    return [
        {"type": "required_status_checks", "parameters": checked, **origin},
        {"type": "pull_request", "parameters": reviewed, **origin},
    ]


def file(path: str, text: str) -> dict[str, Any]:
    """A file of the repository."""
    written = base64.encodebytes(text.encode()).decode()
    name = "content-file-response-if-content-is-a-file"
    return example(name, path=path, name=path.rpartition("/")[2], size=len(text), content=written, encoding="base64")


def refusal(message: str, errors: tuple[Mapping[str, str], ...] = ()) -> dict[str, Any]:
    """An error, as all of GitHub's look."""
    given = {"errors": [dict(one) for one in errors]} if errors else {}
    return {"message": message, **given, "documentation_url": "https://docs.github.com/rest"}


def _began(attempt: int) -> str:
    return f"2027-03-15T08:{attempt:02d}:00Z"


def _state(*, ok: bool, under_way: bool, times: bool = True) -> dict[str, Any]:
    if under_way:
        return {"status": "in_progress", "conclusion": None, **({"completed_at": None} if times else {})}
    return {"status": "completed", "conclusion": "success" if ok else "failure"}


def _patches(text: str) -> dict[str, str]:
    """The hunks of each file of a diff."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("diff --git "):
            lines = found.setdefault(line.rpartition(" b/")[2], [])
        elif lines or line.startswith("@@"):
            lines.append(line)
    return {path: "\n".join(hunks) for path, hunks in found.items()}
