"""Kinds of values that several files of the configuration share."""

import re
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""How roles, tasks, crews, scenarios and inputs are named; as `guard.plan.Name`."""

NAME_HINT = "use lower-case letters, digits and '_', beginning with a letter"

Text = Annotated[str, Field(min_length=1)]


def is_zone(name: str) -> bool:
    """Whether `name` is a time zone of the tz database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _a_zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError(f"'{name}' is no time zone; write one like Europe/Berlin")
    return name


Zone = Annotated[str, AfterValidator(_a_zone)]
"""A time zone by its name in the tz database, such as Europe/Berlin."""


def each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """`names`; raises ValueError if one of them is given twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"'{twice[0]}' is named twice; remove one")
    return names
