"""What must be true of config/tools.yaml, as far as it can be said without asking a source."""

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from crews.foreign.lock import FILE as LOCK
from crews.foreign.lock import Pin
from crews.foreign.spec import LONGEST_NAME, ForeignSpec, SourceSpec, ToolsFile
from guard.declarations import tool_problems
from runtime.problems import Problem, did_you_mean
from runtime.yamlfile import Located

_EXPORTED = re.compile(r'"([A-Z][A-Za-z0-9]*Tool)"')


def file_problems(file: ToolsFile, located: Located, own: Collection[str]) -> Iterator[Problem]:
    """All that is wrong between the parts of the file, and with our `own` tools' names."""
    for name, source in file.sources.items():
        yield from _source_problems(name, source, located)
    places: dict[str, str] = {}
    for name, spec in file.tools.items():
        yield from tool_problems(name, spec, located)
        yield from _origin_problems(name, spec, file, located)
        at = ("tools", name)
        if name in own:
            hint = "give it another name, such as one that begins with its source's"
            yield located.problem(at, f"'{name}' is the name of a tool of Deputy's own", hint, key=True)
        first = places.setdefault(spec.origin, name)
        if first != name:
            message = f"'{spec.origin}' is declared as '{first}' already"
            yield located.problem((*at, "from"), message, "keep one of them")
        if spec.secret:
            hint = "a model writes arguments and its words are recorded; let the source take it from its 'env'"
            yield located.problem((*at, "secret"), f"an argument of '{name}' cannot be secret here", hint, key=True)
        if "world" in spec.arguments:
            message = "no argument can be named 'world' here"
            yield located.problem((*at, "arguments", "world"), message, "it is Deputy's own word", key=True)


def warnings(file: ToolsFile, located: Located, pins: Mapping[str, Pin]) -> list[Problem]:
    """What a person should look at: tools that are declared harmless, and say of themselves that they are not."""
    found = []
    for name, spec in file.tools.items():
        pin = pins.get(name)
        if spec.effect == "read" and pin is not None and (says := not_read(pin.hints)):
            message = f"'{name}' is declared 'read', and its source says {says}"
            found.append(located.problem(("tools", name, "effect"), message, "make sure that it changes nothing"))
    return found


def not_read(hints: Mapping[str, object]) -> str:
    """What a source's hints say against an effect `read`; empty if they do not."""
    if hints.get("readOnlyHint") is True:
        return ""
    if hints.get("destructiveHint") is True:
        return "that it is destructive"
    return "that it does not only read" if hints.get("readOnlyHint") is False else ""


def lock_problems(file: ToolsFile, pins: Mapping[str, Pin]) -> Iterator[Problem]:
    """Pins that somebody changed by hand."""
    for name, pin in pins.items():
        if name in file.tools and pin.hash != pin.announced.hash:
            message = f"what is pinned for '{name}' does not have its hash"
            yield Problem(
                LOCK, 0, 0, message, f"take the file from version control, or run 'deputy tools accept {name}'"
            )


def _source_problems(name: str, source: SourceSpec, located: Located) -> Iterator[Problem]:
    if source.crewai and (known := crewai_classes()) and source.crewai.kind not in known:
        near = get_close_matches(source.crewai.kind, known, n=1, cutoff=0.7)
        hint = f"did you mean '{near[0]}'?" if near else "see the list in the documentation of crewai-tools"
        message = f"crewai-tools has no tool '{source.crewai.kind}'"
        yield located.problem(("sources", name, "crewai", "class"), message, hint)


def _origin_problems(name: str, spec: ForeignSpec, file: ToolsFile, located: Located) -> Iterator[Problem]:
    at = ("tools", name, "from")
    source = file.sources.get(spec.source)
    if source is None:
        yield located.problem(at, f"unknown source '{spec.source}'", did_you_mean(spec.source, file.sources))
    elif source.mcp and not (0 < len(spec.tool) <= LONGEST_NAME):
        yield located.problem(at, f"'{spec.origin}' names no tool of the server", f"write it as '{spec.source}.TOOL'")
    elif source.crewai and spec.tool:
        yield located.problem(at, f"'{spec.source}' is one tool by itself", f"write '{spec.source}'")


@cache
def crewai_classes() -> frozenset[str]:
    """The names that crewai-tools exports, read from its source: importing it takes seconds."""
    found = find_spec("crewai_tools")
    if found is None or found.origin is None:
        return frozenset()
    return frozenset(_EXPORTED.findall(Path(found.origin).read_text(encoding="utf-8")))
