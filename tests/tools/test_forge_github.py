"""GitHub as a forge: limits are waited for, writes in doubt are not sent again, and everything is opened once."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import ConfigError, TryAgain
from tests.tools.github_server import REPOSITORY, REQUEST, Answer, Server, github_server
from tools.backends.forge import Moved, Refused
from tools.backends.forge_github import GitHubForge
from tools.backends.git import Git
from tools.backends.github_checks import checks_in
from tools.backends.github_http import VERSION, GitHubHttp

AT = f"/repos/{REPOSITORY}"
MERGE = f"PUT {AT}/pulls/1347/merge"
PULL = {
    "number": 1347,
    "title": "A title",
    "state": "open",
    "node_id": "PR_1",
    "user": {"login": "deputy-bot"},
    "head": {"ref": "deputy/ORD-1", "sha": REQUEST.head},
    "base": {"ref": "main", "sha": REQUEST.base},
}


@contextmanager
def forge_at(script: Mapping[str, list[Answer]]) -> Iterator[tuple[GitHubForge, Server, list[float]]]:
    """The forge, the server behind it, and how long it waited."""
    waited: list[float] = []
    with github_server({f"GET {AT}/commits/main": [Answer(body={"sha": REQUEST.base})], **script}) as server:
        http = GitHubHttp(server.url, "a token for tests", sleep=waited.append)
        yield GitHubForge(http, REPOSITORY, server.url), server, waited
        http.close()


def test_each_request_names_the_version_of_the_api_and_the_account() -> None:
    with forge_at({"GET /user": [Answer(body={"login": "deputy-bot"})]}) as (forge, server, _):
        assert forge.me == "deputy-bot"

        assert server.headers[0]["X-GitHub-Api-Version"] == VERSION
        assert server.headers[0]["Authorization"] == "Bearer a token for tests"


@pytest.mark.statement("devops", 3)
def test_the_head_goes_with_the_merge() -> None:
    with forge_at({MERGE: [Answer(body={"sha": "abc", "merged": True})]}) as (forge, server, _):
        assert forge.merge(REQUEST) == "abc"

        assert server.sent("PUT") == [(f"{AT}/pulls/1347/merge", {"sha": REQUEST.head, "merge_method": "merge"})]


def test_a_second_limit_is_waited_for_and_the_write_sent_again_because_it_was_refused() -> None:
    limited = Answer(403, {"message": "You have exceeded a secondary rate limit"}, {"Retry-After": "7"})
    with forge_at({MERGE: [limited, Answer(body={"sha": "abc"})]}) as (forge, server, waited):
        assert forge.merge(REQUEST) == "abc"

        assert waited == [7.0]
        assert len(server.sent("PUT")) == 2


def test_a_limit_that_lasts_too_long_is_said_and_not_waited_for() -> None:
    limited = Answer(403, {"message": "API rate limit exceeded"}, {"X-RateLimit-Remaining": "0", "Retry-After": "3000"})
    with forge_at({MERGE: [limited]}) as (forge, _, waited):
        with pytest.raises(TryAgain, match="limit is reached"):
            forge.merge(REQUEST)

        assert waited == []


def test_a_read_is_asked_again_after_an_error_of_the_server_and_a_write_is_not() -> None:
    script = {
        "GET /user": [Answer(502), Answer(body={"login": "deputy-bot"})],
        MERGE: [Answer(502), Answer(body={"sha": "abc"})],
    }
    with forge_at(script) as (forge, server, _):
        assert forge.me == "deputy-bot"
        with pytest.raises(TryAgain, match="it may have happened"):
            forge.merge(REQUEST)

        assert len(server.sent("PUT")) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_may_not_is_a_matter_of_configuration_and_is_not_shown(status: int) -> None:
    with forge_at({MERGE: [Answer(status, {"message": "Resource not accessible by token"})]}) as (forge, _, _):
        with pytest.raises(ConfigError) as refused:
            forge.merge(REQUEST)

        assert "not accessible" in str(refused.value)
        assert "a token for tests" not in str(refused.value)


def test_what_github_says_of_single_fields_is_passed_on() -> None:
    said = {
        "message": "Validation Failed",
        "errors": [{"resource": "PullRequest", "code": "custom", "message": "No commits"}],
    }
    script = {f"GET {AT}/pulls": [Answer(body=[])], f"POST {AT}/pulls": [Answer(422, said)]}
    with forge_at(script) as (forge, _, _), pytest.raises(Refused, match="Validation Failed: No commits"):
        forge.open(REPOSITORY, "ORD-1", "deputy/ORD-1", "main", "A title", "")


def test_a_pull_request_that_somebody_opened_meanwhile_is_the_one() -> None:
    exists = {"message": "Validation Failed", "errors": [{"message": "A pull request already exists for octocat:x."}]}
    script = {f"GET {AT}/pulls": [Answer(body=[]), Answer(body=[PULL])], f"POST {AT}/pulls": [Answer(422, exists)]}
    with forge_at(script) as (forge, _, _):
        assert forge.open(REPOSITORY, "ORD-1", "deputy/ORD-1", "main", "A title", "").number == 1347


@pytest.mark.statement("devops", 6)
def test_our_comment_is_changed_in_place_and_left_alone_if_it_says_so_already() -> None:
    comments: list[Any] = []
    path = f"{AT}/issues/1347/comments"
    script = {"GET /user": [Answer(body={"login": "deputy-bot"})], f"GET {path}": [Answer(body=comments)]}
    script |= {f"POST {path}": [Answer(201, {})], f"PATCH {AT}/issues/comments/5": [Answer(body={})]}
    with forge_at(script) as (forge, server, _):
        assert forge.comment(REQUEST, "It is red.") is True
        comments += [{"id": 4, "user": {"login": "ana"}, "body": "It is red."}]
        comments += [{"id": 5, "user": {"login": "deputy-bot"}, "body": server.sent("POST")[0][1]["body"]}]
        assert forge.comment(REQUEST, "It is red.") is False
        assert forge.comment(REQUEST, "It is green.") is True

        assert [path for path, _ in server.sent("PATCH")] == [f"{AT}/issues/comments/5"]
        assert len(server.sent("POST")) == 1


def test_what_failed_is_run_again_once_and_then_it_is_red() -> None:
    runs = {"workflow_runs": [{"id": 9, "status": "completed", "conclusion": "failure", "run_attempt": 1}]}
    twice = {"workflow_runs": [{"id": 9, "status": "completed", "conclusion": "failure", "run_attempt": 2}]}
    compare = {"behind_by": 0, "merge_base_commit": {"sha": REQUEST.base}}
    script = {
        f"GET {AT}/actions/runs": [Answer(body=runs), Answer(body=runs), Answer(body=twice)],
        f"POST {AT}/actions/runs/9/rerun-failed-jobs": [Answer(201, {})],
        f"GET {AT}/compare/{REQUEST.base}...{REQUEST.head}": [Answer(body=compare)],
        f"GET {AT}/commits/{REQUEST.head}/check-runs": [Answer(body={"check_runs": []})],
        f"GET {AT}/commits/{REQUEST.head}/status": [Answer(body={"statuses": []})],
    }
    with forge_at(script) as (forge, server, _):
        forge.rerun_failed(REPOSITORY, REQUEST.head, REQUEST.base)
        with pytest.raises(Refused, match="failed twice"):
            forge.rerun_failed(REPOSITORY, REQUEST.head, REQUEST.base)

        assert len(server.sent("POST")) == 1


def test_a_workflow_that_a_rerun_did_not_come_to_is_run_again_beside_one_that_failed_twice() -> None:
    failure = {"status": "completed", "conclusion": "failure"}
    cut_off = [failure | {"id": 9, "run_attempt": 2}, failure | {"id": 10, "run_attempt": 1}]
    compare = {"behind_by": 0, "merge_base_commit": {"sha": REQUEST.base}}
    script = {
        f"GET {AT}/actions/runs": [Answer(body={"workflow_runs": cut_off})],
        f"POST {AT}/actions/runs/10/rerun-failed-jobs": [Answer(201, {})],
        f"GET {AT}/compare/{REQUEST.base}...{REQUEST.head}": [Answer(body=compare)],
        f"GET {AT}/commits/{REQUEST.head}/check-runs": [Answer(body={"check_runs": []})],
        f"GET {AT}/commits/{REQUEST.head}/status": [Answer(body={"statuses": []})],
    }
    with forge_at(script) as (forge, server, _):
        forge.rerun_failed(REPOSITORY, REQUEST.head, REQUEST.base)

        assert [path for path, _ in server.sent("POST")] == [f"{AT}/actions/runs/10/rerun-failed-jobs"]


def test_checks_count_for_the_base_only_if_the_head_contains_it() -> None:
    run = {"name": "tests", "status": "completed", "conclusion": "success", "check_suite": {"id": 3}}
    jobs = [{"check_suite_id": 3, "run_attempt": 2}]
    statuses = [{"context": "tests", "state": "error"}, {"context": "lint", "state": "pending"}]

    [lint, tests] = checks_in([run], statuses, jobs, "head", "older")

    assert (lint.name, lint.conclusion) == ("lint", "pending")
    assert (tests.name, tests.conclusion, tests.base) == ("tests", "failure", "older")
    assert checks_in([run], [], jobs, "head", "base")[0].attempt == 2


def test_a_check_that_had_passed_before_the_others_ran_again_is_not_of_the_second_attempt() -> None:
    ended = {"status": "completed", "conclusion": "success", "check_suite": {"id": 3}}
    runs = [
        ended | {"name": "syntax", "started_at": "2027-03-15T08:00:10Z"},
        ended | {"name": "tests", "started_at": "2027-03-15T08:09:30Z"},
    ]
    job = {"check_suite_id": 3, "run_attempt": 2, "run_started_at": "2027-03-15T08:09:00Z"}

    assert [(one.name, one.attempt) for one in checks_in(runs, [], [job], "head", "base")] == [
        ("syntax", 1),
        ("tests", 2),
    ]


def said_of_a_commit(*conclusions: str | None) -> dict[str, list[Answer]]:
    """Check runs at one look after the other; None for one that is under way, nothing before the first."""
    looks = [
        [{"name": "tests", "status": "completed" if one else "in_progress", "conclusion": one}] for one in conclusions
    ]
    compare = {"behind_by": 0, "merge_base_commit": {"sha": REQUEST.base}}
    return {
        f"GET {AT}/compare/{REQUEST.base}...{REQUEST.head}": [Answer(body=compare)],
        f"GET {AT}/commits/{REQUEST.head}/check-runs": [Answer(body={"check_runs": one}) for one in ([], *looks)],
        f"GET {AT}/commits/{REQUEST.head}/status": [Answer(body={"statuses": []})],
        f"GET {AT}/actions/runs": [Answer(body={"workflow_runs": []})],
    }


def test_checks_that_have_not_begun_or_are_under_way_are_waited_for() -> None:
    with forge_at(said_of_a_commit(None, None, "success")) as (forge, _, waited):
        [check] = forge.run_checks(REPOSITORY, REQUEST.head, REQUEST.base)

        assert (check.conclusion, waited) == ("success", [0.5, 1, 2])


def test_checks_that_never_begin_are_waited_for_shortly_and_those_that_never_end_a_quarter_of_an_hour() -> None:
    with forge_at(said_of_a_commit()) as (forge, _, waited):
        assert forge.run_checks(REPOSITORY, REQUEST.head, REQUEST.base) == []
        assert sum(waited) == 15.5
    with forge_at(said_of_a_commit(None)) as (forge, _, waited):
        [check] = forge.run_checks(REPOSITORY, REQUEST.head, REQUEST.base)
        assert (check.conclusion, 850 < sum(waited) < 900) == ("pending", True)


def test_github_is_given_time_to_find_out_whether_something_conflicts() -> None:
    looks = [Answer(body=PULL | {"mergeable": one}) for one in (None, None, True)]
    with forge_at({f"GET {AT}/pulls/1347": looks}) as (forge, _, waited):
        assert forge.conflicts(REQUEST) == ()
        assert len(waited) == 2
    with forge_at({f"GET {AT}/pulls/1347": looks[:1]}) as (forge, _, waited):
        assert forge.conflicts(REQUEST) == ("files that GitHub is still looking for",)


def test_owners_are_read_from_the_first_of_the_usual_places() -> None:
    encoded = base64.encodebytes("/orders/  @bén\n".encode()).decode()
    with forge_at({f"GET {AT}/contents/.github/CODEOWNERS": [Answer(body={"content": encoded})]}) as (forge, *_):
        assert forge.code_owners(REPOSITORY, "main") == "/orders/  @bén\n"


def test_a_workflow_is_started_once_for_a_commit() -> None:
    path = f"{AT}/actions/workflows/nightly.yml"
    run = {"id": 77, "status": "queued", "conclusion": None}
    script = {
        f"GET {path}/runs": [Answer(body={"workflow_runs": []}), Answer(body={"workflow_runs": [run]})],
        f"POST {path}/dispatches": [Answer(200, {"workflow_run_id": 77})],
    }
    with forge_at(script) as (forge, server, _):
        first = forge.start(REPOSITORY, "nightly.yml", "main", "")
        again = forge.start(REPOSITORY, "nightly.yml", "main", "")

        assert (first.id, first.new, again.id, again.new) == ("77", True, "77", False)
        assert server.sent("POST") == [(f"{path}/dispatches", {"ref": "main", "return_run_details": True})]


def test_a_revert_is_githubs_own() -> None:
    said = {"data": {"revertPullRequest": {"revertPullRequest": {"number": 1348}}}}
    script = {
        f"GET {AT}/pulls/1347": [Answer(body=PULL)],
        f"GET {AT}/pulls/1348": [Answer(body=PULL | {"number": 1348})],
        "POST /graphql": [Answer(body=said)],
    }
    with forge_at(script) as (forge, server, _):
        assert forge.revert(REQUEST).number == 1348

        assert server.sent("POST")[0][1]["variables"] == {"of": "PR_1"}


@pytest.mark.statement("devops", 10)
def test_a_push_goes_with_a_lease_to_a_branch_of_ours_and_to_no_other(tmp_path: Path) -> None:
    source, far = tmp_path / "source", tmp_path / REPOSITORY
    for place, how in ((source, []), (far.with_name("hello-world.git"), ["--bare"])):
        place.mkdir(parents=True)
        Git(place).run("init", "--quiet", "--initial-branch=main", *how)
    commits = [_commit(Git(source), text) for text in ("one", "two")]
    http = GitHubHttp("http://127.0.0.1:9", "a token for tests")
    forge = GitHubForge(http, REPOSITORY, f"file://{tmp_path}")

    forge.push(REPOSITORY, source, commits[0], "deputy/ORD-1", "")
    with pytest.raises(Moved):
        forge.push(REPOSITORY, source, commits[1], "deputy/ORD-1", "")
    with pytest.raises(Refused, match="not a branch of ours"):
        forge.push(REPOSITORY, source, commits[1], "main", "")

    http.close()
    assert Git(far.with_name("hello-world.git")).commit("refs/heads/deputy/ORD-1") == commits[0]
    assert "a token for tests" not in (source / ".git" / "config").read_text()


def _commit(git: Git, text: str) -> str:
    signed = {f"GIT_{who}_{what}": "x@y.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    git.run("commit", "--quiet", "--allow-empty", "-m", text, variables=signed)
    return git.commit("HEAD")


def test_a_large_change_is_known_not_to_be_seen_as_a_whole() -> None:
    file = {"filename": "big.txt", "additions": 1, "deletions": 0, "changes": 1}
    path = f"GET {AT}/compare/{REQUEST.base}...{REQUEST.head}"
    moved = {**file, "filename": "new.txt", "previous_filename": "ci/old.txt", "patch": "+x"}
    with forge_at({path: [Answer(body={"files": [file, moved], "commits": []})]}) as (forge, _, _):
        diff = forge.diff(REPOSITORY, REQUEST.base, REQUEST.head)

    assert not diff.whole
    assert [one.path for one in diff.files] == ["big.txt", "new.txt", "ci/old.txt"]


def test_a_label_that_is_there_is_not_put_on_again() -> None:
    with forge_at({}) as (forge, server, _):
        assert forge.label(replace(REQUEST, labels=("flaky",)), "flaky") is False

        assert server.seen == []
