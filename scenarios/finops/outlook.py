"""Where the month is going: the program that the playbook's analyst writes, and what it gives the program to work on.

The program runs in the sandbox (docs/sandbox.md) and sees only `figures`: numbers, days, currencies, and no name that
anybody wrote.

    expected(day) = recent level x the weekday's share;   the level is the mean of the last seven final days
    low, high     = as far as a week was from the week before it, in eight of ten of the last 28 weeks that end on a day
    trial         = the same for the month before, seen from the same day of it
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

PROGRAM = '''\
from datetime import date, timedelta

ONE = timedelta(days=1)

def month_of(day):
    first = day.replace(day=1)
    return first, (first + 31 * ONE).replace(day=1) - ONE

def shares(costs):
    """What each weekday costs against the mean day."""
    mean = sum(costs.values()) / len(costs) or 1
    by = {n: [cost for day, cost in costs.items() if day.weekday() == n] for n in range(7)}
    return {n: sum(by[n]) / len(by[n]) / mean if by[n] else 1 for n in by}

def level(costs, share, last):
    week = [last - n * ONE for n in range(7)]
    return sum(costs.get(day, 0) for day in week) / (sum(share[day.weekday()] for day in week) or 1)

def outlook(costs, last):
    """Spent so far, what is still to come, and the bounds of that."""
    costs = {day: cost for day, cost in costs.items() if day <= last}
    first, end = month_of(last)
    share = shares({day: cost for day, cost in costs.items() if day > last - 56 * ONE})
    now = level(costs, share, last)
    coming = sum(now * share[(last + n * ONE).weekday()] for n in range(1, (end - last).days + 1))
    weeks = [(level(costs, share, last - n * ONE), level(costs, share, last - (n + 7) * ONE)) for n in range(28)]
    moved = sorted(after / before for after, before in weeks if before > 0) or [1]
    low, high = moved[len(moved) // 10], moved[-1 - len(moved) // 10]
    spent = sum(cost for day, cost in costs.items() if day >= first)
    return spent, coming, coming * min(1, low), coming * max(1, high)

start, final = date.fromisoformat(given["days"]["first"]), date.fromisoformat(given["days"]["last"])
left = (month_of(final)[1] - final).days
cases, trial = [], []
for currency, listed in given["days"]["currencies"].items():
    billed = {start + n * ONE: cost for n, cost in enumerate(listed)}
    usual, going = dict(billed), 0
    for cause in (one for one in given["causes"] if one["currency"] == currency):
        begun, over = date.fromisoformat(cause["first"]), date.fromisoformat(cause["last"])
        if over >= final:
            going += cause["daily"]
        else:  # it is over: nothing of it is still to come
            for n in range((over - begun).days + 1):
                usual[begun + n * ONE] = usual.get(begun + n * ONE, 0) - cause["daily"]
    _, coming, low, high = outlook(usual, final)
    spent = sum(cost for day, cost in billed.items() if day >= month_of(final)[0])
    saved = given["savings"].get(currency, 0) / 30
    less = 0
    for case, more in (("as it goes", 0), ("if what drives it up ends", going), ("and the advice is followed", saved)):
        if case != "as it goes" and not more:
            continue
        less += more * left
        to_come = [max(0, one - less) for one in (coming, low, high)]
        found = [round(spent + one, 2) for one in to_come]
        cases.append({"currency": currency, "case": case, "spent": round(spent, 2), "month_end": found[0],
                      "low": found[1], "high": found[2]})
    ended = month_of(final)[0] - ONE
    then = ended.replace(day=min(final.day, ended.day))
    if start <= then - 28 * ONE:
        seen, still, _, _ = outlook(billed, then)
        was = sum(cost for day, cost in billed.items() if month_of(ended)[0] <= day <= ended)
        trial.append({"currency": currency, "said": round(seen + still, 2), "was": round(was, 2)})
result = {"cases": cases, "trial": trial}
'''


def figures(days: Mapping[str, Any], causes: Sequence[Mapping[str, Any]], machines: Sequence[Mapping[str, Any]]) -> str:
    """What the program is given, as JSON: days as the bill has them, causes without their names, savings a month."""
    saved: dict[str, float] = {}
    for one in machines:
        if one["action"] != "keep" and not one["forbidden"] and one["saving"]:
            saved[one["currency"]] = saved.get(one["currency"], 0.0) + one["saving"]
    told = [
        {"currency": one["currency"], "daily": one["daily"], "first": one["first"][:10], "last": one["last"]}
        for one in causes
    ]
    return json.dumps({"days": dict(days), "causes": told, "savings": saved})
