"""Checks: having them run on exactly one commit, and once more where one failed that may be flaky."""

from typing import Any

from runtime.errors import CannotWork, ConfigError, TryAgain
from tools.backends.forge import FORGE, OWN, Check, Refused
from tools.backends.forge_rules import failed, flaky
from tools.changes import base_of, change_named, changes_of
from tools.standing import printed, request_named, row
from tools.tool import Reverse, tool
from tools.world import World


def _nothing(_args: object, _result: object) -> Reverse | None:
    """What a check said stays said."""
    return None


def _ran(of: str, *, world: World) -> dict[str, Any] | None:
    repository, head, base = _what(of, world)
    checks = [
        one for one in world.service(FORGE).checks(repository, head, base) if (one.head, one.base) == (head, base)
    ]
    return _told(of, head, base, checks) if checks else None


def _ran_again(of: str, *, world: World) -> dict[str, Any] | None:
    """What `rerun_failed` returns, if every check that failed has had its second attempt: it may have been cut off."""
    told = _ran(of, world=world)
    if told is None or all(one["attempt"] == 1 for one in told["checks"]):
        return None
    waits = [one for one in told["checks"] if one["name"] in told["failed"] and one["attempt"] == 1]
    return None if waits else told


@tool(effect="execute", targets=("of",), identity=("of",), trusted=("of", "head", "base"), keyed=True, undo=_nothing)
def run_checks(of: str, *, world: World) -> dict[str, Any]:
    """Run the checks of a change (by its key, after it was pushed) or of a pull request (by its id): on exactly the
    commit it is at, merged with the branch it is meant for as that is now. What has run there is not run again."""
    before = _ran(of, world=world)
    repository, head, base = _what(of, world)
    try:
        told = _told(of, head, base, list(world.service(FORGE).run_checks(repository, head, base)))
        return told | {"already": told == before}
    except Refused as error:
        raise CannotWork(f"'{of}': {error}", remedy="its author has to look at it") from error


@tool(effect="execute", targets=("of",), identity=("of",), trusted=("of", "head"), probe=_ran_again, undo=_nothing)
def rerun_failed(of: str, *, world: World) -> dict[str, Any]:
    """Run the failed checks of a change or pull request once more. That is done once: what fails twice is red, and what
    passes the second time is flaky."""
    repository, head, base = _what(of, world)
    try:
        return _told(of, head, base, list(world.service(FORGE).rerun_failed(repository, head, base)))
    except Refused as error:
        raise CannotWork(f"'{of}' is not run again: {error}", remedy="go by what the checks say") from error


def _what(of: str, world: World) -> tuple[str, str, str]:
    """The repository, the commit and the base that are meant."""
    if "#" in of:
        request = request_named(of, world)
        return request.repository, request.head, request.base
    try:
        one = change_named(of, world)
    except ConfigError as error:
        raise TryAgain(f"'{of}' is neither a change nor a pull request", remedy="use an id like orders#12") from error
    repository = changes_of(world).repository
    head = world.service(FORGE).tip(repository, f"{OWN}{of}")
    if not head:
        raise TryAgain(f"'{of}' has not been pushed", remedy="push it first")
    return repository, head, base_of(one, world)


def _told(of: str, head: str, base: str, checks: list[Check]) -> dict[str, Any]:
    return {
        "of": of,
        "head": head,
        "base": base,
        "checks": [row(one) for one in checks],
        "failed": failed(checks, head, base),
        "flaky": flaky(checks),
        "texts": {"printed": printed(checks)},
    }
