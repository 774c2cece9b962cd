"""What keeps a change from being merged, whatever a forge would allow: each reason by itself, and none too many."""

from dataclasses import replace

import pytest

from tools.backends.forge import Check, Diff, FileChange, Protection, PullRequest, Review
from tools.backends.forge_rules import Facts, flaky, in_diff, obstacles, owners_of

HEAD, BASE = "a" * 40, "b" * 40
GREEN = (Check("tests", "success", HEAD, BASE),)
REQUEST = PullRequest("orders", 1, "x", "T", "", "ana", "x", HEAD, "main", BASE, "open")
READY = Facts(
    request=REQUEST,
    diff=Diff((FileChange("orders/money.py", 3, 1),), "+++ b/orders/money.py\n+x = 1\n"),
    conflicts=(),
    checks=GREEN,
    reviews=(Review("ben", "approved", HEAD),),
    protection=Protection(("tests",)),
    code_owners="",
    me="deputy",
)


def kinds(facts: Facts) -> list[str]:
    return [one.kind for one in obstacles(facts)]


def test_nothing_is_in_the_way_of_what_is_green_and_approved() -> None:
    assert obstacles(READY) == ()


@pytest.mark.parametrize(
    "checks",
    [
        (),
        (Check("lint", "success", HEAD, BASE),),
        (Check("tests", "failure", HEAD, BASE),),
        (Check("tests", "pending", HEAD, BASE),),
        (Check("tests", "success", "c" * 40, BASE),),
        (Check("tests", "success", HEAD, "c" * 40),),
    ],
    ids=["missing", "another one", "red", "under way", "another commit", "another base"],
)
@pytest.mark.statement("devops", 2)
def test_a_required_check_must_have_passed_on_exactly_this_commit_and_base(checks: tuple[Check, ...]) -> None:
    assert kinds(replace(READY, checks=checks)) == ["check"]


@pytest.mark.parametrize("conclusion", ["neutral", "skipped"])
@pytest.mark.statement("devops", 2)
def test_a_check_that_abstains_does_not_hold_up(conclusion: str) -> None:
    checks = (replace(GREEN[0], conclusion=conclusion),)  # type: ignore[arg-type]  # both are conclusions

    assert kinds(replace(READY, checks=checks)) == []


def test_an_older_base_is_enough_only_where_the_branch_says_so() -> None:
    older = replace(READY, checks=(Check("tests", "success", HEAD, "c" * 40),))

    assert kinds(replace(older, protection=Protection(("tests",), up_to_date=False))) == []


def test_where_no_check_is_required_none_vouches_for_the_change() -> None:
    assert kinds(replace(READY, protection=Protection(()))) == ["check"]


@pytest.mark.parametrize(
    "reviews",
    [
        (),
        (Review("ana", "approved", HEAD),),
        (Review("deputy", "approved", HEAD),),
        (Review("ben", "approved", "c" * 40),),
        (Review("ben", "commented", HEAD),),
    ],
    ids=["nobody", "the author", "we", "an older commit", "only a comment"],
)
@pytest.mark.statement("devops", 8)
def test_an_approval_is_another_persons_and_of_exactly_this_commit(reviews: tuple[Review, ...]) -> None:
    assert kinds(replace(READY, reviews=reviews)) == ["review"]


def test_whoever_asks_for_changes_holds_up_until_they_approve() -> None:
    wanted = (Review("ben", "approved", HEAD), Review("eve", "changes_requested", HEAD))

    assert kinds(replace(READY, reviews=wanted)) == ["review"]
    assert kinds(replace(READY, reviews=(*wanted, Review("eve", "approved", HEAD)))) == []


@pytest.mark.statement("devops", 8)
def test_owners_approve_what_is_theirs() -> None:
    owned = replace(READY, code_owners="/orders/  @eve @zoe\n")

    assert kinds(owned) == ["owner"]
    assert kinds(replace(owned, reviews=(*READY.reviews, Review("Eve", "approved", HEAD)))) == []


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("orders/payments.py", ("ben",)),
        ("docs/deep/page.md", ("docs/team",)),
        ("orders/generated/x.py", ()),
        ("a/b/readme.md", ("writer@house.example",)),
        ("setup.py", ("all",)),
    ],
)
@pytest.mark.statement("devops", 8)
def test_the_last_line_of_codeowners_that_fits_counts(path: str, names: tuple[str, ...]) -> None:
    text = (
        "*  @All\n*.md writer@house.example\ndocs/ @docs/team\n/orders/payments.py @ben # money\n/orders/generated/\n"
    )

    assert owners_of(path, text) == names


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".forge/house.yaml",
        ".GitHub/x",
        "docs/CODEOWNERS",
        "CODEOWNERS",
        "deploy/prod.env",
        ".env",
        "keys/server.pem",
        "config/policies.yaml",
        "Jenkinsfile",
        ".gitattributes",
    ],
)
@pytest.mark.statement("devops", 8)
def test_what_changes_the_rules_is_always_for_a_person(path: str) -> None:
    assert [one.kind for one in in_diff(Diff((FileChange(path, 1, 0),), ""))] == ["protected"]


def test_links_and_other_repositories_are_for_a_person_too() -> None:
    assert [one.kind for one in in_diff(Diff((FileChange("x", 1, 0, special=True),), ""))] == ["protected"]


@pytest.mark.parametrize(
    "diff",
    [
        Diff(tuple(FileChange(f"f{number}", 1, 0) for number in range(41)), ""),
        Diff((FileChange("f", 700, 101),), ""),
        Diff((FileChange("f", 1, 0),), "", whole=False),
    ],
    ids=["files", "lines", "not all of it"],
)
@pytest.mark.statement("devops", 9)
def test_what_nobody_would_read_with_care_is_too_large(diff: Diff) -> None:
    assert [one.kind for one in in_diff(diff)] == ["size"]


@pytest.mark.statement("devops", 9)
def test_what_looks_like_a_key_is_found_where_it_is_added_and_in_messages() -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    added = Diff((FileChange("f", 1, 0),), f"+++ b/orders/carrier.py\n+KEY = '{key}'\n")
    told = Diff((FileChange("f", 1, 0),), "", messages=(f"Use {key}",))
    removed = Diff((FileChange("f", 0, 1),), f"+++ b/f\n-KEY = '{key}'\n")

    assert [one.text for one in in_diff(added)] == ["what looks like a key or a password is added to orders/carrier.py"]
    assert [one.kind for one in in_diff(told)] == ["secret"]
    assert in_diff(removed) == ()


@pytest.mark.parametrize(
    ("request_now", "kind"),
    [(replace(REQUEST, state="merged"), "state"), (replace(REQUEST, draft=True), "state")],
    ids=["merged", "draft"],
)
def test_what_is_not_open_or_a_draft_is_not_merged(request_now: PullRequest, kind: str) -> None:
    assert kinds(replace(READY, request=request_now)) == [kind]


def test_a_conflict_names_its_files() -> None:
    [found] = obstacles(replace(READY, conflicts=("a.py", "b.py")))

    assert (found.kind, found.text) == ("conflict", "conflicts in a.py, b.py")


def test_what_passed_only_the_second_time_is_flaky() -> None:
    assert flaky([Check("tests", "success", HEAD, BASE, 2), Check("lint", "failure", HEAD, BASE, 2)]) == ["tests"]
