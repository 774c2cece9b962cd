"""Patterns that are safe to match: the part of regular expressions whose work has a bound known beforehand.

    literals  .  [classes]  \\d \\w \\s  (groups)  (?:groups)  a|b  ?  *  +  {2}  {2,}  {2,5}

A pattern is read for how many ways it has to match one text: each quantifier and each choice multiplies them. What
repeats a group that repeats or chooses inside, or has too many ways in all, is refused. Only ASCII has classes.
"""

import re
import warnings
from functools import lru_cache
from math import prod

LONGEST = 200
"""How long a text may be that a pattern is matched with."""

_WAYS = (LONGEST + 1) ** 2
_COUNT = re.compile(r"\{(\d{1,3})(?:(,)(\d{0,3}))?\}")
_CLASS = re.compile(r"\[\^?(?:\\[dDwWsS]|\\[^0-9A-Za-z]|[^\\\[\]])+\]")
_DOUBLES = ("--", "&&", "~~", "||")


class Unsafe(ValueError):
    """A pattern that is not of this kind, with what to do about it."""


def check_pattern(pattern: str) -> None:
    """Return if the pattern is safe. Raises Unsafe if it is not, or if it is no pattern."""
    if not pattern:
        raise Unsafe("it is empty; write what the whole text has to be")
    if _Reading(pattern).ways() > _WAYS:
        raise Unsafe("it could take too long to match; use fewer open ends, or bounds such as {1,20}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, Warning) as error:
        raise Unsafe(f"it is no regular expression: {error}") from error


def matches(pattern: str, text: str) -> bool | None:
    """Whether the whole text is as the pattern says; None if the text is too long to say."""
    return None if len(text) > LONGEST else _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    check_pattern(pattern)
    return re.compile(pattern, re.ASCII)


class _Reading:
    """One pattern, read from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def ways(self) -> int:
        """In how many ways the pattern may match one text, at most."""
        ways = self._choices()
        if self._next():
            raise Unsafe("a ')' closes nothing; write '\\)' for the sign")
        return ways

    def _choices(self) -> int:
        ways = self._sequence()
        while self._next() == "|":
            self._at += 1
            ways += self._sequence()
        return ways

    def _sequence(self) -> int:
        ways = []
        while self._next() not in ("", "|", ")"):
            inner = self._atom()
            ways.append(self._repeated(inner))
        return prod(ways)

    def _atom(self) -> int:
        sign = self._next()
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign in "^$":
            raise Unsafe(f"'{sign}' is not needed; the whole text is matched as it is")
        if sign in "*+?{":
            raise Unsafe(f"'{sign}' repeats nothing here; write '\\{sign}' for the sign")
        self._at += 1
        return 1

    def _group(self) -> int:
        self._at += 3 if self._pattern.startswith("(?:", self._at) else 1
        if self._next() == "?":
            raise Unsafe("'(?' is not used here; groups are (...) or (?:...)")
        ways = self._choices()
        if self._next() != ")":
            raise Unsafe("a group is not closed; close it with ')'")
        self._at += 1
        return ways

    def _class(self) -> int:
        found = _CLASS.match(self._pattern, self._at)
        if found is None or any(double in found[0] for double in _DOUBLES):
            raise Unsafe("a class such as [a-z] cannot be read; put a backslash before signs inside of it")
        self._at = found.end()
        return 1

    def _escape(self) -> int:
        escaped = self._pattern[self._at + 1 : self._at + 2]
        if not escaped or (escaped.isalnum() and escaped not in "dDwWsSnt"):
            raise Unsafe(f"'\\{escaped}' is not used here; of the escapes there are \\d, \\w, \\s and those of signs")
        self._at += 2
        return 1

    def _repeated(self, inner: int) -> int:
        """The ways of an atom of `inner` ways with the quantifier behind it, if there is one."""
        sign = self._next()
        if not sign or sign not in "*+?{":
            return inner
        least, most = self._quantifier(sign)
        if self._next() and self._next() in "*+?{":
            raise Unsafe("a quantifier follows another; use one of them")
        if most > 1 and inner > 1:
            raise Unsafe("it repeats a group that repeats or chooses inside; use a class such as [ab], or write it out")
        if most < least:
            raise Unsafe(f"{{{least},{most}}} can never be; write the smaller number first")
        return most - least + 1 if inner == 1 else inner + 1 - least

    def _quantifier(self, sign: str) -> tuple[int, int]:
        if sign != "{":
            self._at += 1
            return (1 if sign == "+" else 0), (1 if sign == "?" else LONGEST)
        found = _COUNT.match(self._pattern, self._at)
        if found is None:
            raise Unsafe("'{' begins no count such as {2,5}; write '\\{' for the sign")
        self._at = found.end()
        least = int(found[1])
        return least, least if not found[2] else int(found[3]) if found[3] else max(least, LONGEST)

    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]
