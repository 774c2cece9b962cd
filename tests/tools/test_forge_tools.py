"""The forge's tools: each effect can be looked for and taken back, and each refuses what is not its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from guard.doubt import look
from guard.preview import previewed
from runtime.errors import CannotWork, TryAgain
from runtime.settings import House, Settings
from tests.scenarios.trades import dying
from tests.tools.forge_place import CLOCK, ForgePlace, forge_place
from tools.backends.forge import FORGE
from tools.backends.forge_desk import Desk
from tools.changes import list_changes, push_change, read_change
from tools.checks import rerun_failed, run_checks
from tools.directory import Directory
from tools.merging import merge_protected_change, merge_pull_request, prepare_revert, refresh_branch
from tools.pipelines import list_pipelines, trigger_pipeline
from tools.pull_requests import close_pull_request, comment, label, list_pull_requests, open_pull_request, remove_label
from tools.service import Site
from tools.tool import declared
from tools.world import World

TOOLS = {one.name: one for one in declared()}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[ForgePlace]:
    made = forge_place(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def world(place: ForgePlace, tmp_path: Path) -> World:
    """A world whose checkout holds two changes: K-1 is good, K-2 is red."""
    place.branch("good", {"notes": "two\n"})
    place.branch("red", {"state": "bad\n"})
    changes = tmp_path / "changes.yaml"
    rows = "".join(
        f"  - {{change: {key}, branch: {name}, title: {name}}}\n" for key, name in (("K-1", "good"), ("K-2", "red"))
    )
    changes.write_text(f"repository: orders\nchanges:\n{rows}")
    inputs = {"changes": changes, "repository": place.source.path}
    settings = Settings(house=House(name="H", mail="h@house.example"))
    site = Site(tmp_path / "world", CLOCK, inputs, settings, {}, Directory(), ExitStack())
    nothing = cast(Any, None)
    made = World(
        "w", CLOCK, inputs, tmp_path / "world", Directory(), nothing, nothing, nothing, "H", "h@x.example", site
    )
    made.services[FORGE.name] = place.forge
    return made


def approved(place: ForgePlace, name: str, files: dict[str, str], by: str = "ana") -> str:
    """The id of a pull request that ben has approved."""
    request = place.request(name, files, by=by)
    place.forge.acting("ben").review(request, "approved")
    return request.id


def head(place: ForgePlace, name: str) -> str:
    return place.forge.tip("orders", name)


def test_every_effect_on_the_forge_can_be_looked_for_or_repeated_and_says_how_it_is_taken_back() -> None:
    mine = ("tools.changes", "tools.checks", "tools.merging", "tools.pipelines", "tools.pull_requests")
    effects = [one for one in TOOLS.values() if one.run.__module__ in mine and one.effect != "read"]

    assert len(effects) == 13
    assert [one.name for one in effects if one.undo is None or not (one.probe or one.keyed)] == []


def test_a_change_is_pushed_checked_and_proposed_once(place: ForgePlace, world: World) -> None:
    with pytest.raises(TryAgain, match="has not been pushed"):
        open_pull_request("K-1", world=world)
    push_change("K-1", world=world)
    with pytest.raises(TryAgain, match="has not been checked"):
        open_pull_request("K-1", world=world)
    run_checks("K-1", world=world)

    first, again = open_pull_request("K-1", "A note.", world=world), open_pull_request("K-1", world=world)

    assert (first["pull_request"], first["already"], again["already"]) == ("orders#1", False, True)
    request = place.forge.pull_request("orders", 1)
    assert request.body.startswith("> A note.\n\nFor K-1: 1 file, 2 lines.")
    assert f"Checked at {request.head} on top of {request.base}" in request.body
    assert next((one["change"], one.get("pull_request")) for one in list_changes(world=world)) == ("K-1", "orders#1")


def test_a_red_change_is_not_proposed(place: ForgePlace, world: World) -> None:
    push_change("K-2", world=world)
    run_checks("K-2", world=world)
    rerun_failed("K-2", world=world)

    with pytest.raises(CannotWork, match="'K-2' is red: tests"):
        open_pull_request("K-2", world=world)
    assert place.forge.pull_requests("orders") == []


def test_checks_that_were_cut_off_between_two_of_them_are_gone_on_with(place: ForgePlace, world: World) -> None:
    """What was said before the process died stands; nobody takes it for all that there is to say."""
    checks = "tests: {run: [sh, test.sh]}, more: {run: [sh, test.sh]}"
    main = place.branch("main", {".forge/house.yaml": f"approvals: 1\nchecks: {{{checks}}}\n"})
    git = place.forge.git("orders")
    place.source.run("push", "--quiet", str(git.path), f"{main}:refs/seed/next")
    git.move("refs/heads/main", main, git.commit("refs/heads/main"))
    push_change("K-2", world=world)

    for tool, call in ((TOOLS["run_checks"], run_checks), (TOOLS["rerun_failed"], rerun_failed)):
        with dying(Desk, "add_verdict", after=True):
            call("K-2", world=world)
        assert look(tool, {"of": "K-2"}, world).standing == "absent"
        call("K-2", world=world)

    said = place.forge.desk.checks("orders", head(place, "deputy/K-2"))
    assert [(one.name, one.conclusion, one.attempt) for one in said] == [
        ("more", "failure", 2),
        ("tests", "failure", 2),
    ]
    assert look(TOOLS["rerun_failed"], {"of": "K-2"}, world).standing == "found"


@pytest.mark.statement("devops", 9)
def test_a_change_with_a_key_is_not_pushed(place: ForgePlace, world: World) -> None:
    place.branch("good", {"key": "AKIA" + "IOSFODNN7EXAMPLE\n"})

    assert read_change("K-1", world=world)["in_the_way"] == ["what looks like a key or a password is added to key"]
    with pytest.raises(CannotWork, match="is not pushed"):
        push_change("K-1", world=world)
    assert head(place, "deputy/K-1") == ""


def test_a_change_that_was_amended_is_pushed_again_to_its_own_branch(place: ForgePlace, world: World) -> None:
    push_change("K-1", world=world)
    amended = place.branch("good", {"notes": "three\n"})

    assert push_change("K-1", world=world) == {
        "change": "K-1",
        "branch": "deputy/K-1",
        "head": amended,
        "already": False,
    }
    assert push_change("K-1", world=world)["already"]


def test_a_merge_is_for_the_commit_that_was_named(place: ForgePlace, world: World) -> None:
    name = approved(place, "x", {"notes": "two\n"})
    with pytest.raises(CannotWork, match="'tests' has not run"):
        merge_pull_request(name, head(place, "x"), world=world)
    run_checks(name, world=world)

    with pytest.raises(TryAgain, match="now, not at"):
        merge_pull_request(name, "f" * 40, world=world)
    first = merge_pull_request(name, head(place, "x"), world=world)
    again = merge_pull_request(name, head(place, "x"), world=world)

    assert (first["already"], again["already"], first["merged"]) == (False, True, again["merged"])
    assert TOOLS["merge_pull_request"].probe is not None
    assert TOOLS["merge_pull_request"].probe(name, head(place, "x"), world=world)["merged"] == first["merged"]


@pytest.mark.statement("devops", 4)
def test_what_is_red_is_not_merged_though_the_forge_itself_would_let_us(place: ForgePlace, world: World) -> None:
    name, before = approved(place, "x", {"state": "bad\n"}), place.forge.tip("orders", "main")
    run_checks(name, world=world)
    rerun_failed(name, world=world)

    for merge in (merge_pull_request, merge_protected_change):
        with pytest.raises(CannotWork, match=r"red|tests|protected"):
            merge(name, head(place, "x"), world=world)
    assert place.forge.tip("orders", "main") == before
    [request] = place.forge.pull_requests("orders")
    assert place.forge.merge(request) == place.forge.tip("orders", "main") != before


@pytest.mark.statement("devops", 12)
def test_after_the_base_has_moved_a_merge_asks_for_the_checks_again(place: ForgePlace, world: World) -> None:
    first, second = approved(place, "x", {"notes": "two\n"}), approved(place, "y", {"more": "x\n"})
    for name in (first, second):
        run_checks(name, world=world)
    merge_pull_request(first, head(place, "x"), world=world)

    with pytest.raises(TryAgain, match="it has to run again"):
        merge_pull_request(second, head(place, "y"), world=world)
    run_checks(second, world=world)
    assert not merge_pull_request(second, head(place, "y"), world=world)["already"]


def test_what_is_protected_has_a_tool_of_its_own_that_merges_nothing_else(place: ForgePlace, world: World) -> None:
    guarded = approved(place, "x", {".github/workflows/ci.yml": "on: push\n"})
    plain = approved(place, "y", {"notes": "two\n"})
    for name in (guarded, plain):
        run_checks(name, world=world)

    with pytest.raises(CannotWork, match=r"a person decides on \.github/workflows/ci\.yml"):
        merge_pull_request(guarded, head(place, "x"), world=world)
    with pytest.raises(CannotWork, match="touches nothing protected"):
        merge_protected_change(plain, head(place, "y"), world=world)
    assert not merge_protected_change(guarded, head(place, "x"), world=world)["already"]


def test_a_merge_is_taken_back_by_a_pull_request(place: ForgePlace, world: World) -> None:
    name = approved(place, "x", {"notes": "two\n"})
    run_checks(name, world=world)
    merged = merge_pull_request(name, head(place, "x"), world=world)
    undo = TOOLS["merge_pull_request"].undo
    assert undo is not None
    reverse = undo({}, merged)

    assert reverse is not None
    assert (reverse.tool, reverse.args) == ("prepare_revert", {"pull_request": name})
    first, again = prepare_revert(name, world=world), prepare_revert(name, world=world)
    assert (first["pull_request"], first["already"], again["already"]) == ("orders#2", False, True)


def test_only_our_own_pull_requests_are_closed_or_brought_up_to_date(place: ForgePlace, world: World) -> None:
    theirs = place.request("x", {"notes": "two\n"})

    with pytest.raises(CannotWork, match="is ana's"):
        close_pull_request(theirs.id, world=world)
    with pytest.raises(CannotWork, match="is ana's"):
        refresh_branch(theirs.id, theirs.head, world=world)

    push_change("K-1", world=world)
    run_checks("K-1", world=world)
    own = open_pull_request("K-1", world=world)["pull_request"]
    assert close_pull_request(own, world=world)["state"] == "closed"
    assert close_pull_request(own, world=world)["already"]


def test_a_comment_shows_what_was_printed_in_a_fence_that_it_cannot_close(place: ForgePlace, world: World) -> None:
    request = place.request("x", {"test.sh": "printf '~~~~~~~~~~~~~~~~\\n@ana merge this\\n'; exit 1\n"})
    run_checks(request.id, world=world)

    first, again = comment(request.id, "Look.", world=world), comment(request.id, "Look.", world=world)

    [said] = place.forge.comments(request)
    assert (first["changed"], again["changed"]) == (True, False)
    assert said.text.startswith("> Look.\n\n")
    assert said.text.endswith("~~~~~~~~~~~~\n@ana merge this\n~~~~~~~~~~~~")


def test_a_label_is_put_on_and_taken_off_once(place: ForgePlace, world: World) -> None:
    request = place.request("x", {"notes": "two\n"})

    changed = [one(request.id, "blocked", world=world)["changed"] for one in (label, label, remove_label, remove_label)]

    assert changed == [True, False, True, False]


@pytest.mark.parametrize("name", ["orders#9", "elsewhere#1", "1", "orders#x", "-o#1", "../x#1"])
def test_a_pull_request_that_is_not_there_is_said_to_be_none(world: World, name: str) -> None:
    with pytest.raises(TryAgain, match="there is no pull request"):
        comment(name, world=world)


def test_pipelines_are_listed_and_others_are_refused(world: World) -> None:
    assert list_pipelines(world=world) == [
        {"repository": "orders", "pipeline": "nightly", "ref": "main", "about": "sh test.sh"}
    ]
    for wrong in (("elsewhere", "nightly", "main"), ("orders", "weekly", "main"), ("orders", "nightly", "--all")):
        with pytest.raises(TryAgain):
            trigger_pipeline(*wrong, world=world)
    assert trigger_pipeline("orders", "nightly", "main", world=world)["conclusion"] == "success"


def test_pull_requests_are_listed_with_what_is_in_the_way_and_without_a_word_of_anybodys(
    place: ForgePlace, world: World
) -> None:
    request = place.request("x", {"notes": "two\n"})

    assert list_pull_requests(world=world) == [
        {"pull_request": "orders#1", "head": request.head, "author": "ana", "in_the_way": ["check", "review"]}
    ]


def test_whoever_is_asked_sees_what_would_be_proposed_said_and_started(place: ForgePlace, world: World) -> None:
    request = place.request("theirs", {"state": "bad\n"})
    push_change("K-1", world=world)
    run_checks("K-1", world=world)

    opened = previewed(TOOLS["open_pull_request"], {"change": "K-1", "note": "Please look."}, world)
    said = previewed(TOOLS["comment"], {"pull_request": request.id}, world)
    started = previewed(
        TOOLS["trigger_pipeline"], {"repository": "orders", "pipeline": "nightly", "ref": "main"}, world
    )

    assert opened.startswith("good, into main\n\n> Please look.")
    assert "- tests: success" in opened
    assert said.startswith(f"On {request.id}, Title of theirs:\n\nAt {request.head[:12]}")
    assert place.forge.tip("orders", "main") in started
    assert [one.id for one in place.forge.pull_requests("orders")] == [request.id]
    assert place.forge.comments(request) == []
