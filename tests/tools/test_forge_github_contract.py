"""The GitHub backend keeps to GitHub's own description of its API, and says GitHub's refusals in GitHub's words."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from testkit.prism import prism
from tests.tools.github_server import REPOSITORY, REQUEST
from tools.backends.forge import Moved, Refused
from tools.backends.forge_github import GitHubForge
from tools.backends.github_http import GitHubHttp


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prism(tmp_path_factory.mktemp("prism")) as url:
        yield url


@pytest.fixture
def github(address: str) -> Iterator[Callable[..., GitHubForge]]:
    """The forge against that server; with `answer=409` every request has that of the described answers."""
    opened = []

    def make(answer: int | None = None) -> GitHubForge:
        headers = {"Prefer": f"code={answer}"} if answer else {}
        opened.append(GitHubHttp(address, "a token for tests", headers=headers, sleep=lambda _: None))
        return GitHubForge(opened[-1], REPOSITORY)

    yield make
    for one in opened:
        one.close()


def test_a_wrong_request_would_be_found(address: str) -> None:
    answer = httpx.put(f"{address}/repos/{REPOSITORY}/pulls/1/merge", json={"merge_method": "sideways"})

    assert answer.status_code == 422
    assert "sl-violations" in answer.headers


READING: dict[str, Callable[[GitHubForge], Any]] = {
    "me": lambda forge: forge.me,
    "tip": lambda forge: forge.tip(REPOSITORY, "main"),
    "diff": lambda forge: forge.diff(REPOSITORY, REQUEST.base, REQUEST.head).files[0].path,
    "conflicts": lambda forge: len(forge.conflicts(REQUEST)),
    "protection": lambda forge: forge.protection(REPOSITORY, "main").approvals,
    "pull_requests": lambda forge: [one.number for one in forge.pull_requests(REPOSITORY)],
    "reviews": lambda forge: [(one.by, one.verdict) for one in forge.reviews(REQUEST)],
    "comments": lambda forge: [one.by for one in forge.comments(REQUEST)],
    "checks": lambda forge: [one.name for one in forge.checks(REPOSITORY, REQUEST.head, REQUEST.base)],
    "find": lambda forge: getattr(forge.find(REPOSITORY, "ORD-1"), "number", None),
    "pipelines": lambda forge: sorted(forge.pipelines(REPOSITORY)),
    "started": lambda forge: getattr(forge.started(REPOSITORY, "ci.yml", "main", ""), "id", None),
}
READ = {
    "me": "octocat",
    "tip": REQUEST.head,
    "diff": "file1.txt",
    "conflicts": 0,
    "protection": 1,
    "pull_requests": [1347],
    "reviews": [("octocat", "approved")],
    "comments": ["octocat"],
    "checks": ["continuous-integration/jenkins", "mighty_readme", "security/brakeman"],
    "find": 1347,
    "pipelines": ["blank.yaml", "linter.yaml"],
    "started": "30433642",
}


@pytest.mark.parametrize("name", READING)
def test_what_is_read_is_asked_for_and_understood_as_described(github: Callable[..., GitHubForge], name: str) -> None:
    assert READING[name](github()) == READ[name]


CHANGING: dict[str, Callable[[GitHubForge], Any]] = {
    "open": lambda forge: forge.open(REPOSITORY, "ORD-1", "deputy/ORD-1", "main", "A title", "A text").number,
    "comment": lambda forge: forge.comment(REQUEST, "It is green."),
    "label": lambda forge: forge.label(REQUEST, "flaky"),
    "unlabel": lambda forge: forge.label(replace(REQUEST, labels=("flaky",)), "flaky", on=False),
    "issue": lambda forge: forge.issue(REPOSITORY, "Flaky check: tests", "It failed once.", "flaky"),
    "merge": lambda forge: forge.merge(REQUEST),
    "refresh": lambda forge: forge.refresh(REQUEST),
    "close": lambda forge: forge.close(REQUEST),
    "start": lambda forge: forge.start(REPOSITORY, "ci.yml", "main", "").new,
}


@pytest.mark.parametrize("name", CHANGING)
def test_what_is_changed_is_asked_for_as_described(github: Callable[..., GitHubForge], name: str) -> None:
    CHANGING[name](github())


@pytest.mark.parametrize("name", ["open", "start"])
def test_what_is_not_there_yet_is_made_as_described(
    github: Callable[..., GitHubForge], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(GitHubForge, "started", lambda *_: None)
    monkeypatch.setattr(GitHubForge, "_of_branch", lambda *_: None)

    assert CHANGING[name](github()) in (1347, True)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "issues/comments/1", {"body": "It is green."}),
        ("POST", "actions/runs/30433642/rerun-failed-jobs", None),
    ],
)
def test_the_other_requests_are_as_described(address: str, method: str, path: str, body: dict[str, str] | None) -> None:
    http = GitHubHttp(address, "a token for tests")

    http.send(method, f"/repos/{REPOSITORY}/{path}", body)

    http.close()


@pytest.mark.statement("devops", 3)
def test_a_merge_that_github_does_not_allow_is_refused_in_its_words(github: Callable[..., GitHubForge]) -> None:
    with pytest.raises(Refused, match="Pull Request is not mergeable"):
        github(405).merge(REQUEST)


@pytest.mark.statement("devops", 3)
def test_a_merge_at_another_commit_has_to_be_looked_at_again(github: Callable[..., GitHubForge]) -> None:
    with pytest.raises(Moved, match="Head branch was modified"):
        github(409).merge(REQUEST)


def test_a_merge_that_does_not_validate_is_refused(github: Callable[..., GitHubForge]) -> None:
    with pytest.raises(Refused):
        github(422).merge(REQUEST)


def test_another_repository_is_unknown_here(github: Callable[..., GitHubForge]) -> None:
    with pytest.raises(KeyError):
        github().pull_requests("octocat/elsewhere")
