"""Pinning: what a foreign tool says of itself is kept, at its first use or when a person accepts what has changed."""

import difflib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crews.config import Config
from crews.foreign.lock import Pin, write_pins
from crews.foreign.tools import Foreign, ForeignTools, changed, foreign_tools, misfit
from runtime.clock import Clock, SystemClock, stamp
from runtime.database import open_database
from runtime.errors import ConfigError, TryAgain, UsageError
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.problems import did_you_mean
from tools.backends.foreign import Announced, Source
from tools.directory import Directory
from tools.service import Site
from tools.world import World

FIRST_USE = "first use"


@dataclass(frozen=True)
class Pinned:
    """One pin that was made: for the ledger."""

    tool: str
    pin: Pin
    before: str

    def body(self) -> dict[str, Any]:
        """The body of its record."""
        said = {"source": self.pin.source, "hash": self.pin.hash, "before": self.before, "by": self.pin.by}
        return {"tool": self.tool, **said}


def pin_first(config: Config, names: Iterable[str], world: World) -> tuple[ForeignTools, list[Pinned]]:
    """The project's foreign tools, with those of `names` pinned that never were, and the new pins.

    Raises ConfigError if a source cannot be asked, or does not offer what is declared.
    """
    known = config.foreign
    new = [known.tools[name] for name in sorted({*names} & {*known.tools}) if known.tools[name].pin is None]
    if not new:
        return known, []
    made = {one.name: _pin(one, _said(one, world), world.clock, FIRST_USE) for one in new}
    write_pins(config.project, made)
    pins = {name: one.pin for name, one in known.tools.items() if one.pin} | made
    return (
        replace(known, tools=foreign_tools(known.file, pins, config.project)),
        [Pinned(name, pin, "") for name, pin in made.items()],
    )


def find(config: Config, name: str) -> Foreign:
    """The foreign tool of that name. Raises UsageError if there is none."""
    found = config.foreign.tools.get(name)
    if found is None:
        ours = name in config.tools
        problem = f"'{name}' is a tool of Deputy's own, which has no pin" if ours else f"no foreign tool '{name}'"
        raise UsageError(problem, remedy=did_you_mean(name, config.foreign.tools))
    return found


@contextmanager
def sources(project: Path, environ: Mapping[str, str]) -> Iterator[Site]:
    """A place in which sources can be opened without a run; they are closed at its end."""
    from runtime.settings import House, Settings

    settings = Settings(house=House(name="none", mail="nobody@house.example"))
    with ExitStack() as opened:
        yield Site(project, SystemClock(), {}, settings, environ, Directory(), opened)


def announced(one: Foreign, site: Site) -> Announced | None:
    """What the source of a tool says of it now. Raises ConfigError if it cannot be asked."""
    return listed(one.service.open(site)).get(one.place)


def listed(source: Source) -> Mapping[str, Announced]:
    """What a source offers. Raises ConfigError if it cannot be asked."""
    try:
        return source.announced()
    except TryAgain as error:
        raise ConfigError(
            error.problem, remedy="see 'deputy doctor'; correct its source in config/tools.yaml"
        ) from error


def accept(config: Config, one: Foreign, now: Announced | None, *, by: str, seen: str = "") -> Pinned:
    """Pin what the tool says of itself now, and record who accepted it. `seen` is how the hash begins that they saw.

    Raises ConfigError if the tool cannot be used so, UsageError if it has another hash.
    """
    clock = SystemClock()
    pin = _pin(one, _offered(one, now), clock, by)
    if not pin.hash.startswith(seen):
        problem = f"'{one.name}' has the hash {pin.hash[:12]} now, not {seen}: it changed after it was looked at"
        raise UsageError(problem, remedy=f"see 'deputy tools diff {one.name}' again")
    write_pins(config.project, {one.name: pin})
    pinned = Pinned(one.name, pin, one.pin.hash if one.pin else "")
    home = Home.here(config.project)
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key())) as ledger:
        run = f"{clock.now().astimezone():%y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        ledger.append(run, "run.started", _started(one.name, by, config.digest))
        ledger.append(run, "tool.pinned", pinned.body())
        ledger.append(run, "run.done", {"summary": f"'{one.name}' is accepted as it is now"})
    return pinned


def difference(pin: Pin, now: Announced) -> list[str]:
    """What has changed since the pin, as lines that begin with '-' (was) and '+' (is)."""
    before, after = _lines(pin.announced), _lines(now)
    compared = difflib.unified_diff(before, after, "accepted", "now", lineterm="", n=2)
    return list(compared)[2:]


def state(one: Foreign) -> str:
    """What is known of a tool's pin without asking its source."""
    return "not used yet" if one.pin is None else f"accepted {one.pin.accepted[:10]}"


def standing(one: Foreign, offered: Mapping[str, Announced]) -> str:
    """What is wrong with a tool, by what its source offers now; empty if it is as it was accepted, or new."""
    now = offered.get(one.place)
    if one.pin is None and now is not None:
        return "; ".join(misfit(one.name, one.spec, now))
    return changed(one.name, one.pin, now) if one.pin else f"its source does not offer '{one.place}'"


def _said(one: Foreign, world: World) -> Announced:
    offered = listed(world.service(one.service))
    return _offered(one, offered.get(one.place), tuple(offered))


def _offered(one: Foreign, now: Announced | None, offered: Sequence[str] = ()) -> Announced:
    if now is None:
        problem = f"source '{one.spec.source}' does not offer '{one.place}' ('{one.name}' in config/tools.yaml)"
        raise ConfigError(problem, remedy=did_you_mean(one.place, offered))
    wrong = misfit(one.name, one.spec, now)
    if wrong:
        listed_ = "\n".join(f"  {line}" for line in wrong)
        problem = f"'{one.name}' is not declared as its source has it\n{listed_}"
        raise ConfigError(problem, remedy="correct its 'arguments' in config/tools.yaml")
    return now


def _pin(one: Foreign, now: Announced, clock: Clock, by: str) -> Pin:
    return Pin(
        source=one.spec.origin,
        hash=now.hash,
        accepted=stamp(clock.now()),
        by=by,
        name=now.name,
        description=now.description,
        input=dict(now.input),
        output=dict(now.output) if now.output is not None else None,
        hints=dict(now.hints),
    )


def _lines(said: Announced) -> list[str]:
    """What a source says, line by line; characters that are not seen stand as their numbers."""
    parts = {"name": said.name, "description": said.description, "arguments": said.input, "result": said.output}
    whole = {key: value for key, value in parts.items() if value is not None}
    return json.dumps(whole, indent=2, ensure_ascii=True, sort_keys=False).splitlines()


def _started(tool: str, by: str, config: str) -> dict[str, Any]:
    said = {"goal": f"Accept the tool '{tool}' as it is now.", "scenario": "", "crew": "", "process": "tools"}
    rest: dict[str, Any] = {"inputs": {}, "world": "", "mode": "", "models": {}, "wish": {"goal": ""}}
    return {**said, **rest, "principal": by, "config": config}
