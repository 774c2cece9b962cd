"""Kinds of values that several files of the configuration share."""

import re
from typing import Annotated

from pydantic import Field

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""How roles, tasks, crews, scenarios and inputs are named; as `guard.plan.Name`."""

NAME_HINT = "use lower-case letters, digits and '_', beginning with a letter"

Text = Annotated[str, Field(min_length=1)]


def each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """`names`; raises ValueError if one of them is given twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"'{twice[0]}' is named twice; remove one")
    return names
