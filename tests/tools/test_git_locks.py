"""What a kill within git leaves behind: removed where the repository is Deputy's alone and nobody is at work in it,
told where it is a person's."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from runtime.errors import TryLater
from tests.tools.forge_place import CLOCK, ForgePlace, forge_place
from tools.backends import git_locks
from tools.backends.forge_local import LocalForge
from tools.backends.git import Git, GitError
from tools.backends.github_http import not_pushed

BARE = ("HEAD", "config", "packed-refs", "refs/heads/main", "refs/heads/deputy/K", "objects/info/commit-graph")
WORKED_IN = ("index", "HEAD", "config", "packed-refs", "shallow", "refs/heads/main", "refs/heads/mine")

ACT = """
import sys
from pathlib import Path
from runtime.database import open_database
from tests.tools.test_git_locks import ACTS, forge_in
folder, act = Path(sys.argv[1]), sys.argv[2]
ACTS[act](forge_in(folder, open_database(f"sqlite:///{folder}/forge.sqlite")), folder / "checkout")
"""
DYING = """#!/bin/sh
[ "$1" = prepared ] && [ -e "$DYING" ] && kill -9 0
exit 0
"""
WITH_HOOKS = """#!/bin/sh
count=$#
while [ $count -gt 0 ]; do
    one=$1; shift; count=$((count - 1))
    case "$one" in core.hooksPath=*) one="core.hooksPath=$(dirname "$0")/../hooks";; esac
    set -- "$@" "$one"
done
DYING="$(dirname "$0")" exec GIT "$@"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForgePlace]:
    monkeypatch.setattr(git_locks, "_QUIET", 0.05)
    made = forge_place(tmp_path)
    yield made
    made.engine.dispose()


def forge_in(folder: Path, engine: object) -> LocalForge:
    """The same forge, as another process opens it."""
    from tools.backends.forge_desk import Desk

    return LocalForge(folder / "forge", Desk(engine, CLOCK), CLOCK)  # type: ignore[arg-type]  # a script's argument


def _push(forge: LocalForge, source: Path) -> None:
    forge.push("orders", source, Git(source).commit("mine"), "deputy/K", forge.tip("orders", "deputy/K"))


def _merge(forge: LocalForge, _source: Path) -> None:
    forge.merge(forge.pull_request("orders", 1))


def _refresh(forge: LocalForge, _source: Path) -> None:
    forge.refresh(forge.pull_request("orders", 2))


def _revert(forge: LocalForge, _source: Path) -> None:
    forge.revert(forge.pull_request("orders", 3))


ACTS: Mapping[str, Callable[[LocalForge, Path], None]] = {
    "push": _push,
    "merge": _merge,
    "refresh": _refresh,
    "revert": _revert,
}


def _ready(place: ForgePlace) -> LocalForge:
    """Requests 1, which may be merged, 2, of ours and behind main, and 3, which is merged; a branch to be pushed."""
    place.request("one", {"one": "1\n"})
    place.branch("two", {"two": "2\n"})
    place.source.push(place.forge.git("orders"), "refs/heads/two:refs/heads/deputy/two")
    place.forge.open("orders", "two", "deputy/two", "main", "T", "B")
    place.forge.merge(place.request("three", {"notes": "two\n"}))
    place.branch("mine", {"mine": "4\n"})
    return place.forge


def _dying_git(folder: Path) -> dict[str, str]:
    """An environment in which git kills all that started it as soon as it holds a lock."""
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    for name, text in {"bin/git": WITH_HOOKS.replace("GIT", real), "hooks/reference-transaction": DYING}.items():
        file = folder / name
        file.parent.mkdir()
        file.write_text(text)
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    hook = folder / "forge" / "orders.git" / "hooks" / "reference-transaction"
    hook.write_text(DYING)
    hook.chmod(0o755)
    return {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("act", ACTS)
def test_what_was_killed_while_git_held_a_lock_is_done_by_the_next_process(
    place: ForgePlace, tmp_path: Path, act: str
) -> None:
    forge, bare = _ready(place), place.forge.git("orders").path
    before = Git(bare).run("show-ref")

    killed = subprocess.run(
        [sys.executable, "-c", ACT, str(tmp_path), act],
        env=_dying_git(tmp_path),
        start_new_session=True,
        timeout=60,
    )
    left = git_locks.left_in(bare)
    assert (killed.returncode, Git(bare).run("show-ref")) == (-signal.SIGKILL, before)
    assert left
    ACTS[act](forge, place.source.path)

    assert Git(bare).run("show-ref") != before
    assert git_locks.left_in(bare) == []


def _plant(repository: Path, names: tuple[str, ...], age: float = 60) -> list[Path]:
    files = [repository / f"{name}.lock" for name in names]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        os.utime(file, (time.time() - age,) * 2)
    return sorted(files)


@pytest.mark.parametrize("name", BARE)
def test_a_lock_file_anywhere_in_a_repository_of_ours_holds_nobody_up(place: ForgePlace, name: str) -> None:
    forge, bare = _ready(place), place.forge.git("orders").path
    _plant(bare, (name,))

    for act in ACTS.values():
        act(forge, place.source.path)

    assert forge.pull_request("orders", 1).state == "merged"
    assert forge.tip("orders", "deputy/K") == place.source.commit("mine")


def _tip_after_push(place: ForgePlace) -> str:
    _push(place.forge, place.source.path)
    return place.forge.tip("orders", "deputy/K")


def test_a_lock_file_stays_while_a_process_that_our_git_has_started_is_alive(place: ForgePlace) -> None:
    forge, bare = _ready(place), place.forge.git("orders").path
    [lock] = _plant(bare, ("refs/heads/deputy/K",))
    with git_locks.at_work(bare) as held:
        child = subprocess.Popen(["sleep", "60"], pass_fds=(held,))  # as git's own would
    try:
        with pytest.raises(TryLater, match="another process is at work in"):
            _push(forge, place.source.path)
        assert lock.exists()
    finally:
        child.kill()
        child.wait()

    assert _tip_after_push(place) == place.source.commit("mine")


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="only Linux tells where a process runs")
def test_a_lock_file_stays_while_a_persons_git_runs_in_the_repository(place: ForgePlace) -> None:
    forge, bare = _ready(place), place.forge.git("orders").path
    [lock] = _plant(bare, ("refs/heads/deputy/K",))
    theirs = subprocess.Popen(["git", "cat-file", "--batch"], cwd=bare, stdin=subprocess.PIPE)
    try:
        with pytest.raises(TryLater, match=r"held up by .*deputy/K\.lock"):
            _push(forge, place.source.path)
        assert lock.exists()
    finally:
        theirs.communicate()

    assert _tip_after_push(place) == place.source.commit("mine")


def test_a_lock_file_that_was_just_made_is_given_time_to_go(place: ForgePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_locks, "_QUIET", 0.5)
    _ready(place)
    [lock] = _plant(place.forge.git("orders").path, ("refs/heads/deputy/K",), age=0)
    made = lock.stat().st_mtime

    assert _tip_after_push(place) == place.source.commit("mine")
    assert time.time() - made >= 0.5


def test_two_that_meet_the_same_lock_file_both_get_on(place: ForgePlace) -> None:
    forge, commit = _ready(place), place.source.commit("mine")
    _plant(place.forge.git("orders").path, ("refs/heads/deputy/A", "refs/heads/deputy/B"))
    threads = [
        threading.Thread(target=forge.push, args=("orders", place.source.path, commit, f"deputy/{name}", ""))
        for name in "AB"
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert [forge.tip("orders", f"deputy/{name}") for name in "AB"] == [commit, commit]


def test_lock_files_in_a_persons_checkout_hold_nothing_up_and_stay(place: ForgePlace) -> None:
    _ready(place)
    place.source.run("remote", "add", "origin", str(place.forge.git("orders").path.resolve()))
    place.source.run("update-ref", "refs/remotes/origin/deputy/K", "main")
    names = (*WORKED_IN, "refs/remotes/origin/deputy/K")
    planted = _plant(place.source.path / ".git", names)

    assert place.source.diff("main", "mine").files
    assert _tip_after_push(place) == place.source.commit("mine")
    assert git_locks.left_in(place.source.path / ".git") == planted


def test_what_a_lock_file_in_a_persons_repository_holds_up_says_which_since_when_and_how_to_remove_it(
    place: ForgePlace,
) -> None:
    _ready(place)
    [lock] = _plant(place.source.path / ".git", ("refs/heads/new",))

    with pytest.raises(TryLater) as caught:
        place.source.move("refs/heads/new", place.source.commit("mine"), "")

    since = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(lock.stat().st_mtime))
    assert f"held up by '{lock}', which is there since {since}" in str(caught.value)
    assert f"if no git command runs there, a person removes it: rm '{lock}'" in str(caught.value)
    assert lock.exists()


def test_a_repository_is_protected_before_it_has_its_name(place: ForgePlace, tmp_path: Path) -> None:
    draft = tmp_path / "forge" / "other.draft"
    Git(tmp_path).run("init", "--quiet", "--bare", str(draft))  # by a process that was killed before it wrote the hook

    git = place.forge.create("other")

    with pytest.raises(GitError, match="main is protected"):
        place.source.push(git, "refs/heads/main:refs/heads/main")
    assert not draft.exists()


def test_a_branch_that_is_locked_on_github_is_free_in_a_moment() -> None:
    said = (
        "remote: error: cannot lock ref 'refs/heads/deputy/K': Unable to create './x.lock': File exists.\n ! [rejected]"
    )

    assert isinstance(not_pushed("https://github.example", said), TryLater)
