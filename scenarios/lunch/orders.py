"""Lunch in everyday English: for whom, on which day, and which budget pays."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from crews.goals import plain_words, without_quotes
from crews.unread import check_read
from runtime.errors import Unclear
from tools.directory import DAYS
from tools.lunch import EVERYBODY, today_in
from tools.purchasing.files import Budget, budgets
from tools.world import World

_EVERYBODY = re.compile(r"\b(?:everybody|everyone|the (?:whole )?(?:office|house|company))\b")


_KNOWN = (
    r"order|get|buy|bring|organi[sz]e|lunch|team|charge|charged|put|pay|paid|budget|cost|cent(?:er|re)|everybody|everyone"
    r"|whole|office|house|company|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{4}-\d\d-\d\d"
)


def understands(goal: str, world: World) -> Mapping[str, Any]:
    """The order that the goal asks for. Raises Unclear for a budget, team or day that cannot be told."""
    words = plain_words(goal)
    _check_asked(goal)
    budget = _budget(words, budgets(world.inputs["budgets"]))
    meant = {"lunch": {"team": _team(words, budget, world), "day": _day(words, world), "budget": budget.budget}}
    check_read(_but_names(words, budget, world), _KNOWN, "Lunch is ordered from the menu for a whole team")
    return meant


def _but_names(words: str, budget: Budget, world: World) -> str:
    """The words without the names of the budget and of teams, which may be any words."""
    names = [budget.budget, budget.name, *(one.team for one in world.directory.people if one.team)]
    return re.sub(rf"\b(?:{'|'.join(re.escape(one.casefold()) for one in names)})\b", " ", words)


def _check_asked(goal: str) -> None:
    """Raise Unclear for heads and sums: the team and the budget's file say them, and no other would hold."""
    said = without_quotes(goal)
    if found := re.search(r"\b[\w-]+ (?:people|persons|heads|guests|colleagues)\b", said, re.I):
        raise Unclear(f"who are '{found[0]}'? Lunch is for a team", remedy="name the team, such as 'the design team'")
    if found := re.search(r"[€$£]\s*\d+|\b\d[\d.,]*\s*(?:€|\$|£|euros?|eur|dollars?|usd|pounds?)(?!\w)", said, re.I):
        raise Unclear(f"is '{found[0].strip()}' the limit? It is the budget's that holds", remedy="leave the sum out")


def _budget(words: str, known: Mapping[str, Budget]) -> Budget:
    named = [one for one in known.values() if {one.budget.casefold(), one.name.casefold()} & _phrases(words, one)]
    if len(named) != 1:
        ids = " or ".join(known)
        raise Unclear(f"which budget is lunch charged to: {ids}?", remedy=f"say: charge it to the {ids} budget")
    return named[0]


def _phrases(words: str, one: Budget) -> set[str]:
    wanted = (one.budget.casefold(), one.name.casefold())
    return {name for name in wanted if re.search(rf"\b{re.escape(name)}(?:'s)?\s+(?:budget|cost cent)", words)}


def _team(words: str, budget: Budget, world: World) -> str:
    """The team that is named; 'the team' is the budget's own."""
    if _EVERYBODY.search(words):
        return EVERYBODY
    teams = {one.team.casefold(): one.team for one in world.directory.people if one.team}
    named = [team for name, team in teams.items() if re.search(rf"\b{re.escape(name)}\s+team\b", words)]
    if len(named) == 1:
        return named[0]
    other = re.search(r"\bthe (\w+) team\b", words)
    if other or not world.directory.team(budget.team):
        said = f"who is in '{other[1]}'" if other else "who is 'the team'"
        raise Unclear(f"{said}? The directory has {', '.join(teams.values())}", remedy="name a team of the directory")
    return budget.team


def _day(words: str, world: World) -> str:
    today = today_in(world)
    named = {_iso(one) for one in re.findall(r"\b\d{4}-\d\d-\d\d\b", words)}
    named |= {today + timedelta(days=ahead) for name, ahead in (("today", 0), ("tomorrow", 1)) if name in words.split()}
    for number, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")):
        if re.search(rf"\b{name}\b", words):
            named.add(today + timedelta(days=(number - today.weekday()) % len(DAYS)))
    if len(named) > 1:
        days = " or ".join(one.isoformat() for one in sorted(named))
        raise Unclear(f"for which day is lunch: {days}?", remedy="order for one day at a time")
    return (named.pop() if named else today).isoformat()


def _iso(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise Unclear(f"which day is {day}?", remedy="write it like 2027-03-08") from error
