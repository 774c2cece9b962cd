"""What is told of open positions without a model: one that is closed, confidential or made up is never told of."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crews.report.figures import dated, minute
from runtime.problems import counted

_GENERAL = frozenset(
    re.findall(
        r"\w+",
        """a about all an and any apply are as at available be by can current currently describe do does filled find
        for free give has have house how i in is it job jobs list looking many me more new now of on open opening
        openings or our please position positions role roles say see show still tell that the there they this to
        today vacancies vacancy vacant we what when where which who with you""",
    )
)


def open_positions(question: str, found: Mapping[str, Any]) -> str:
    """The open positions that the question is about; all of them, if it names none."""
    named = {one for one in re.findall(r"\w+", question.casefold()) if one not in _GENERAL}
    at, listed = minute(found["as_of"]), found["positions"]
    exact = [one for one in listed if named <= _words(one)]
    if exact:
        return _told(f"{counted(len(exact), 'open position')} as of {at}:", exact)
    near = [one for one in listed if named & _words(one)]
    if near:
        return _told(f"No open position fits that as of {at}. Near it:", near)
    return f"No open position fits that as of {at}. Open in all: {len(listed)}."


def _words(position: Mapping[str, Any]) -> set[str]:
    told = f"{position['title']} {position['position']} {position.get('location', '')}"
    return set(re.findall(r"\w+", told.casefold()))


def _told(head: str, positions: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join([head, *map(_line, positions)])


def _line(position: Mapping[str, Any]) -> str:
    title = " ".join(str(position["title"]).split())
    where = f", {position['location']}" if position.get("location") else ""
    return f"- {title} ({position['position']}){where}, since {dated(str(position['opened']))}"
