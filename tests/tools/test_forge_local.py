"""The local forge: nobody pushes to main, a merge is one step for one commit, checks run once where they should."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.errors import CannotWork
from tests.tools.forge_place import CLOCK, ForgePlace, forge_place
from tools.backends.forge import Moved, Refused
from tools.backends.forge_desk import Desk
from tools.backends.forge_local import LocalForge
from tools.backends.git import Git, GitError


@pytest.fixture
def place(tmp_path: Path) -> Iterator[ForgePlace]:
    made = forge_place(tmp_path)
    yield made
    made.engine.dispose()


@pytest.mark.statement("devops", 1)
@pytest.mark.statement("devops", 4)
def test_a_push_to_main_is_refused_by_the_repository_itself(place: ForgePlace) -> None:
    before = place.forge.tip("orders", "main")
    commit = place.branch("x", {"notes": "two\n"})

    with pytest.raises(GitError, match="main is protected: open a pull request"):
        place.source.run("push", "--force", str(place.forge.git("orders").path), f"{commit}:refs/heads/main")

    assert place.forge.tip("orders", "main") == before


@pytest.mark.statement("devops", 10)
def test_only_our_own_branches_are_pushed_to(place: ForgePlace) -> None:
    commit = place.branch("x", {"notes": "two\n"})

    with pytest.raises(Refused, match="not a branch of ours"):
        place.forge.push("orders", place.source.path, commit, "feature", "")

    assert place.forge.tip("orders", "feature") == ""


@pytest.mark.statement("devops", 10)
def test_a_forced_push_needs_the_branch_to_be_where_it_was_seen(place: ForgePlace) -> None:
    one, two = place.branch("x", {"notes": "two\n"}), place.branch("y", {"notes": "three\n"})
    place.forge.push("orders", place.source.path, one, "deputy/K", "")

    with pytest.raises(Moved):
        place.forge.push("orders", place.source.path, two, "deputy/K", "")
    place.forge.push("orders", place.source.path, two, "deputy/K", one)

    assert place.forge.tip("orders", "deputy/K") == two


def test_a_merge_holds_both_sides_and_is_reported_as_merged(place: ForgePlace) -> None:
    request = place.request("x", {"notes": "two\n"})

    commit = place.forge.merge(request)

    git = place.forge.git("orders")
    assert git.run("rev-parse", f"{commit}^1", f"{commit}^2").split() == [request.base, request.head]
    assert place.forge.tip("orders", "main") == commit
    assert place.forge.pull_request("orders", 1).state == "merged"
    assert place.forge.pull_requests("orders") == []


@pytest.mark.statement("devops", 3)
def test_a_merge_for_another_commit_or_another_base_is_refused(place: ForgePlace) -> None:
    request, other = place.request("x", {"notes": "two\n"}), place.request("y", {"more": "three\n"})
    place.forge.merge(other)

    for stale in (request, replace(request, head=other.head)):
        with pytest.raises(Moved):
            place.forge.merge(stale)

    assert place.forge.pull_request("orders", 1).state == "open"


@pytest.mark.statement("devops", 11)
def test_of_many_who_merge_at_once_all_get_the_one_merge(place: ForgePlace) -> None:
    request = place.request("x", {"notes": "two\n"})

    def attempt(_: int) -> str:
        try:
            return place.forge.merge(request)
        except Moved:
            return ""

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(attempt, range(4))) - {""}

    git = place.forge.git("orders")
    assert len(made) == 1
    assert git.run("rev-list", "--count", "--merges", "main").strip() == "1"


@pytest.mark.statement("devops", 11)
def test_a_merge_whose_process_fell_before_it_was_written_down_is_known_again(place: ForgePlace) -> None:
    request = place.request("x", {"notes": "two\n"})
    commit = place.forge.merge(request)
    place.forge.desk.set_pull("orders", 1, state="open", merged="")

    now = place.forge.pull_request("orders", 1)

    assert (now.state, now.merged, now.head) == ("merged", commit, request.head)
    with pytest.raises(Moved, match="has been merged"):
        place.forge.merge(request)


@pytest.mark.statement("devops", 11)
def test_a_task_has_one_pull_request_however_many_open_it(place: ForgePlace) -> None:
    commit = place.branch("x", {"notes": "two\n"})
    place.forge.push("orders", place.source.path, commit, "deputy/K", "")

    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: place.forge.open("orders", "K", "deputy/K", "main", "T", "B"), range(8)))

    assert {one.number for one in opened} == {1}
    assert len(place.forge.pull_requests("orders")) == 1


@pytest.mark.statement("devops", 8)
def test_nobody_reviews_what_they_opened(place: ForgePlace) -> None:
    request = place.request("x", {"notes": "two\n"}, by="ana")

    with pytest.raises(Refused, match="cannot review it"):
        place.forge.acting("ana").review(request, "approved")

    assert place.forge.reviews(request) == []


@pytest.mark.statement("devops", 7)
def test_a_conflict_names_its_files_and_is_neither_checked_nor_merged(place: ForgePlace) -> None:
    mine, theirs = place.request("x", {"notes": "two\n"}), place.request("y", {"notes": "three\n"})
    place.forge.merge(mine)
    now = place.forge.pull_request("orders", theirs.number)

    assert list(place.forge.conflicts(now)) == ["notes"]
    with pytest.raises(Refused, match="conflicts in notes"):
        place.forge.merge(now)
    with pytest.raises(Refused, match="notes"):
        place.forge.run_checks("orders", now.head, now.base)


@pytest.mark.statement("devops", 4)
def test_checks_are_what_main_says_and_not_what_the_change_says(place: ForgePlace) -> None:
    lax = {".forge/house.yaml": "checks: {tests: {run: ['true']}}\n", "state": "bad\n"}
    request = place.request("x", lax)

    [check] = place.forge.run_checks("orders", request.head, request.base)

    assert (check.name, check.conclusion, check.head, check.base) == ("tests", "failure", request.head, request.base)


def test_a_change_cannot_hide_files_from_its_checks(place: ForgePlace) -> None:
    request = place.request("x", {".gitattributes": "state export-ignore\n", "state": "bad\n"})

    [check] = place.forge.run_checks("orders", request.head, request.base)

    assert check.conclusion == "failure"


@pytest.mark.statement("devops", 12)
def test_a_check_runs_once_for_a_commit_and_again_when_the_base_has_moved(place: ForgePlace) -> None:
    request, other = place.request("x", {"notes": "two\n"}), place.request("y", {"state": "bad\n"})
    first = place.forge.run_checks("orders", request.head, request.base)
    place.forge.merge(other)
    now = place.forge.pull_request("orders", request.number)

    assert place.forge.run_checks("orders", request.head, request.base) == first
    [again] = place.forge.run_checks("orders", now.head, now.base)

    assert [one.conclusion for one in first] == ["success"]
    assert (again.conclusion, again.base) == ("failure", now.base)


@pytest.mark.statement("devops", 5)
def test_what_failed_is_run_again_once(place: ForgePlace) -> None:
    request = place.request("x", {"test.sh": 'test "$RUN_ATTEMPT" = 2\n'})
    [first] = place.forge.run_checks("orders", request.head, request.base)
    [second] = place.forge.rerun_failed("orders", request.head, request.base)

    assert (first.conclusion, second.conclusion, second.attempt) == ("failure", "success", 2)
    with pytest.raises(Refused, match="no check has failed"):
        place.forge.rerun_failed("orders", request.head, request.base)


@pytest.mark.statement("devops", 5)
def test_what_fails_twice_is_red(place: ForgePlace) -> None:
    request = place.request("x", {"state": "bad\n"})
    place.forge.run_checks("orders", request.head, request.base)
    place.forge.rerun_failed("orders", request.head, request.base)

    with pytest.raises(Refused, match="failed twice"):
        place.forge.rerun_failed("orders", request.head, request.base)


def test_without_a_sandbox_checks_do_not_run_unless_the_settings_say_so(
    place: ForgePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "bwrap" else found(name))
    request = place.request("x", {"notes": "two\n"})
    lenient = LocalForge(place.forge.folder, Desk(place.engine, CLOCK), CLOCK, limits_allowed=True)

    with pytest.raises(CannotWork, match="no sandbox"):
        place.forge.run_checks("orders", request.head, request.base)
    assert place.forge.checks("orders", request.head, request.base) == []

    [check] = lenient.run_checks("orders", request.head, request.base)
    assert check.tier == "limits"


@pytest.mark.statement("devops", 7)
def test_our_own_branch_is_brought_up_to_date_and_nobody_elses(place: ForgePlace) -> None:
    commit = place.branch("mine", {"notes": "two\n"})
    place.forge.push("orders", place.source.path, commit, "deputy/K", "")
    theirs = place.request("y", {"more": "three\n"})
    place.forge.merge(theirs)
    own = place.forge.open("orders", "K", "deputy/K", "main", "T", "B")
    other = place.request("z", {"other": "four\n"}, start="main")

    head = place.forge.refresh(own)

    assert place.forge.tip("orders", "deputy/K") == head
    assert Git(place.forge.git("orders").path).contains(head, own.base)
    with pytest.raises(Refused, match="not a branch of ours"):
        place.forge.refresh(other)


@pytest.mark.statement("devops", 12)
def test_a_revert_takes_back_what_was_merged_and_is_prepared_once(place: ForgePlace) -> None:
    request = place.request("x", {"state": "bad\n"})
    place.forge.merge(request)
    merged = place.forge.pull_request("orders", request.number)

    revert = place.forge.revert(merged)
    again = place.forge.revert(merged)

    git = place.forge.git("orders")
    assert (again.number, revert.state, revert.branch) == (revert.number, "open", "deputy/revert-1")
    assert git.file(revert.head, "state") == "good\n"
    assert not (git.path / "worktrees").exists()  # a killed process leaves none
    assert git.file("main", "state") == "bad\n"


def test_what_has_not_been_merged_cannot_be_taken_back(place: ForgePlace) -> None:
    with pytest.raises(Refused, match="has not been merged"):
        place.forge.revert(place.request("x", {"state": "bad\n"}))


@pytest.mark.statement("devops", 6)
def test_our_comment_is_one_and_is_changed_in_place(place: ForgePlace) -> None:
    request = place.request("x", {"notes": "two\n"})
    place.forge.acting("ana").comment(request, "Please look.")

    said = [place.forge.comment(request, text) for text in ("red", "red", "green")]

    assert said == [True, False, True]
    assert [(one.by, one.text) for one in place.forge.comments(request)] == [
        ("ana", "Please look."),
        ("deputy", "green"),
    ]


def test_an_issue_is_made_once_for_a_title(place: ForgePlace) -> None:
    made = {place.forge.issue("orders", "Flaky check: tests", text, "flaky") for text in ("one", "two")}

    assert len(made) == 1
    assert place.forge.desk.issues("orders") == ["Flaky check: tests"]


def test_a_pipeline_runs_once_for_a_commit_and_key(place: ForgePlace) -> None:
    runs = [place.forge.start("orders", "nightly", "main", key) for key in ("", "", "2027-03-15")]

    assert [one.new for one in runs] == [True, False, True]
    assert {one.conclusion for one in runs} == {"success"}
    assert {one.tier for one in runs} == {"bubblewrap"}
