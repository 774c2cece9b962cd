"""Inputs as they are typed: `-i NAME=PATH`, for `run` and `ask`."""

from pathlib import Path

import click


def paths(inputs: tuple[str, ...]) -> dict[str, Path]:
    """The inputs by name. Raises BadParameter for one that is misspelt, given twice or not there."""
    paths: dict[str, Path] = {}
    for given in inputs:
        name, equals, path = given.partition("=")
        if not (name and equals and path):
            raise click.BadParameter(f"'{given}' is not NAME=PATH", param_hint="'--input'")
        if name in paths:
            raise click.BadParameter(f"'{name}' is given twice", param_hint="'--input'")
        if not Path(path).exists():
            raise click.BadParameter(f"'{name}': there is no file or folder '{path}'", param_hint="'--input'")
        paths[name] = Path(path).resolve()
    return paths
