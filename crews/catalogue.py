"""Every tool there is, by name: importing a module of `tools` declares its tools."""

import pkgutil
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import tools
from runtime.problems import ConfigProblems, Problem
from tools.tool import Tool, declared


@dataclass(frozen=True)
class Catalogue:
    """The tools that load, and what keeps others from loading."""

    tools: Mapping[str, Tool]
    problems: tuple[Problem, ...] = ()


@cache
def find_tools() -> Catalogue:
    """All tools of this installation. A module that does not load is a problem, never a tool quietly missing."""
    problems = []
    for module in pkgutil.iter_modules(tools.__path__):
        if module.ispkg:
            continue
        try:
            import_module(f"tools.{module.name}")
        except Exception as error:  # whatever a module raises, the file to look into is named
            problems.append(_problem(module.name, error))
    return Catalogue({tool.name: tool for tool in declared()}, tuple(problems))


def catalogue() -> Mapping[str, Tool]:
    """Every tool by name. Raises ConfigProblems if a module of tools does not load."""
    found = find_tools()
    if found.problems:
        raise ConfigProblems(found.problems)
    return found.tools


def _problem(module: str, error: Exception) -> Problem:
    file = f"tools/{module}.py"
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(Path(file).name)]
    line = own[-1].lineno if own and own[-1].lineno else 0
    return Problem(file, line, 1 if line else 0, f"the module does not load: {error}", "correct it, or remove the file")
