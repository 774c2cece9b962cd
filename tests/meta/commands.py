"""Command lines as documentation shows them, checked against what there is: click's tree, the Makefile, modules."""

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec

import click

from cli.main import deputy
from tests.meta.pages import ROOT, Block

OTHERS = frozenset({"cd", "cp", "ollama", "source"})
_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
_SETTING = re.compile(r"[A-Z][A-Z0-9_]*=")


def command_lines(block: Block) -> Iterator[list[str]]:
    """Each command of the block as words, without comments; of a console only what follows a prompt."""
    for line in block.text.splitlines():
        if block.language == "console":
            if not line.startswith("$ "):
                continue
            line = line[2:]
        found = shlex.split(line, comments=True)
        if found:
            yield found


def settings(found: list[str]) -> list[str]:
    """The variables that are set before the command."""
    names = []
    for word in found:
        if not _SETTING.match(word):
            break
        names.append(word.partition("=")[0])
    return names


def problem(found: list[str]) -> str:
    """What is wrong with the command; empty if nothing is."""
    name, *rest = found[len(settings(found)) :]
    if name == "deputy":
        return _deputy(rest)
    if name == "make":
        missing = set(rest) - set(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
        return f"the Makefile has no {missing}" if missing else ""
    if name == "python":
        return "" if rest[0] == "-m" and find_spec(rest[1]) else f"there is no module {rest[1]}"
    if name == "crewai":
        return "" if rest == ["run"] else f"crewai {rest} is not documented by us"
    return "" if name in OTHERS else f"'{name}' is not a command that the documentation may use"


def _deputy(rest: list[str]) -> str:
    command: click.Command = deputy
    context = click.Context(deputy, info_name="deputy")
    try:
        while isinstance(command, click.Group):
            _, left, _ = command.make_parser(context).parse_args(list(rest))
            if not left and command.invoke_without_command:
                return ""
            inner = command.get_command(context, left[0])
            if inner is None:
                return f"there is no command '{left[0]}'"
            command, context, rest = inner, click.Context(inner, info_name=left[0], parent=context), left[1:]
        command.make_parser(context).parse_args(list(rest))
    except click.UsageError as error:
        return error.format_message()
    return ""
