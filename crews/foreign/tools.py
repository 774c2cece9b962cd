"""Foreign tools as tools like ours: the same declaration, gate and records; only what carries them out is elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crews.foreign.lock import Pin, read_lock
from crews.foreign.spec import FILE, ForeignSpec, SourceSpec, ToolsFile
from guard.declarations import Declared, declared
from guard.disguise import bare
from runtime.canonical import digest
from runtime.checked import checked
from runtime.errors import CannotWork, ConfigError
from runtime.leaks import without_secrets
from runtime.problems import Problem, did_you_mean, joined
from runtime.yamlfile import load_yaml
from tools.backends.foreign import Announced, Source
from tools.service import Service, Site
from tools.tool import Tool
from tools.world import World

LONGEST_DESCRIPTION = 500
"""Characters of a source's own description that a model is shown."""

_SHORTEST_SECRET = 6


@dataclass(frozen=True)
class Foreign:
    """One foreign tool. `place` is its name in its source; `pin` is what was accepted of it, if anything was."""

    name: str
    spec: ForeignSpec
    place: str
    pin: Pin | None
    service: Service[Source]
    declared: Declared

    def now(self, world: World) -> Announced | None:
        """What its source says of it now; None if it does not offer it."""
        return world.service(self.service).announced().get(self.place)


@dataclass(frozen=True)
class ForeignTools:
    """All foreign tools of a project, by name. `warnings` are for people to look at."""

    file: ToolsFile = field(default_factory=ToolsFile)
    tools: Mapping[str, Foreign] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def declared(self) -> dict[str, Declared]:
        """Their declarations, by name."""
        return {name: one.declared for name, one in self.tools.items()}

    @property
    def digest(self) -> str:
        """What names the file's content; empty if there is nothing in it."""
        return digest(self.file) if self.tools else ""

    def over(self, own: Mapping[str, Tool]) -> dict[str, Tool]:
        """Our `own` tools, and these."""
        return {**own, **{name: one.declared.tool for name, one in self.tools.items()}}

    def secrets(self, environ: Mapping[str, str]) -> frozenset[str]:
        """The values that sources are given; a short one is none."""
        values = (environ.get(name, "") for name in self.file.variables())
        return frozenset(value for value in values if len(value) >= _SHORTEST_SECRET)


def foreign_tools(file: ToolsFile, pins: Mapping[str, Pin], project: Path) -> dict[str, Foreign]:
    """The file's tools, for those whose source is there. A pin holds only for the place it was made of."""
    services = {name: service_of(name, spec, project) for name, spec in file.sources.items()}
    made = {name: pin for name, pin in pins.items() if name in file.tools and pin.source == file.tools[name].origin}
    return {
        name: foreign_tool(name, spec, file.sources[spec.source], made.get(name), services[spec.source])
        for name, spec in file.tools.items()
        if spec.source in services
    }


def read_foreign(project: Path) -> dict[str, Foreign]:
    """The project's foreign tools, or none if the file is wrong, without saying what is wrong with it."""
    located = without_secrets(load_yaml(project / FILE, FILE))
    file, problems = checked(ToolsFile, located) if located.readable else (None, [])
    return foreign_tools(file, read_lock(project)[0], project) if file is not None and not problems else {}


def foreign_tool(
    name: str, spec: ForeignSpec, source: SourceSpec, pin: Pin | None, service: Service[Source]
) -> Foreign:
    """The tool that a declaration and its pin make."""
    place = spec.tool or (source.crewai.kind if source.crewai else "")

    def check(world: World) -> str:
        return changed(name, pin, world.service(service).announced().get(place))

    def run(*, world: World, **args: Any) -> Any:
        refused = check(world)
        if refused:
            raise CannotWork(refused)
        return world.service(service).call(place, {key: one for key, one in args.items() if one is not None})

    made = declared(name, spec, shown(name, spec, pin), run=run, check=check)
    return Foreign(name, spec, place, pin, service, replace(made, plain=shown(name, spec, None)))


def changed(name: str, pin: Pin | None, now: Announced | None) -> str:
    """Why a tool must not be used, by what was accepted and what its source says now; empty if they are the same."""
    if pin is None:
        return f"'{name}' was not accepted yet; a person can do it by 'deputy tools accept {name}'"
    if now is None:
        return f"its source no longer offers '{name}'"
    if now.hash == pin.hash:
        return ""
    parts = [key for key in ("description", "input", "output") if getattr(now, key) != getattr(pin, key)]
    what = joined([{"input": "arguments", "output": "result"}.get(one, one) for one in parts]) or "name"
    return f"the {what} of '{name}' changed since it was accepted; a person can see it by 'deputy tools diff {name}'"


def misfit(name: str, spec: ForeignSpec, now: Announced) -> list[str]:
    """Where the declared arguments are none that the source's tool takes, or lack one that it needs."""
    properties = now.input.get("properties")
    takes = properties if isinstance(properties, dict) else {}
    closed = now.input.get("additionalProperties") is False or bool(takes)
    found = [
        f"'{name}' has no argument '{one}' in its source; {did_you_mean(one, takes)}"
        for one in spec.arguments
        if one not in takes and closed
    ]
    needed = now.input.get("required")
    for one in needed if isinstance(needed, list) else ():
        if one not in spec.arguments or not spec.arguments[one].required:
            found.append(f"the source of '{name}' needs the argument '{one}'; declare it, as required")
    return found


def shown(name: str, spec: ForeignSpec, pin: Pin | None) -> str:
    """What a model reads of a tool: what is declared, else the source's own words, cleaned and cut."""
    if spec.description:
        return spec.description
    said = clean(pin.description) if pin else ""
    return said or f"{name.replace('_', ' ').capitalize()}."


def clean(text: str, longest: int = LONGEST_DESCRIPTION) -> str:
    """A source's words on one line, without characters that are not seen, and not too many."""
    words = " ".join(bare(text).split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def service_of(name: str, spec: SourceSpec, project: Path) -> Service[Source]:
    """How the source is opened: when a tool first needs it, with what it needs from the environment."""
    return Service(f"source '{name}'", lambda site: _opened(name, spec, project, site))


def _opened(name: str, spec: SourceSpec, project: Path, site: Site) -> Source:
    missing = [one for one in spec.variables if not site.environ.get(one, "").strip()]
    if missing:
        problem = f"source '{name}' needs {joined(missing)} in the environment"
        raise ConfigError(problem, remedy="write it into .env")
    if spec.crewai:
        from agents.borrowed import CrewaiSource

        return CrewaiSource(name, spec.crewai.kind, spec.crewai.arguments)
    from tools.backends.mcp_client import Address, McpSource, Program

    mcp = spec.mcp
    assert mcp is not None
    if mcp.command:
        given = {one: site.environ[one] for one in mcp.env}
        source = McpSource(name, Program(mcp.command, mcp.args, given, project), seconds=mcp.seconds)
    else:
        headers = {one.name: site.environ[one.value_from] for one in mcp.headers}
        if mcp.bearer:
            headers["Authorization"] = f"Bearer {site.environ[mcp.bearer]}"
        source = McpSource(name, Address(mcp.url or "", headers), seconds=mcp.seconds)
    site.resources.callback(source.close)
    return source
