"""The reference pages, made from the code: `python -m docs.reference.make` writes them beside this file."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from cli.main import EXIT_CODES, deputy
from crews.catalogue import catalogue
from docs.reference.keys import configuration
from docs.reference.page import anchor, code, codes, definitions, first_line, page, table
from docs.reference.variables import environment
from guard import decision, warrant
from runtime import errors, problems, records
from tools.tool import Tool

FOLDER = Path(__file__).parent

_EXIT = re.compile(r"(\d+) +(\S.*?)(?= {2,}|$)", re.MULTILINE)
_OPTION = ("option", "takes", "meaning")
_SWITCHES = (
    "`--project`, `--quiet`, `--no-color`, `--json`, `-h` and `--help` belong to every command, and may stand before "
    "or after its name."
)
_EXITS = (
    "`3` means that the run waits for a person's answer: see `deputy approvals`. Drafts and other things for a person "
    "to look at do not make a run wait; they are listed at its end and in its report."
)
_ROLES = {
    "targets": "say whom or what the call acts on",
    "identity": "make two calls the same effect",
    "trusted": "are the fields of the result whose values may become targets of later calls",
    "subjects": "say whose data stands beside them: it is sealed for that person",
}
_GATE_ERROR = ("gate.error", "deny: the gate itself failed; a gate that cannot decide has decided")


def commands() -> str:
    """Every command with its arguments, options and exit codes."""
    context = click.Context(deputy, info_name="deputy")
    rows = sorted(_EXIT.findall(EXIT_CODES), key=lambda row: int(row[0]))
    exits = table(("code", "meaning"), rows)
    found = [_command(deputy, context), *(_command(command, inner) for command, inner in _below(deputy, context))]
    return page("Commands", _SWITCHES, *found, "## Exit codes", exits, _EXITS)


def _below(group: click.Group, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        yield command, inner
        if isinstance(command, click.Group):
            yield from _below(command, inner)


def _command(command: click.Command, context: click.Context) -> str:
    said, examples = _help(command)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    options = [one for one in command.get_params(context) if isinstance(one, click.Option) and "--help" not in one.opts]
    common = {one.name for one in deputy.get_params(context)} if context.parent else set()
    rows = [(codes(one.opts), _takes(one, context), _meaning(one)) for one in options if one.name not in common]
    shown = f"```text\n{usage}\n```"
    return "\n\n".join(
        part
        for part in (f"## {context.command_path}", shown, said, examples, table(_OPTION, rows) if rows else "")
        if part
    )


def _help(command: click.Command) -> tuple[str, str]:
    """What a command says of itself, and its examples as a block of their own."""
    paragraphs = [one.strip(" \n") for one in (command.help or "").split("\n\n")]
    said = [" ".join(one.split()) for one in paragraphs if not one.startswith("\b")]
    examples = [line.strip() for one in paragraphs if one.startswith("\b") for line in one.splitlines()[1:]]
    return "\n\n".join(said), "```sh\n" + "\n".join(examples) + "\n```" if examples else ""


def _takes(option: click.Option, context: click.Context) -> str:
    return "" if option.is_flag else code(option.make_metavar(context))


def _meaning(option: click.Option) -> str:
    default = f" Default: {option.default}." if option.show_default else ""
    return f"{option.help or ''}{default}"


def tools() -> str:
    """Every tool with its effect, its arguments and their roles."""
    known = [catalogue()[name] for name in sorted(catalogue())]
    rows = [(f"[`{one.name}`](#{anchor(one.name)})", one.effect, first_line(one.description)) for one in known]
    overview = table(("tool", "effect", "what it does"), [(a, b, c.split(". ")[0].rstrip(".")) for a, b, c in rows])
    roles = "\n".join(f"- **{name}** {words}" for name, words in _ROLES.items())
    return page("Tools", _TOOLS, overview, "Arguments and results have roles:", roles, *map(_tool, known))


_TOOLS = (
    "What agents can call. A role's card names the tools it may ever use; a plan grants a step some of them. "
    "An effect other than `read` changes the world, and is recorded before and after it happens."
)


def _tool(tool: Tool) -> str:
    schema = tool.schema()
    needed = schema.get("required", ())
    rows = [
        (code(name), code(_kind(one)), "yes" if name in needed else f"no: {code(repr(one.get('default')))}")
        for name, one in schema.get("properties", {}).items()
    ]
    arguments = table(("argument", "type", "required"), rows) if rows else "It takes no arguments."
    roles = [(name, getattr(tool, name)) for name in _ROLES]
    said = [f"- {name}: {codes(values)}" for name, values in roles if values]
    said += [f"- {name}: {words}" for name, words in _doubt(tool) if words]
    return "\n\n".join([f"## {tool.name}", f"Effect: `{tool.effect}`. {tool.description}", arguments, "\n".join(said)])


def _doubt(tool: Tool) -> Iterator[tuple[str, str]]:
    """What is done about an effect that may have happened, and whether it can be taken back."""
    if tool.effect == "read":
        return
    by_key = "made again; its key keeps it from happening twice" if tool.keyed else "a person settles it"
    yield "in doubt", "looked for by its probe" if tool.probe else by_key
    yield "undo", "by a call that follows from its receipt, or says why not" if tool.undo else "cannot be taken back"


def _kind(schema: Mapping[str, object]) -> str:
    """An argument's type in a word or two, from its JSON Schema."""
    if "enum" in schema:
        words = schema["enum"]
        assert isinstance(words, list)
        return " or ".join(map(str, words))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    items = schema.get("items")
    return f"list of {_kind(items)}" if isinstance(items, dict) else str(schema.get("type", "any"))


def failures() -> str:
    """Every class of error with its exit code, and every decision rule."""
    classes = [
        one
        for module in (errors, problems, warrant)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, errors.DeputyError) and one.__module__ == module.__name__
    ]
    rows = [(*map(code, _names(one)), _exit(one), first_line(one.__doc__)) for one in classes]
    rules = [(code(rule), *_verdict(meaning)) for rule, meaning in [*definitions(decision.__doc__), _GATE_ERROR]]
    return page(
        "Errors and decision rules",
        "Every error says what is wrong, where, and the way out (`Fix: …`). `DEPUTY_DEBUG=1` shows the traceback too.",
        "## Error classes",
        table(("class", "is a", "exit code", "when"), rows),
        "An error that no class foresees ends the command with exit code 1.",
        "## Decision rules",
        "The gate tries these in order; the first that applies decides. `deputy show --step STEP` shows the rule and "
        "the reason of each call.",
        table(("rule", "verdict", "when"), rules),
    )


def _names(error: type[errors.DeputyError]) -> tuple[str, str]:
    return error.__name__, error.__bases__[0].__name__


def _exit(error: type[errors.DeputyError]) -> str:
    return "told to the model" if issubclass(error, errors.ToolError) else str(error.exit_code)


def _verdict(meaning: str) -> tuple[str, str]:
    verdict, _, when = meaning.replace(":", "", 1).partition(" ")
    return verdict, when.strip()


def ledger() -> str:
    """Every kind of record with what its body holds."""
    rows = [
        (code(kind), body, records.STATE_AFTER.get(kind, ""))
        for kind, body in definitions(records.__doc__)
        if kind != "kind"
    ]
    return page(
        "Records",
        "What the ledger holds. Each record has `run`, `seq` (from 1 within its run), `at` (UTC), `kind`, `body` and "
        "`mac`, which closes the chain up to it. See them with `deputy show --records`, or with `--json` in full.",
        table(("kind", "body", "the run is then"), rows),
        "A `call` is `<step>-<number>`. Money is in US dollars, and left out where no price is known; `ms` are "
        "milliseconds.",
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "tools.md": tools,
    "configuration.md": configuration,
    "errors.md": failures,
    "records.md": ledger,
    "environment.md": environment,
}


if __name__ == "__main__":
    for name, made in PAGES.items():
        (FOLDER / name).write_text(made(), encoding="utf-8")
