"""DevOps in code: what the manager may know beforehand, what is put into the world, and the report's tables."""

from collections.abc import Mapping
from typing import Any

from crews.scene import Scene
from scenarios.devops.playbook import PLAYBOOK
from scenarios.devops.sections import sections
from scenarios.devops.seed import seed
from tools.backends.forge import FORGE
from tools.changes import changes_of
from tools.world import World


def facts(world: World) -> Mapping[str, Any]:
    """What may be known before anything untrusted is read: the repository, and how much there is to look at."""
    listed, forge = changes_of(world), world.service(FORGE)
    requests = sum(len(forge.pull_requests(one)) for one in forge.repositories())
    return {"repository": listed.repository, "changes": len(listed.changes), "requests": requests}


SCENE = Scene(playbook=PLAYBOOK, prepare=seed, facts=facts, sections=sections)
