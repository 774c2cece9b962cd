"""`deputy validate`: the whole configuration, checked without running anything."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.session import session, switches
from runtime.errors import ConfigError
from runtime.problems import ConfigProblems, Problem, counted

if TYPE_CHECKING:
    from crews.config import Config


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@switches
def validate(folder: Path | None) -> None:
    """Check the whole configuration, without running anything.

    Prints every problem with its file, line and column, and exits with 4; or one line of what is valid.
    """
    from crews.config import load_config

    here = session()
    project = folder or here.project()
    try:
        config = load_config(project)
    except ConfigProblems as error:
        click.echo(_as_json(error.problems) if here.as_json else _as_text(error.problems))
        click.get_current_context().exit(ConfigError.exit_code)
    if here.as_json:
        warnings = [asdict(one) for one in config.foreign.warnings]
        click.echo(json.dumps({"valid": True, **_counts(config), "warnings": warnings}, ensure_ascii=False))
        return
    for one in config.foreign.warnings:
        click.echo(f"warning: {one}")
    click.echo(_valid(config))


def _as_json(problems: Sequence[Problem]) -> str:
    return json.dumps({"valid": False, "problems": [asdict(one) for one in problems]}, ensure_ascii=False)


def _as_text(problems: Sequence[Problem]) -> str:
    """The problems by file, and how many there are."""
    by_file = [list(group) for _, group in groupby(problems, key=lambda one: one.file)]
    blocks = ["\n".join(map(str, group)) for group in by_file]
    total = f"{counted(len(problems), 'problem')} in {counted(len(by_file), 'file')}. Nothing was run."
    return "\n\n".join([*blocks, total])


def _valid(config: "Config") -> str:
    counts = _counts(config)
    kinds = ", ".join(
        counted(int(counts[noun]), noun[:-1]) for noun in ("roles", "tasks", "crews", "scenarios", "tools")
    )
    return f"The configuration is valid: {kinds}. Digest {str(counts['digest'])[:12]}."


def _counts(config: "Config") -> dict[str, int | str]:
    return {
        "roles": len(config.roles),
        "tasks": len(config.tasks),
        "crews": len(config.crews),
        "scenarios": len(config.scenarios),
        "tools": len(config.tools),
        "digest": config.digest,
    }
