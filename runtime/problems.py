"""What is wrong with a configuration, where it stands, and what to write instead.

config/agents.yaml:12:9: unknown key 'gaol'; did you mean 'goal'?
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runtime.errors import ConfigError


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to correct. Line and column count from 1; line 0 means the file as a whole."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    @property
    def where(self) -> str:
        """The place, in the form that editors and terminals open."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.where}: {self.message}; {self.hint}" if self.hint else f"{self.where}: {self.message}"


class ConfigProblems(ConfigError):
    """A configuration with problems: all of them, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        listed = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(
            f"the configuration has {counted(len(self.problems), 'problem')}\n{listed}",
            remedy="correct what is listed, then run 'deputy validate'",
        )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a word that is not in a closed set: the nearest one that is, or else all of them."""
    from difflib import get_close_matches

    words = sorted(known)
    close = get_close_matches(word.casefold(), words, n=1, cutoff=0.7)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(words)}" if words else "there is none yet"


def joined(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def counted(number: int, noun: str) -> str:
    """`1 problem`, `2 problems`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
