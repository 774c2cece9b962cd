"""How a pull request stands: all that a decision rests on, read from the forge at one moment."""

import re
from typing import Any

from runtime.errors import TryAgain
from tools.backends.forge import FORGE, Check, PullRequest
from tools.backends.forge_rules import Facts, Obstacle, failed, flaky, obstacles
from tools.world import World

_ID = re.compile(r"(?P<repository>[\w.-]+(?:/[\w.-]+)?)#(?P<number>\d{1,9})")
_SHOWN = 1_500  # characters of a check's output


def request_named(pull_request: str, world: World) -> PullRequest:
    """The pull request by its id, such as `orders#12`. Raises TryAgain for one that is not there."""
    named = _ID.fullmatch(pull_request)
    try:
        if named:
            return world.service(FORGE).pull_request(named["repository"], int(named["number"]))
    except KeyError:
        pass
    raise TryAgain(f"there is no pull request '{pull_request}'", remedy="use an id that list_pull_requests gives")


def facts_of(request: PullRequest, world: World) -> Facts:
    """What a decision on it rests on, now."""
    forge = world.service(FORGE)
    return Facts(
        request=request,
        diff=forge.diff(request.repository, request.base, request.head),
        conflicts=forge.conflicts(request),
        checks=forge.checks(request.repository, request.head, request.base),
        reviews=forge.reviews(request),
        protection=forge.protection(request.repository, request.base_branch),
        code_owners=forge.code_owners(request.repository, request.base_branch),
        me=forge.me,
    )


def standing(facts: Facts) -> dict[str, Any]:
    """How it stands, in the forge's own words: commits, checks, what is in the way. No word of other people's."""
    found = obstacles(facts)
    return {
        "pull_request": facts.request.id,
        "head": facts.request.head,
        "base": facts.request.base,
        "state": facts.request.state,
        "checks": [row(one) for one in facts.checks if one.head == facts.request.head],
        "failed": failed(facts.checks, facts.request.head, facts.request.base),
        "flaky": flaky(facts.checks),
        "in_the_way": [{"kind": one.kind, "why": one.text} for one in found],
        "ready": not found,
    }


def row(check: Check) -> dict[str, Any]:
    """A check without what it printed."""
    return {
        "name": check.name,
        "conclusion": check.conclusion,
        "base": check.base,
        "attempt": check.attempt,
        "tier": check.tier,
    }


def printed(checks: list[Check]) -> list[dict[str, str]]:
    """The end of what checks printed that did not succeed."""
    return [{"name": one.name, "output": one.summary[-_SHOWN:]} for one in checks if one.conclusion == "failure"]


def worded(found: list[Obstacle]) -> str:
    """Everything in the way, in one line."""
    return "; ".join(one.text for one in found)
