"""The part of GitHub's REST API that a stand-in speaks: each path with what it answers, as GitHub documents it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from testkit import github_shapes as shapes
from testkit.github_house import MAIN, Declined, House, Suite
from tools.backends.git import GitError


@dataclass(frozen=True)
class Ask:
    """One request: who asks, what stands in its path, behind the question mark, and in its body."""

    house: House
    me: str
    owner: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The number in its path."""
        return int(self.path[0])


Answer = tuple[int, Any]


def answered(method: str, path: str, ask: Callable[[tuple[str, ...]], Ask]) -> Answer:
    """What is answered to a request for a path below the repository."""
    for known, pattern, act in _ROUTES:
        found = re.fullmatch(pattern, path)
        if known == method and found:
            try:
                return act(ask(found.groups()))
            except Declined as error:
                return error.status, shapes.refusal(str(error), error.errors)
            except GitError:
                return 404, shapes.refusal("Not Found")
    return 404, shapes.refusal("Not Found")


def _commit(ask: Ask) -> Answer:
    found = ask.house.tip(ask.path[0]) or ask.house.git.commit(ask.path[0])
    if not found:
        raise Declined(422, f"No commit found for SHA: {ask.path[0]}")
    return 200, shapes.commit(ask.house.git.path, found)


def _check_runs(ask: Ask) -> Answer:
    suite = ask.house.suites.get(ask.path[0])
    under_way = bool(suite and suite.waits)
    if suite and suite.waits:
        suite.waits -= 1
    return 200, shapes.page("check_runs", _paged(ask, shapes.checks(suite, under_way=under_way)))


def _status(ask: Ask) -> Answer:
    return 200, shapes.example("combined-commit-status", sha=ask.path[0], statuses=[], total_count=0, state="pending")


def _compared(ask: Ask) -> Answer:
    base, head = ask.path
    return 200, shapes.comparison(ask.house.git.path, base, head)


def _branch(ask: Ask) -> Answer:
    if not ask.house.tip(ask.path[0]):
        raise Declined(404, "Branch not found")
    return 200, shapes.example("branch-get", name=ask.path[0])


def _rules(ask: Ask) -> Answer:
    return 200, _paged(ask, shapes.rules(ask.house) if ask.path[0] == MAIN else [])


def _contents(ask: Ask) -> Answer:
    text = ask.house.git.file(ask.query.get("ref", MAIN), ask.path[0])
    if not text:
        raise Declined(404, "Not Found")
    return 200, shapes.file(ask.path[0], text)


def _pulls(ask: Ask) -> Answer:
    wanted, head = ask.query.get("state", "open"), ask.query.get("head")
    found = [
        shapes.pull(ask.house, one, whole=False)
        for one in sorted(ask.house.pulls.values(), key=lambda one: -one.number)
        if wanted in ("all", one.state) and head in (None, f"{ask.owner}:{one.branch}")
    ]
    return 200, _paged(ask, found)


def _open(ask: Ask) -> Answer:
    pull = ask.house.open(ask.body["head"], ask.body["title"], ask.body.get("body") or "", ask.me)
    ask.house.pushed([pull.branch])
    return 201, shapes.pull(ask.house, pull)


def _pull(ask: Ask) -> Answer:
    return 200, shapes.pull(ask.house, ask.house.pull(ask.number))


def _change(ask: Ask) -> Answer:
    pull = ask.house.pull(ask.number)
    pull.merged_head, pull.state = ask.house.head(pull), ask.body["state"]
    return 200, shapes.pull(ask.house, pull)


def _merge(ask: Ask) -> Answer:
    pull = ask.house.pull(ask.number)
    message = f"Merge pull request #{pull.number} from {ask.owner}/{pull.branch}"
    merged = ask.house.merge(pull, ask.body["sha"], message)
    return 200, {"sha": merged, "merged": True, "message": "Pull Request successfully merged"}


def _update(ask: Ask) -> Answer:
    pull = ask.house.pull(ask.number)
    if ask.body.get("expected_head_sha") not in (None, ask.house.head(pull)):
        raise Declined(422, "expected head sha didn't match current head ref.")
    ask.house.update(pull, ask.me)
    ask.house.pushed([pull.branch])
    return 202, {"message": "Updating pull request branch.", "url": f"https://github.example/pulls/{pull.number}"}


def _reviews(ask: Ask) -> Answer:
    return 200, _paged(ask, [shapes.review(*one) for one in ask.house.pull(ask.number).reviews])


def _issues(ask: Ask) -> Answer:
    wanted = {one for one in ask.query.get("labels", "").split(",") if one}
    found = [shapes.issue(one) for one in ask.house.issues.values() if wanted <= {*one.labels}]
    return 200, _paged(ask, found)


def _ask(ask: Ask) -> Answer:
    labels = list(ask.body.get("labels") or ())
    return 201, shapes.issue(ask.house.ask(ask.body["title"], ask.body.get("body") or "", ask.me, labels))


def _comments(ask: Ask) -> Answer:
    return 200, _paged(ask, [shapes.comment(one) for one in ask.house.question(ask.number).comments])


def _comment(ask: Ask) -> Answer:
    return 201, shapes.comment(ask.house.comment(ask.number, ask.me, ask.body["body"]))


def _reword(ask: Ask) -> Answer:
    said = ask.house.said(ask.number)
    said.text = ask.body["body"]
    return 200, shapes.comment(said)


def _label(ask: Ask) -> Answer:
    question = ask.house.question(ask.number)
    question.labels += [one for one in ask.body["labels"] if one not in question.labels]
    return 200, shapes.labels(question)


def _unlabel(ask: Ask) -> Answer:
    question = ask.house.question(ask.number)
    if ask.path[1] not in question.labels:
        raise Declined(404, "Label does not exist")
    question.labels.remove(ask.path[1])
    return 200, shapes.labels(question)


def _runs(ask: Ask) -> Answer:
    suite = ask.house.suites.get(ask.query.get("head_sha", ""))
    return 200, shapes.page("workflow_runs", _paged(ask, [shapes.workflow_run(suite)] if suite else []))


def _rerun(ask: Ask) -> Answer:
    ask.house.rerun(ask.number)
    return 201, {}


def _workflows(ask: Ask) -> Answer:
    shape = shapes.example("workflow-paginated")["workflows"][0]
    names = ask.house.rules.pipelines
    found = [shape | {"name": name, "path": f".github/workflows/{name}.yml", "state": "active"} for name in names]
    return 200, shapes.page("workflows", _paged(ask, found))


def _dispatch(ask: Ask) -> Answer:
    suite = ask.house.dispatch(_pipeline(ask), ask.body["ref"])
    return 200, shapes.example("workflow-dispatch-response", workflow_run_id=suite.id)


def _dispatched(ask: Ask) -> Answer:
    return 200, shapes.page("workflow_runs", [shapes.workflow_run(one) for one in reversed(_of(ask))])


def _of(ask: Ask) -> list[Suite]:
    head = ask.query.get("head_sha")
    return [one for one in ask.house.dispatched if _pipeline(ask) in one.said and one.head == head]


def _pipeline(ask: Ask) -> str:
    return ask.path[0].removesuffix(".yml")


def _paged(ask: Ask, rows: list[Any]) -> list[Any]:
    size, page = int(ask.query.get("per_page", 30)), int(ask.query.get("page", 1))
    return rows[(page - 1) * size : page * size]


_SHA, _N, _ONE = "([0-9a-f]{40})", r"(\d+)", "([^/]+)"
_ROUTES: tuple[tuple[str, str, Callable[[Ask], Answer]], ...] = (
    ("GET", f"commits/{_SHA}/check-runs", _check_runs),
    ("GET", f"commits/{_SHA}/status", _status),
    ("GET", "commits/(.+)", _commit),
    ("GET", rf"compare/{_SHA}\.\.\.{_SHA}", _compared),
    ("GET", "rules/branches/(.+)", _rules),
    ("GET", "branches/(.+)", _branch),
    ("GET", "contents/(.+)", _contents),
    ("GET", "pulls", _pulls),
    ("POST", "pulls", _open),
    ("GET", f"pulls/{_N}", _pull),
    ("PATCH", f"pulls/{_N}", _change),
    ("PUT", f"pulls/{_N}/merge", _merge),
    ("PUT", f"pulls/{_N}/update-branch", _update),
    ("GET", f"pulls/{_N}/reviews", _reviews),
    ("GET", "issues", _issues),
    ("POST", "issues", _ask),
    ("GET", f"issues/{_N}/comments", _comments),
    ("POST", f"issues/{_N}/comments", _comment),
    ("PATCH", f"issues/comments/{_N}", _reword),
    ("POST", f"issues/{_N}/labels", _label),
    ("DELETE", f"issues/{_N}/labels/{_ONE}", _unlabel),
    ("GET", "actions/runs", _runs),
    ("POST", f"actions/runs/{_N}/rerun-failed-jobs", _rerun),
    ("GET", "actions/workflows", _workflows),
    ("POST", f"actions/workflows/{_ONE}/dispatches", _dispatch),
    ("GET", f"actions/workflows/{_ONE}/runs", _dispatched),
)
