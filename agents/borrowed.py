"""Tools of crewai-tools as sources: constructed at the first use, where none of them can ask anything at the keyboard.

Some of these tools prompt for a package to be installed when they are constructed. Nobody is there to answer in the
middle of a run, so standard input is empty meanwhile, and what is missing becomes a ConfigError.
"""

import io
import os
import re
import sys
import threading
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from runtime.canonical import plain
from runtime.errors import ConfigError, ToolError, TryAgain
from tools.backends.foreign import LONGEST_RESULT, Announced, cut, read_text

_MISSING = re.compile(r"missing the '([^']+)' package")
_LONGEST_ERROR = 500
_constructing = threading.Lock()  # standard input is one for the whole process


class CrewaiSource:
    """One tool of crewai-tools, by the name of its class."""

    def __init__(self, name: str, kind: str, arguments: Mapping[str, Any]) -> None:
        self._name = name
        self._kind = kind
        self._arguments = arguments
        self._tool: Any = None
        self._lock = threading.Lock()

    def announced(self) -> Mapping[str, Announced]:
        """The one tool. Raises ConfigError if it cannot be constructed, saying what it misses."""
        tool = self._constructed()
        schema = tool.args_schema.model_json_schema()
        return {self._kind: Announced(self._kind, str(tool.description), schema)}

    def call(self, tool: str, args: Mapping[str, Any]) -> Any:
        """What the tool returned. Its own errors are for the model, as text."""
        try:
            found = self._constructed()._run(**args)
        except ToolError:
            raise
        except Exception as error:  # each of these tools has errors of its own
            said = cut(f"{type(error).__name__}: {error}", _LONGEST_ERROR)
            raise TryAgain(f"'{tool}' of '{self._name}' failed: {said}") from error
        return read_text(found) if isinstance(found, str) else _bounded(found)

    def _constructed(self) -> Any:
        with self._lock:
            if self._tool is None:
                self._tool = _construct(self._name, self._kind, self._arguments)
            return self._tool


def _bounded(found: Any) -> Any:
    text = str(value := plain(found))
    return value if len(text) <= LONGEST_RESULT and isinstance(value, dict | list) else cut(text)


def _construct(name: str, kind: str, arguments: Mapping[str, Any]) -> Any:
    import crewai_tools

    made = getattr(crewai_tools, kind, None)
    if made is None:
        raise ConfigError(f"crewai-tools has no tool '{kind}'", remedy="correct 'class' in config/tools.yaml")
    said = io.StringIO()
    with _constructing, open(os.devnull, encoding="utf-8") as nothing, redirect_stdout(said), redirect_stderr(said):
        before, sys.stdin = sys.stdin, nothing
        try:
            return made(**arguments)
        except (Exception, SystemExit) as error:  # whatever it lacks, the person reads it here
            raise _lacking(name, kind, error, said.getvalue()) from error
        finally:
            sys.stdin = before


def _lacking(name: str, kind: str, error: BaseException, said: str) -> ConfigError:
    """What keeps a tool from being constructed: a package, or what it says itself."""
    found = _MISSING.search(said) or _MISSING.search(str(error))
    package = found[1] if found else error.name if isinstance(error, ImportError) else None
    if package:
        problem = f"the tool '{kind}' of source '{name}' needs the package '{package}'"
        return ConfigError(problem, remedy=f"install it: pip install {package}")
    words = cut(" ".join(str(error).split()) or type(error).__name__, _LONGEST_ERROR)
    hint = "give what it needs under 'arguments' or in the environment ('env') of its source in config/tools.yaml"
    return ConfigError(f"the tool '{kind}' of source '{name}' cannot be constructed: {words}", remedy=hint)
