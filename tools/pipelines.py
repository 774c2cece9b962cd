"""Pipelines: starting one by name, once for the same commit."""

from typing import Any

from runtime.errors import CannotWork, TryAgain
from tools.backends.forge import FORGE, PipelineRun, Refused
from tools.tool import Reverse, tool
from tools.world import World

_SHOWN = 1_500


@tool(effect="read", trusted=("*.repository", "*.pipeline", "*.ref"))
def list_pipelines(*, world: World) -> list[dict[str, Any]]:
    """List the pipelines that can be started, each with its repository, what it does, and the branch it usually runs
    on."""
    forge = world.service(FORGE)
    return [
        {"repository": repository, "pipeline": name, "ref": "main", "about": about}
        for repository in forge.repositories()
        for name, about in forge.pipelines(repository).items()
    ]


def _started(repository: str, pipeline: str, ref: str, key: str = "", *, world: World) -> dict[str, Any] | None:
    _check(repository, pipeline, ref, world)
    run = world.service(FORGE).started(repository, pipeline, ref, key)
    return _told(run) if run else None


def _nothing(_args: object, _result: object) -> Reverse | None:
    """A pipeline that has run has run."""
    return None


def _would_start(repository: str, pipeline: str, ref: str, key: str = "", *, world: World) -> str:
    _check(repository, pipeline, ref, world)
    forge = world.service(FORGE)
    run = f"'{pipeline}' of {repository} would run on {ref}, at commit {forge.tip(repository, ref)}"
    return f"{run}.\n{forge.pipelines(repository)[pipeline]}"


@tool(
    effect="execute",
    targets=("repository", "pipeline", "ref"),
    identity=("repository", "pipeline", "ref", "key"),
    trusted=("run", "head"),
    probe=_started,
    undo=_nothing,
    preview=_would_start,
)
def trigger_pipeline(repository: str, pipeline: str, ref: str, key: str = "", *, world: World) -> dict[str, Any]:
    """Start a pipeline of a repository on a branch or tag. On the same commit it is started once; to have it once for
    each task or day, say which in `key`."""
    _check(repository, pipeline, ref, world)
    try:
        return _told(world.service(FORGE).start(repository, pipeline, ref, key))
    except Refused as error:
        raise CannotWork(f"'{pipeline}' is not started: {error}", remedy="a person looks at it") from error


def _check(repository: str, pipeline: str, ref: str, world: World) -> None:
    forge = world.service(FORGE)
    try:
        known = forge.pipelines(repository)
    except KeyError as error:
        remedy = f"use one of {', '.join(forge.repositories())}"
        raise TryAgain(f"there is no repository '{repository}'", remedy=remedy) from error
    if pipeline not in known:
        remedy = f"use one of {', '.join(known)}" if known else "it has none"
        raise TryAgain(f"'{repository}' has no pipeline '{pipeline}'", remedy=remedy)
    if not forge.tip(repository, ref):
        raise TryAgain(f"'{repository}' has no branch or tag '{ref}'", remedy="use main")


def _told(run: PipelineRun) -> dict[str, Any]:
    return {
        "run": run.id,
        "pipeline": run.pipeline,
        "ref": run.ref,
        "head": run.head,
        "conclusion": run.conclusion,
        "tier": run.tier,
        "already": not run.new,
        "texts": {"printed": run.summary[-_SHOWN:]},
    }
