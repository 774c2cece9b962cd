"""`deputy tools`: every tool there is, what each may do, who may use it, and whether foreign ones are as accepted."""

import json
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cli.console import Console, print_json
from cli.layout import Line
from cli.session import principal, session, switches
from runtime.errors import UsageError
from runtime.problems import did_you_mean

if TYPE_CHECKING:
    from crews.config import Config
    from crews.foreign.tools import Foreign
    from tools.backends.foreign import Announced
    from tools.tool import Tool

CHANGED = 1
_COLORS = {"+": "green", "-": "red", "@": "dim"}


@click.group(invoke_without_command=True)
@switches
def tools() -> None:
    """List all tools: effect, targets, the roles that have them, and the pins of foreign ones. Asks no source."""
    if click.get_current_context().invoked_subcommand is not None:
        return
    now, config = session(), _config()
    if now.as_json:
        for tool in _sorted(config):
            print_json(_row(config, tool))
        return
    console = Console(sys.stdout, color=now.color)
    for tool in _sorted(config):
        row = _row(config, tool)
        roles = ", ".join(row["roles"]) or "no role"
        targets = f" on {', '.join(tool.targets)}" if tool.targets else ""
        console.say(Line(tool.effect, "none", f"{tool.name}{targets}: {roles}", aside=str(row["pin"])))


@tools.command(short_help="Say all that is known of a tool.")
@click.argument("name")
@switches
def show(name: str) -> None:
    """Say all that is known of the tool NAME: effect, arguments, limits, and what its source said of it."""
    now, config = session(), _config()
    tool = config.tools.get(name)
    if tool is None:
        raise UsageError(f"there is no tool '{name}'", remedy=did_you_mean(name, config.tools))
    if now.as_json:
        print_json(_row(config, tool) | {"description": tool.description, "schema": tool.schema()})
        return
    console = Console(sys.stdout, color=now.color)
    for gutter, text in _facts(config, tool):
        console.say(Line(gutter, "none", text))


@tools.command(short_help="Show what has changed in a foreign tool.")
@click.argument("name")
@switches
def diff(name: str) -> None:
    """Ask the source of the foreign tool NAME, and show what has changed since it was accepted.

    Exits with 1 if something has.
    """
    from crews.foreign.pinning import announced, difference, find, sources
    from crews.foreign.tools import changed

    now, config = session(), _config()
    one = find(config, name)
    with sources(config.project, os.environ) as site:
        offered = announced(one, site)
    said = changed(name, one.pin, offered)
    lines = difference(one.pin, offered) if one.pin and offered and said else _whole(offered)
    if now.as_json:
        print_json({"tool": name, "changed": bool(said), "reason": said, "lines": lines if said else []})
    else:
        console = Console(sys.stdout, color=now.color)
        console.row([(_sentence(said.partition("; ")[0]) or f"'{name}' is as it was accepted.", "")])
        for line in lines if said else ():
            console.row([(line, _COLORS.get(line[:1], ""))])
        if said and offered:
            console.row([(f"To accept it: deputy tools accept {name} --hash {offered.hash[:12]}", "")])
    if said:
        click.get_current_context().exit(CHANGED)


@tools.command()
@click.argument("name")
@click.option("--hash", "seen", default="", metavar="<hash>", help="Only if it says what 'diff' showed with this hash.")
@switches
def accept(name: str, seen: str) -> None:
    """Ask the source of the foreign tool NAME, and pin what it says now. Look at 'deputy tools diff NAME' first.

    Who accepted it is recorded in the ledger, and written into config/tools.lock.yaml: commit that file.
    """
    from crews.foreign.pinning import accept as pin
    from crews.foreign.pinning import announced, find, sources

    now, config = session(), _config()
    one = find(config, name)
    with sources(config.project, os.environ) as site:
        pinned = pin(config, one, announced(one, site), by=principal(), seen=seen)
    if now.as_json:
        print_json(pinned.body())
        return
    console = Console(sys.stdout, color=now.color)
    console.row([(f"'{name}' is accepted as it is now ({pinned.pin.hash[:12]}). Commit config/tools.lock.yaml.", "")])


def _config() -> "Config":
    from crews.config import load_config

    return load_config(session().project())


def _sorted(config: "Config") -> "list[Tool]":
    """Ours first, then foreign ones, each by name."""
    return sorted(config.tools.values(), key=lambda one: (one.name in config.foreign.tools, one.name))


def _row(config: "Config", tool: "Tool") -> dict[str, Any]:
    from crews.foreign.pinning import state

    foreign = config.foreign.tools.get(tool.name)
    return {
        "tool": tool.name,
        "effect": tool.effect,
        "targets": list(tool.targets),
        "roles": [name for name, card in config.roles.items() if tool.name in card.tools],
        "from": foreign.spec.origin if foreign else "",
        "pin": state(foreign) if foreign else "ours",
    }


def _facts(config: "Config", tool: "Tool") -> Iterator[tuple[str, str]]:
    row, schema = _row(config, tool), tool.schema()
    yield "tool", tool.name
    yield "effect", tool.effect
    yield "does", tool.description
    for name, one in schema.get("properties", {}).items():
        yield "argument", f"{name}{_role(tool, name)}: {_short(one)}"
    yield "trusted", ", ".join(tool.trusted) or "nothing in its result"
    yield "roles", ", ".join(row["roles"]) or "no role has it"
    foreign = config.foreign.tools.get(tool.name)
    if foreign is not None:
        yield from _foreign_facts(foreign)


def _foreign_facts(one: "Foreign") -> Iterator[tuple[str, str]]:
    from crews.foreign.tools import clean

    yield "from", one.spec.origin
    if one.spec.times:
        yield "times", f"{one.spec.times} in one run"
    if one.spec.secret_results:
        yield "secret", ", ".join(one.spec.secret_results)
    if one.pin is None:
        yield "pin", "none yet; it is pinned at its first use"
        return
    yield "pin", f"{one.pin.hash[:12]}, accepted {one.pin.accepted[:10]} by {one.pin.by}"
    yield "it says", clean(one.pin.description) or "nothing"
    hints = ", ".join(f"{key}: {str(value).lower()}" for key, value in one.pin.hints.items())
    yield "hints", hints or "none"


def _role(tool: "Tool", name: str) -> str:
    roles = [role for role, names in (("target", tool.targets), ("identity", tool.identity)) if name in names]
    return f" ({', '.join(roles)})" if roles else ""


def _short(schema: dict[str, Any]) -> str:
    parts = schema.get("anyOf", [schema])
    kinds = [str(one.get("type", one.get("$ref", "anything"))).rpartition("/")[2] for one in parts]
    return " or ".join(kind for kind in kinds if kind != "null")


def _whole(offered: "Announced | None") -> list[str]:
    """What a source says of a tool that was never accepted."""
    if offered is None:
        return []
    said = {"name": offered.name, "description": offered.description, "arguments": offered.input}
    return json.dumps(said, indent=2).splitlines()


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
