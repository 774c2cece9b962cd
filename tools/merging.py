"""Merging, and taking it back. Everything is looked at again just before, and for exactly one commit.

merge_pull_request        green, approved, and nothing in it that is always for a person
merge_protected_change    the same, for changes to how changes are checked: the policy asks a person each time
"""

from typing import Any

from runtime.errors import CannotWork, TryAgain
from tools.backends.forge import FORGE, Moved, PullRequest, Refused
from tools.backends.forge_rules import AGAIN, Facts, flaky, is_own, obstacles
from tools.standing import facts_of, request_named, row, worded
from tools.tool import Reverse, tool
from tools.world import World

_LOOK_AGAIN = "read the pull request again, run its checks, then decide"


def _merged(pull_request: str, head: str, *, world: World) -> dict[str, Any] | None:
    request = request_named(pull_request, world)
    if request.state != "merged":
        return None
    return {"pull_request": request.id, "head": request.head, "merged": request.merged, "already": True}


def _revert(_args: object, result: Any) -> Reverse | None:
    return None if result["already"] else Reverse("prepare_revert", {"pull_request": result["pull_request"]})


def _would_merge(pull_request: str, head: str, *, world: World) -> str:
    """Which change it is, and all that it changes."""
    request = request_named(pull_request, world)
    diff = world.service(FORGE).diff(request.repository, request.base, head)
    files = "\n".join(f"{one.path} (+{one.added} -{one.removed})" for one in diff.files)
    rest = "" if diff.whole else "\n(the forge shows only a part of it)"
    return f"{request.title}, by {request.author}, into {request.base_branch}\n{files}\n\n{diff.text}{rest}"


_MERGE: Any = {
    "effect": "write",
    "targets": ("pull_request", "head"),
    "identity": ("pull_request", "head"),
    "trusted": ("pull_request", "head"),
    "probe": _merged,
    "undo": _revert,
    "preview": _would_merge,
}


@tool(**_MERGE)
def merge_pull_request(pull_request: str, head: str, *, world: World) -> dict[str, Any]:
    """Merge a pull request at exactly the commit `head`, if each required check is green for it on top of its base as
    it is now, people approved it, owners among them, and it touches nothing that is always for a person."""
    return _merge(pull_request, head, world, protected=False)


@tool(**_MERGE)
def merge_protected_change(pull_request: str, head: str, *, world: World) -> dict[str, Any]:
    """Merge a pull request that changes workflows, policies, owners or keys, at exactly the commit `head`. A person is
    asked each time; all else must be as for any other pull request."""
    return _merge(pull_request, head, world, protected=True)


def _revived(pull_request: str, *, world: World) -> dict[str, Any] | None:
    request = request_named(pull_request, world)
    known = world.service(FORGE).find(request.repository, f"revert-{request.number}")
    return {"of": request.id, "pull_request": known.id, "head": known.head, "already": True} if known else None


def _closed(_args: object, result: Any) -> Reverse | None:
    return None if result["already"] else Reverse("close_pull_request", {"pull_request": result["pull_request"]})


@tool(
    effect="send",
    targets=("pull_request",),
    identity=("pull_request",),
    trusted=("pull_request", "head"),
    probe=_revived,
    undo=_closed,
)
def prepare_revert(pull_request: str, *, world: World) -> dict[str, Any]:
    """Open a pull request that takes a merged one back. Like any other it is checked, and a person approves it."""
    done = _revived(pull_request, world=world)
    if done is not None:
        return done
    request = request_named(pull_request, world)
    try:
        made = world.service(FORGE).revert(request)
    except Moved as error:
        raise TryAgain(f"{request.id}: {error}", remedy=_LOOK_AGAIN) from error
    except Refused as error:
        raise CannotWork(f"{request.id}: {error}", remedy="a person takes it back by hand") from error
    return {"of": request.id, "pull_request": made.id, "head": made.head, "already": False}


def _fresh(pull_request: str, head: str, *, world: World) -> dict[str, Any] | None:
    request = request_named(pull_request, world)
    done = request.head != head
    return {"pull_request": request.id, "head": request.head, "already": True} if done else None


def _stays(_args: object, _result: object) -> Reverse | None:
    """A branch of ours that holds more of its base changes nothing for anybody."""
    return None


@tool(
    effect="write",
    targets=("pull_request", "head"),
    identity=("pull_request", "head"),
    trusted=("pull_request", "head"),
    probe=_fresh,
    undo=_stays,
)
def refresh_branch(pull_request: str, head: str, *, world: World) -> dict[str, Any]:
    """Bring the base into the branch of a pull request that we opened, if nothing conflicts. Approvals of the old
    commit no longer count. Other people's branches are never touched."""
    request, forge = request_named(pull_request, world), world.service(FORGE)
    if not is_own(request, forge.me):
        raise CannotWork(f"{request.id} is {request.author}'s", remedy="its author brings it up to date")
    _check_head(request, head)
    try:
        return {"pull_request": request.id, "head": forge.refresh(request), "already": False}
    except Moved as error:
        raise TryAgain(str(error), remedy=_LOOK_AGAIN) from error
    except Refused as error:
        raise CannotWork(f"{request.id}: {error}", remedy="a person resolves it; nothing was changed") from error


def _merge(pull_request: str, head: str, world: World, *, protected: bool) -> dict[str, Any]:
    done = _merged(pull_request, head, world=world)
    if done is not None:
        return done
    request, forge = request_named(pull_request, world), world.service(FORGE)
    _check_head(request, head)
    facts = facts_of(request, world)
    _check_allowed(facts, protected=protected)
    unsteady = _told_of_flaky(facts, world)
    try:
        merged = forge.merge(request)
    except Moved as error:
        done = _merged(pull_request, head, world=world)  # somebody else's merge of the same commit is as good
        if done is not None:
            return done
        raise TryAgain(f"{request.id}: {error}", remedy=_LOOK_AGAIN) from error
    except Refused as error:
        raise CannotWork(f"the forge does not merge {request.id}: {error}", remedy="a person looks at it") from error
    said = {"checks": [row(one) for one in facts.checks], "flaky": unsteady}
    return {"pull_request": request.id, "head": head, "merged": merged, **said, "already": False}


def _check_head(request: PullRequest, head: str) -> None:
    if request.head != head:
        raise TryAgain(f"{request.id} is at {request.head[:12]} now, not at {head[:12]}", remedy=_LOOK_AGAIN)


def _check_allowed(facts: Facts, *, protected: bool) -> None:
    found = list(obstacles(facts))
    for_person = [one for one in found if one.kind == "protected"]
    others = [one for one in found if one.kind != "protected"]
    unknown = [one for one in others if one.kind == "check" and AGAIN in one.text]
    if others and len(unknown) == len(others):
        raise TryAgain(f"{facts.request.id} is not merged: {worded(others)}", remedy="run its checks, then try again")
    if others:
        raise CannotWork(f"{facts.request.id} is not merged: {worded(others)}", remedy="comment on it, and go on")
    if for_person and not protected:
        remedy = "leave it; a person merges it, or is asked with merge_protected_change"
        raise CannotWork(f"{facts.request.id} is not merged: {worded(for_person)}", remedy=remedy)
    if protected and not for_person:
        raise CannotWork(f"{facts.request.id} touches nothing protected", remedy="use merge_pull_request")


def _told_of_flaky(facts: Facts, world: World) -> list[str]:
    """Label a pull request whose checks passed only the second time, and keep an issue for each such check."""
    request, forge = facts.request, world.service(FORGE)
    names = flaky([one for one in facts.checks if one.base == request.base])
    for name in names:
        forge.label(request, "flaky")
        body = (
            f"It failed and then passed on {request.head} ({request.id}). The test stays; somebody has to look at it."
        )
        forge.issue(request.repository, f"Flaky check: {name}", body, "flaky")
    return names
