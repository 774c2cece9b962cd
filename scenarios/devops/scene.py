"""DevOps in code: what the manager may know beforehand, what is put into the world, and the report's tables."""

import re
from collections.abc import Mapping
from typing import Any

from crews.goals import without_quotes
from crews.scene import Scene
from crews.unread import check_read
from runtime.errors import Unclear
from scenarios.devops.playbook import PLAYBOOK, about_one, starts_pipeline
from scenarios.devops.sections import sections
from scenarios.devops.seed import seed
from tools.backends.forge import FORGE
from tools.changes import changes_of
from tools.world import World

_KNOWN = (
    r"merge|land|look|after|propose|open|pulls?|requests?|prs?|changes?|branch|branches|repository|repo|green|approved|reviewed"
    r"|ready|passing|pass|passe[ds]|tests?|checks?|ci|waits?|waiting|main|only|just|number|revert|roll|back|take|taken|undo|tell"
    r"|left|people|rest|[\w./-]*\d+"
)
_LIMIT = re.compile(
    r"\b(?:twice|again|\w+ times|every \w+|tomorrow|tonight|later|except|but|unless|if|without|not|never|don['’]?t"
    r"|(?:on|next|by) (?:mon|tues|wednes|thurs|fri|satur|sun)day)\b.*",
    re.I,
)
_LATER = "leave it out; config/schedules.yaml starts runs later"
_ID = re.compile(r"[\w./-]+#\d+")
_NUMBER = re.compile(r"(?<![\w.-])(?:[\w./-]*#)?(\d+)\b(?! (?:open |waiting )?(?:changes?|pull|prs?)\b)", re.I)


def understands(goal: str, _world: World) -> Mapping[str, Any]:
    """Nothing, as the playbook reads the goal. Raises Unclear for exceptions, authors, and several numbers at once."""
    if starts_pipeline(goal):
        if found := _LIMIT.search(without_quotes(goal)):
            raise Unclear(f"what is meant by '{found[0]}'? A pipeline is started now, once for a commit", remedy=_LATER)
        return {}
    numbers = set(_NUMBER.findall(without_quotes(goal)))
    if len(numbers) > 1 or (numbers and not about_one(goal)):
        raise Unclear(
            f"which pull request is meant: {', '.join(sorted(numbers, key=int))}?",
            remedy="ask for one at a time, such as 'Merge pull request 7'",
        )
    check_read(_ID.sub(" ", goal), _KNOWN, "What is green and approved is merged; a single one is named by its number")
    return {}


def facts(world: World) -> Mapping[str, Any]:
    """What may be known before anything untrusted is read: the repository, and how much there is to look at."""
    listed, forge = changes_of(world), world.service(FORGE)
    requests = sum(len(forge.pull_requests(one)) for one in forge.repositories())
    return {"repository": listed.repository, "changes": len(listed.changes), "requests": requests}


SCENE = Scene(playbook=PLAYBOOK, prepare=seed, facts=facts, understands=understands, sections=sections)
